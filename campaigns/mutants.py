"""Mutated objects through C-STORE, STOW-RS and the import of a running server, and as pictures.

What is taken is looked at as a client would: its study, picture, thumbnail and frames in another
syntax. No request may fail in a way that the server did not mean, whatever it is sent.
"""

import contextlib
import random
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.client.embedded import EmbeddedServer
from app.demo import samples
from app.dicom import part10
from app.dicom.encoders import LOSSLESS
from app.dicom.transcode import transcode
from app.domain.errors import Error
from benchmarks.clinic import an_embedded_server, signed_in
from benchmarks.peers import memory_mb, thread_count
from benchmarks.table import Row
from tests.server.dimse import raw
from tests.server.samples import an_object

COUNT = 5_000
LARGEST_SEED = 1 << 20
MOST_CHANGES = 24
HEADER = 4096
"""Where most mutations go: what is behind it is pixels."""
SIDE, FRAMES = 48, 2
SYNTAXES = (*sorted(LOSSLESS), *sorted(part10.NATIVE))
WARM_UP = 0.2
"""The share of the mutants after which memory is looked at first."""
SEED = 9
BOUNDARY = "mutant-7d1f"
MULTIPART = f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'
PART = f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
END = f"\r\n--{BOUNDARY}--\r\n".encode()


def run(folder: Path, count: int) -> Iterator[Row]:
    """`count` mutants by each way."""
    seeds = _seeds(folder)
    with an_embedded_server(folder / "archive") as embedded, signed_in(embedded) as server:
        address = "127.0.0.1", embedded.dicom_port

        def by_c_store(data: bytes) -> None:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(address, timeout=30) as connection,
            ):
                raw.associate(connection)
                raw.store(connection, data[132:])

        def by_import(data: bytes) -> None:
            with contextlib.suppress(Error):
                server.store_object(data)

        def looked_at(data: bytes) -> None:
            with contextlib.suppress(Error):
                stored = server.store_object(data)
                study = f"/dicom-web/studies/{stored.study_uid}"
                for what in ("rendered", "thumbnail", "metadata", ""):
                    with contextlib.suppress(Error):
                        server.connection.get(f"{study}/{what}".rstrip("/"))

        def by_stow(data: bytes) -> None:
            body = b"".join((PART, data, END))
            with contextlib.suppress(Error):
                server.connection.upload("/dicom-web/studies", body, MULTIPART)

        def a_seed(_number: int, chance: random.Random) -> bytes:
            return chance.choice(seeds)

        for way, send, seed in (
            ("C-STORE", by_c_store, a_seed),
            ("STOW-RS", by_stow, a_seed),
            ("import", by_import, a_seed),
            ("import, looked at", looked_at, _picture),
        ):
            yield from _sent(embedded, f"{count} mutants by {way}", send, seed, count)
        yield Row("errors in the server's log", _errors(folder / "archive" / "logs"), "", most=0)


def _seeds(folder: Path) -> list[bytes]:
    """Small samples in every transfer syntax, and a plain CT image."""
    files = samples.transfer_syntaxes(folder / "seeds").rglob("*.dcm")
    found = [file.read_bytes() for file in files if file.stat().st_size <= LARGEST_SEED]
    return [*found, an_object()]


def _sent(
    embedded: EmbeddedServer,
    name: str,
    send: Callable[[bytes], None],
    seed: Callable[[int, random.Random], bytes],
    count: int,
) -> Iterator[Row]:
    chance = random.Random(SEED)
    longest, first = 0.0, _Held.by(embedded.pid)
    for number in range(count):
        mutant = _mutant(seed(number, chance), chance)
        started = time.monotonic()
        send(mutant)
        longest = max(longest, time.monotonic() - started)
        if number == int(count * WARM_UP):
            first = _Held.by(embedded.pid)
    last = _Held.by(embedded.pid)
    yield Row(f"{name}: longest", longest, "s", most=5)
    yield Row(f"{name}: servers that ended", int(not embedded.alive()), "", most=0)
    yield Row(f"{name}: more memory", last.memory_mb - first.memory_mb, "MB", most=20)
    yield Row(f"{name}: more descriptors", last.descriptors - first.descriptors, "", most=10)
    yield Row(f"{name}: more threads", last.threads - first.threads, "", most=10)


@dataclass(frozen=True, slots=True)
class _Held:
    """What a process holds."""

    memory_mb: float
    descriptors: int
    threads: int

    @classmethod
    def by(cls, pid: int) -> "_Held":
        return cls(memory_mb(pid), len(list(Path(f"/proc/{pid}/fd").iterdir())), thread_count(pid))


def _picture(number: int, chance: random.Random) -> bytes:
    """An image of its own study, in one of the syntaxes that lose nothing."""
    frames = np.tile(np.arange(SIDE * SIDE, dtype="<u2"), FRAMES).tobytes()
    image = an_object(number + 1, side=SIDE, NumberOfFrames=FRAMES, PixelData=frames)
    written = transcode(image, chance.choice(SYNTAXES))
    assert isinstance(written, bytes)
    return written


def _errors(logs: Path) -> int:
    """Lines of the log that tell of errors, and what was written beside it."""
    lines = (logs / "server.log").read_text(encoding="utf-8").splitlines()
    beside = (logs / "server-errors.txt").read_text(encoding="utf-8").splitlines()
    return sum('"level":"error"' in line for line in lines) + len(beside)


def _mutant(seed: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, now and then the end cut off."""
    mutant = bytearray(seed)
    for _ in range(chance.randrange(1, MOST_CHANGES)):
        end = min(HEADER, len(mutant)) if chance.random() < 0.8 else len(mutant)
        mutant[chance.randrange(132, end)] = chance.choice((0, 255, chance.randrange(256)))
    return bytes(mutant[: chance.randrange(140, len(mutant))] if chance.random() < 0.2 else mutant)
