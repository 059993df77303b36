"""Who is silent makes room for who has something to say, and is told so."""

import time
from dataclasses import dataclass, replace

import pytest

from app.server.dimse import room, wire
from app.server.dimse.room import LET_REST_S, Room
from tests.conftest import PATIENCE_S
from tests.server.dimse import raw

ABORTED_BY_US = 7, bytes((0, 0, 2, 0))
C_ECHO, DATA = 0x0030, 4


@dataclass(eq=False)
class Guest:
    """A guest that is silent since `idle_s`, or at work."""

    room: Room
    address: str = "192.0.2.1"
    has_asked: bool = True
    idle_s: float | None = None
    is_leaving: bool = False

    @property
    def idle_since(self) -> float | None:
        return None if self.idle_s is None else time.monotonic() - self.idle_s

    def dismiss(self) -> None:
        self.is_leaving = True
        if self.has_asked:
            self.room.leave_seat()


@pytest.fixture
def full(monkeypatch):
    """Makes a room that its guests have filled, each with a seat who has asked for one."""
    monkeypatch.setattr(room, "SEAT_S", 0)

    def full(**guests) -> tuple[Room, dict[str, Guest]]:
        monkeypatch.setattr(room, "MAX_ASSOCIATIONS", len(guests))
        monkeypatch.setattr(room, "MAX_CONNECTIONS", len(guests))
        filled = Room()
        there = {name: Guest(filled, **about) for name, about in guests.items()}
        for guest in there.values():
            assert filled.enter(guest, is_known=True)
            assert filled.take_seat()
        return filled, there

    return full


AT_WORK = {}
RESTING, SILENT = {"idle_s": LET_REST_S + 60}, {"has_asked": False}


@pytest.mark.parametrize(
    ("guests", "leaves"),
    [
        ({"one": AT_WORK, "other": {"idle_s": LET_REST_S - 10}}, None),
        ({"one": RESTING, "other": {"idle_s": LET_REST_S + 90}}, "other"),
        ({"one": RESTING, "other": SILENT}, "other"),
        ({"one": SILENT, "other": SILENT}, "one"),
    ],
)
def test_who_has_asked_for_nothing_makes_room_then_who_is_silent_for_longest(full, guests, leaves):
    filled, there = full(**guests)
    assert filled.enter(Guest(filled), is_known=True) == (leaves is not None)
    assert [name for name, guest in there.items() if guest.is_leaving] == [leaves][: bool(leaves)]


def test_a_seat_is_made_by_who_is_silent_for_longest(full):
    filled, there = full(one=AT_WORK, other=RESTING)
    assert filled.take_seat()
    assert there["other"].is_leaving
    assert not filled.take_seat()
    assert not there["one"].is_leaving


def test_the_crowd_of_one_host_makes_room_for_its_own_alone(full, monkeypatch):
    filled, there = full(one=RESTING, other={"address": "192.0.2.2", "idle_s": LET_REST_S + 90})
    monkeypatch.setattr(room, "MAX_CONNECTIONS_PER_PEER", 1)
    assert filled.enter(Guest(filled), is_known=True)
    assert [guest.is_leaving for guest in there.values()] == [True, False]


def test_a_guest_counts_for_its_host_once_that_is_known(monkeypatch):
    monkeypatch.setattr(room, "MAX_CONNECTIONS_PER_PEER", 1)
    hall = Room()
    guests = [Guest(hall, address="proxy") for _ in range(3)]
    assert [hall.enter(each, is_known=False) for each in guests] == [True] * 3
    first, second, third = guests
    assert hall.recognise(first, "192.0.2.1")
    assert not hall.recognise(second, "192.0.2.1")
    assert hall.recognise(third, "192.0.2.3")
    assert [each.address for each in guests] == ["192.0.2.1", "proxy", "192.0.2.3"]


@pytest.fixture
def idle_s() -> float:
    return PATIENCE_S


@pytest.fixture
def parts(parts, idle_s):
    return replace(parts, idle_s=idle_s)


@pytest.fixture
def idle(connect):
    """An association that says nothing more."""
    connection = connect()
    raw.associate(connection)
    return connection


@pytest.mark.parametrize("idle_s", [0.1])
def test_who_is_silent_between_messages_for_too_long_is_aborted(idle):
    assert raw.answer(idle) == ABORTED_BY_US


def test_who_is_silent_in_a_message_is_aborted_sooner(idle, monkeypatch):
    monkeypatch.setattr(wire, "NETWORK_TIMEOUT_S", 0.1)
    command = raw.command(C_ECHO, data_set=False)
    idle.sendall(raw.pdu(DATA, raw.value(raw.ECHO, command[:8], command=True, last=False)))
    assert raw.answer(idle) == ABORTED_BY_US


def test_an_association_outlasts_an_examination_in_silence(idle, monkeypatch):
    monkeypatch.setattr(wire, "NETWORK_TIMEOUT_S", 0.1)
    idle.settimeout(0.5)
    with pytest.raises(TimeoutError):
        idle.recv(1)
    monkeypatch.setattr(wire, "NETWORK_TIMEOUT_S", PATIENCE_S)
    idle.settimeout(PATIENCE_S)
    command = raw.command(C_ECHO, data_set=False)
    idle.sendall(raw.pdu(DATA, raw.value(raw.ECHO, command, command=True)))
    assert raw.status(raw.answer(idle)[1]) == 0


@pytest.fixture
def one_seat(monkeypatch):
    """The node takes one association at once, and lets nobody rest."""
    monkeypatch.setattr(room, "MAX_ASSOCIATIONS", 1)
    monkeypatch.setattr(room, "LET_REST_S", 0)


def test_a_silent_association_is_aborted_when_its_seat_is_wanted(one_seat, node, idle, connect):
    (visit,) = node._room.guests()
    deadline = time.monotonic() + PATIENCE_S
    while visit.idle_since is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    raw.associate(connect())
    assert raw.answer(idle) == ABORTED_BY_US
