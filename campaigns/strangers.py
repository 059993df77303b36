"""Mutated PDUs, idle and dripping connections on the plain and the TLS port of a running server.

All the while a valid peer asks for C-ECHO; afterwards threads and memory must be back.
"""

import contextlib
import random
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import UnavailableError
from app.server.dimse.scu import Peer, echo
from benchmarks import peers
from benchmarks.peers import Archive, thread_count
from benchmarks.table import Row
from tests.server.dimse import raw
from tests.server.dimse.certificates import Authority

COUNT = 10_000
IDLE = DRIPPING = 100
"""On each port."""
ATTACKER, IDLER, DRIPPER = "127.0.0.2", "127.0.0.3", "127.0.0.4"
"""Each kind of stranger is a host of its own, as the valid peer is."""
ECHO_EVERY_S = 0.2
DRIP_EVERY_S = 0.5
RECOVERY_S = 10
WARM_UP = 200
SEED = 7


@dataclass(frozen=True, slots=True)
class Door:
    """A port; `tls` is how it is met."""

    port: int
    tls: ssl.SSLContext | None

    def connect(self) -> socket.socket:
        connection = self.knock(ATTACKER)
        if self.tls is None:
            return connection
        try:
            return self.tls.wrap_socket(connection)
        except BaseException:
            connection.close()
            raise

    def knock(self, host: str) -> socket.socket:
        """A connection from `host` on which nothing was said."""
        return socket.create_connection(("127.0.0.1", self.port), 30, source_address=(host, 0))


def run(folder: Path, count: int) -> Iterator[Row]:
    """`count` mutated conversations, half of them on each port."""
    identity = Authority(folder / "certificates", "Campaign").issue("archive")
    settings = {
        "KLINIKA_DICOM_TLS_PORT": str(peers.free_port()),
        "KLINIKA_DICOM_TLS_CERTIFICATE": str(identity.certificate),
        "KLINIKA_DICOM_TLS_KEY": str(identity.key),
        "KLINIKA_DICOM_TLS_CLIENT_CERTIFICATE": "none",
    }
    with peers.klinika(folder / "archive", settings=settings) as archive:
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        doors = (
            Door(archive.dicom_port, None),
            Door(int(settings["KLINIKA_DICOM_TLS_PORT"]), trusting),
        )
        for door in doors:
            _attack(door, WARM_UP, random.Random(SEED))
        yield from _measured(archive, doors, count)


def _measured(archive: Archive, doors: tuple[Door, ...], count: int) -> Iterator[Row]:
    time.sleep(RECOVERY_S)
    threads, memory_mb = thread_count(archive.pid), archive.memory_mb
    with _Crowd(doors), _Patient(doors) as patient:
        attackers = [
            threading.Thread(target=_attack, args=(door, count // 2, random.Random(SEED + number)))
            for number, door in enumerate(doors)
        ]
        for each in attackers:
            each.start()
        for each in attackers:
            each.join()
    time.sleep(RECOVERY_S)
    name = f"{count} mutated conversations, {IDLE} idle and {DRIPPING} dripping peers on each port"
    longest = max(patient.seconds)
    yield Row(f"{name}: longest C-ECHO of {len(patient.seconds)}", longest, "s", most=1)
    yield Row(f"{name}: C-ECHO without answer", patient.failures, "", most=0)
    grown = thread_count(archive.pid) - threads
    yield Row(f"{name}: more threads {RECOVERY_S} s after", grown, "", most=0)
    grown_mb = archive.memory_mb - memory_mb
    yield Row(f"{name}: more memory {RECOVERY_S} s after", grown_mb, "MB", most=20)


def _attack(door: Door, count: int, chance: random.Random) -> None:
    """Say `count` mutated conversations, one after the other."""
    for _ in range(count):
        with contextlib.suppress(OSError), door.connect() as connection:
            connection.sendall(raw.mutated_conversation(chance))
            connection.shutdown(socket.SHUT_WR)
            raw.answer(connection)


class _Crowd:
    """Idle and dripping peers on every port, who come back when they are sent away."""

    def __init__(self, doors: tuple[Door, ...]) -> None:
        self._doors = doors
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._linger, args=(door, is_dripping))
            for door in doors
            for is_dripping in (False, True)
        ]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _linger(self, door: Door, is_dripping: bool) -> None:  # noqa: FBT001 - one of two kinds
        """Keep the connections up; beneath TLS they are silent, so that they cost nobody a core."""
        request = raw.request()
        host = DRIPPER if is_dripping else IDLER
        opened: list[tuple[socket.socket, Iterator[int]]] = []
        while not self._is_over.wait(DRIP_EVERY_S):
            for each in list(opened):
                if not _is_still_there(each, is_dripping=is_dripping):
                    each[0].close()
                    opened.remove(each)
            while len(opened) < (DRIPPING if is_dripping else IDLE):
                try:
                    connection = door.knock(host)
                except OSError:
                    break
                opened.append((connection, iter(request)))
        for connection, _ in opened:
            connection.close()


def _is_still_there(peer: tuple[socket.socket, Iterator[int]], *, is_dripping: bool) -> bool:
    connection, rest = peer
    try:
        connection.settimeout(0)
        if is_dripping:
            connection.send(bytes([next(rest, 0)]))
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


@dataclass
class _Patient:
    """A valid peer that asks at every port in turn, and counts the seconds."""

    doors: tuple[Door, ...]
    seconds: list[float] = field(default_factory=list)
    failures: int = 0

    def __post_init__(self) -> None:
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> "_Patient":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._is_over.wait(ECHO_EVERY_S):
            for door in self.doors:
                started = time.monotonic()
                try:
                    echo(Peer("127.0.0.1", door.port, "KLINIKA", door.tls), "PATIENT")
                except UnavailableError:
                    self.failures += 1
                self.seconds.append(time.monotonic() - started)
