"""Whatever strangers send, the node answers the next peer at once."""

import contextlib
import random
import socket
import struct
import time
from pathlib import Path

import pytest

from app.domain.errors import UnavailableError
from app.server.dimse import node as node_module
from app.server.dimse import wire
from app.server.dimse.commands import MAX_COMMAND_LENGTH
from app.server.dimse.scu import echo
from app.server.dimse.status import Status
from tests.conftest import PATIENCE_S
from tests.server.dimse import raw

ABORTED, DATA = 7, 4
SOON_S = 15.0
"""Half the time a peer may be silent, and enough for a busy machine."""


def answers_at_once(peer) -> bool:
    started = time.monotonic()
    return echo(peer, "A") == Status.SUCCESS and time.monotonic() - started < SOON_S


def store_command(**options) -> bytes:
    command = raw.command(1, data_set=True, **options)
    return raw.pdu(DATA, raw.value(raw.STORE, command, command=True))


CROWD = 300
"""As many as a crowd of strangers that come at once."""


def test_a_crowd_that_comes_at_once_keeps_nobody_waiting_at_the_door():
    most = Path("/proc/sys/net/core/somaxconn")
    if not most.exists() or int(most.read_text()) < CROWD:
        pytest.skip("this system lets fewer connections wait")
    listener = node_module._listen("127.0.0.1", 0, any_port=False)  # nobody accepts
    with contextlib.ExitStack() as opened:
        opened.callback(listener.close)
        for _ in range(CROWD):
            where = listener.getsockname()
            opened.enter_context(socket.create_connection(where, timeout=SOON_S))


BROKEN = {
    "an unknown PDU type": raw.pdu(0x99, b"x"),
    "a giant PDU": struct.pack(">BxI", DATA, 0xFFFFFFFF),
    "a giant association request": struct.pack(">BxI", 1, 0xFFFFFFFF),
    "a second association request": raw.request(),
    "an answer nobody asked for": raw.pdu(6, bytes(4)),
    "a value longer than its PDU": raw.pdu(DATA, struct.pack(">IBB", 1 << 30, raw.STORE, 3)),
    "a value shorter than its header": raw.pdu(DATA, struct.pack(">IBB", 1, raw.STORE, 3)),
    "half a value header": raw.pdu(DATA, b"\0\0\0"),
    "a context that was not accepted": raw.pdu(DATA, raw.value(99, b"x")),
    "a data set without command": raw.pdu(DATA, raw.value(raw.STORE, b"x")),
    "a data set on another context": store_command() + raw.pdu(DATA, raw.value(raw.ECHO, b"x")),
    "a command inside a data set": store_command() + store_command(),
    "a command over two contexts": raw.pdu(
        DATA,
        raw.value(raw.ECHO, b"\0\0", command=True, last=False)
        + raw.value(raw.STORE, b"\0\0", command=True),
    ),
    "an endless command": raw.pdu(
        DATA, raw.value(raw.ECHO, bytes(MAX_COMMAND_LENGTH + 1), command=True, last=False)
    ),
    "a command of zeros": raw.pdu(DATA, raw.value(raw.ECHO, bytes(64), command=True)),
    "half a command element": raw.pdu(DATA, raw.value(raw.ECHO, b"\0\0\0\1", command=True)),
    "a command of another group": raw.pdu(
        DATA, raw.value(raw.ECHO, struct.pack("<HHI", 8, 0, 0), command=True)
    ),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.logs("association-aborted")
def test_is_aborted(connect, peer, what):
    connection = connect()
    raw.associate(connection)
    connection.sendall(BROKEN[what])
    assert raw.answer(connection)[0] in (ABORTED, 0)
    assert answers_at_once(peer)


@pytest.mark.logs("association-aborted")
def test_no_memory_is_taken_for_a_length_that_is_only_claimed(connect, peer):
    for _ in range(50):
        connect().sendall(struct.pack(">BxI", 1, 0xFFFFFFF0) + bytes(100))
    assert answers_at_once(peer)


@pytest.mark.logs("association-aborted")
def test_random_bytes_before_and_after_the_handshake_hurt_nobody(connect, peer):
    chance = random.Random(7)
    for number in range(60):
        connection = connect()
        with contextlib.suppress(OSError):
            if number % 2:
                raw.associate(connection)
            connection.sendall(chance.randbytes(chance.randrange(1, 2000)))
            connection.shutdown(socket.SHUT_WR)
            raw.answer(connection)
        connection.close()
    assert answers_at_once(peer)


@pytest.mark.logs("association-aborted", "association-rejected")
def test_mutated_conversations_hurt_nobody(connect, peer):
    chance = random.Random(11)
    for _ in range(80):
        connection = connect()
        with contextlib.suppress(OSError):
            connection.sendall(raw.mutated_conversation(chance))
            connection.shutdown(socket.SHUT_WR)
            raw.answer(connection)
        connection.close()
    assert answers_at_once(peer)


def test_silent_and_slow_peers_hold_up_nobody(connect, peer):
    for number in range(30):
        connection = connect()
        if number % 2:
            connection.sendall(raw.request()[:number])
    assert answers_at_once(peer)


def test_a_peer_that_says_nothing_is_let_go(connect, monkeypatch):
    monkeypatch.setattr(wire, "ARTIM_S", 0.2)
    connection = connect()
    assert raw.answer(connection)[0] == 0


def test_a_peer_that_drips_bytes_is_let_go_too(connect, monkeypatch):
    monkeypatch.setattr(wire, "NETWORK_TIMEOUT_S", 0.3)
    connection = connect()
    raw.associate(connection)
    with contextlib.suppress(OSError):
        for byte in raw.pdu(DATA, bytes(100)):
            connection.sendall(bytes([byte]))
            time.sleep(0.02)
    assert raw.answer(connection)[0] in (ABORTED, 0)


def test_a_peer_that_does_not_read_its_answers_is_let_go(node, connect, monkeypatch, peer):
    monkeypatch.setattr(wire, "NETWORK_TIMEOUT_S", 0.3)
    connection = connect()
    connection.settimeout(3)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.associate(connection)
    message = raw.pdu(DATA, raw.value(raw.ECHO, raw.command(0x30, data_set=False), command=True))
    with pytest.raises((ConnectionError, TimeoutError)):
        _send_for_ever(connection, message * 100)
    assert answers_at_once(peer)


def test_a_burst_that_ends_leaves_the_node_answering(connect, peer):
    for connection in [connect() for _ in range(150)]:
        connection.close()
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and not _answers(peer):
        time.sleep(0.05)
    assert answers_at_once(peer)


def _answers(peer) -> bool:
    try:
        return echo(peer, "A") == Status.SUCCESS
    except UnavailableError:
        return False


def _send_for_ever(connection: socket.socket, data: bytes) -> None:
    while True:
        connection.sendall(data)
