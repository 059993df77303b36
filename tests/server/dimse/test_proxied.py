"""Callers behind a reverse proxy are known by their own address."""

import contextlib
import socket
import threading

import pytest

from app.server.dimse import proxied, room
from app.server.dimse.node import DicomNode
from app.server.dimse.proxied import NoProxyLineError, caller_address
from tests.conftest import PATIENCE_S
from tests.server.dimse import raw

ACCEPTED, REJECTED = 2, 3


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


def test_a_line_that_does_not_end_is_not_waited_for(connection, monkeypatch):
    monkeypatch.setattr(proxied, "TIMEOUT_S", 0.1)
    proxy, ours = connection
    is_over = threading.Event()

    def drip():
        while not is_over.wait(0.01):
            proxy.sendall(b"P")

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        with pytest.raises(TimeoutError):
            caller_address(ours)
    finally:
        is_over.set()
        dripping.join()


@pytest.fixture
def hand_on(parts):
    """Connects as a proxy does, in the name of an address, if any."""
    node = DicomNode(host="127.0.0.1", port=0, parts=parts, proxies=frozenset({"127.0.0.1"}))
    node.start()
    with contextlib.ExitStack() as running:
        running.callback(node.stop)

        def hand_on(address: str = "") -> socket.socket:
            connection = socket.create_connection(("127.0.0.1", node.port), timeout=PATIENCE_S)
            running.enter_context(connection)
            if address:
                line = f"PROXY TCP4 {address} 192.0.2.1 50112 11112\r\n".encode()
                connection.sendall(line + raw.request())
            return connection

        yield hand_on


@pytest.mark.logs("no-proxy-line")
def test_a_silent_connection_of_a_proxy_holds_up_nobody(hand_on, monkeypatch):
    monkeypatch.setattr(proxied, "TIMEOUT_S", 2 * PATIENCE_S)
    silent = [hand_on() for _ in range(3)]
    assert raw.answer(hand_on("192.0.2.7"))[0] == ACCEPTED
    for each in silent:
        each.close()


@pytest.mark.logs("connection-refused")
def test_connections_are_counted_by_the_address_of_the_caller(hand_on, monkeypatch):
    monkeypatch.setattr(room, "MAX_CONNECTIONS_PER_PEER", 1)
    held = hand_on("192.0.2.7")
    assert raw.answer(held)[0] == ACCEPTED
    assert raw.answer(hand_on("192.0.2.7"))[0] in (REJECTED, 0)
    assert raw.answer(hand_on("192.0.2.8"))[0] == ACCEPTED
