"""The room of a DICOM node: who may be there at once, and who makes room for whom.

First goes who has said nothing yet, the oldest of them; then the association that has been silent
between two messages for longest, once it has been for LET_REST_S.
"""

import threading
import time
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from app.server.dimse import wire

MAX_ASSOCIATIONS = 100
MAX_CONNECTIONS = 200
MAX_CONNECTIONS_PER_PEER = 40
"""Enough for a router of a whole hospital, too few to keep all others out."""
MAX_LEAVING = 100
"""Connections that were told to end and have not yet: they count beside the others."""
LET_REST_S = wire.NETWORK_TIMEOUT_S
"""So long nobody has to make room by being silent."""
SEAT_S = 2
"""So long is waited for the seat of one that was told to leave it."""


class Guest(Protocol):
    """A connection to the node."""

    address: str
    has_asked: bool
    is_leaving: bool

    @property
    def idle_since(self) -> float | None:
        """Since when its association is silent between two messages, on the monotonic clock."""

    def dismiss(self) -> None:
        """Let it end."""


Visitor = TypeVar("Visitor", bound=Guest)


class Room(Generic[Visitor]):
    """Counts the guests, and lets in whom there is room for."""

    def __init__(self) -> None:
        self._seats = threading.BoundedSemaphore(MAX_ASSOCIATIONS)
        self._guests: dict[Visitor, None] = {}
        self._lock = threading.Lock()

    def enter(self, guest: Visitor, *, is_known: bool) -> bool:
        """Whether there is room for one more; its address counts if it `is_known`."""
        with self._lock:
            is_room = len(self._guests) < MAX_CONNECTIONS + MAX_LEAVING
            staying = self._staying()
            of_peer = [each for each in staying if is_known and each.address == guest.address]
            if len(of_peer) >= MAX_CONNECTIONS_PER_PEER:
                is_room = is_room and _makes_room(of_peer)
            elif len(staying) >= MAX_CONNECTIONS:
                is_room = is_room and _makes_room(staying)
            if is_room:
                self._guests[guest] = None
            return is_room

    def recognise(self, guest: Visitor, address: str) -> bool:
        """Whether there is room for a guest who turns out to be of that address."""
        with self._lock:
            others = [each for each in self._staying() if each is not guest]
            of_peer = [each for each in others if each.address == address]
            is_room = len(of_peer) < MAX_CONNECTIONS_PER_PEER or _makes_room(of_peer)
            if is_room:
                guest.address = address
            return is_room

    def leave(self, guest: Visitor) -> None:
        """Count it no more."""
        with self._lock:
            self._guests.pop(guest, None)

    def guests(self) -> list[Visitor]:
        """All who are there."""
        with self._lock:
            return list(self._guests)

    def take_seat(self) -> bool:
        """Whether there is a seat left, or made, for an association."""
        if self._seats.acquire(blocking=False):
            return True
        with self._lock:
            is_made = _dismissed(_idlest(self._staying()))
        return is_made and self._seats.acquire(timeout=SEAT_S)

    def leave_seat(self) -> None:
        """Let another have it."""
        self._seats.release()

    def _staying(self) -> list[Visitor]:
        return [each for each in self._guests if not each.is_leaving]


def _makes_room(crowd: Sequence[Guest]) -> bool:
    """Whether one of the crowd leaves."""
    silent = next((guest for guest in crowd if not guest.has_asked), None)
    return _dismissed(silent or _idlest(crowd))


def _idlest(crowd: Sequence[Guest]) -> Guest | None:
    latest = time.monotonic() - LET_REST_S
    resting = [(since, guest) for guest in crowd if (since := guest.idle_since) is not None]
    since, guest = min(resting, key=lambda each: each[0], default=(latest, None))
    return guest if since < latest else None


def _dismissed(guest: Guest | None) -> bool:
    if guest:
        guest.dismiss()
    return guest is not None
