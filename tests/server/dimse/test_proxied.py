"""Callers behind a reverse proxy are known by their own address."""

import socket

import pytest

from app.server.dimse.proxied import NoProxyLineError, caller_address


@pytest.fixture
def connection():
    """(the proxy's end, ours)"""
    ends = socket.socketpair()
    yield ends
    for each in ends:
        each.close()


@pytest.mark.parametrize(
    ("line", "address"),
    [
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 50112 11112\r\n", "192.0.2.7"),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 50112 11112\r\n", "2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", ""),
    ],
)
def test_the_line_names_the_caller_and_the_rest_is_his(connection, line, address):
    proxy, ours = connection
    proxy.sendall(line + b"\x01\x00 an association")
    assert caller_address(ours) == address
    assert ours.recv(100) == b"\x01\x00 an association"
    assert ours.gettimeout() is None


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"PROXY TCP4 192.0.2.7 192.0.2.1 50112 11112",
        b"PROXY TCP4 somewhere 192.0.2.1 50112 11112\r\n",
        b"PROXY TCP4 192.0.2.7\r\n",
        b"GET / HTTP/1.1 and a b\r\n",
        b"PROXY UNIX a b c d\r\n",
        bytes(200),
    ],
)
def test_what_is_no_line_is_refused(connection, said):
    proxy, ours = connection
    proxy.sendall(said)
    proxy.shutdown(socket.SHUT_WR)
    with pytest.raises(NoProxyLineError):
        caller_address(ours)
