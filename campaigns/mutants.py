"""Mutated objects through C-STORE, STOW-RS and the import of a running server."""

import contextlib
import random
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.client.embedded import EmbeddedServer
from app.demo import samples
from app.domain.errors import Error
from benchmarks.clinic import an_embedded_server, signed_in
from benchmarks.peers import memory_mb
from benchmarks.table import Row
from tests.server.dimse import raw
from tests.server.samples import an_object

COUNT = 5_000
LARGEST_SEED = 1 << 20
MOST_CHANGES = 24
HEADER = 4096
"""Where most mutations go: what is behind it is pixels."""
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

        def by_stow(data: bytes) -> None:
            body = b"".join((PART, data, END))
            with contextlib.suppress(Error):
                server.connection.upload("/dicom-web/studies", body, MULTIPART)

        for way, send in (("C-STORE", by_c_store), ("STOW-RS", by_stow), ("import", by_import)):
            yield from _sent(embedded, f"{count} mutants by {way}", send, seeds, count)


def _seeds(folder: Path) -> list[bytes]:
    """Small samples in every transfer syntax, and a plain CT image."""
    files = samples.transfer_syntaxes(folder / "seeds").rglob("*.dcm")
    found = [file.read_bytes() for file in files if file.stat().st_size <= LARGEST_SEED]
    return [*found, an_object()]


def _sent(
    embedded: EmbeddedServer,
    name: str,
    send: Callable[[bytes], None],
    seeds: list[bytes],
    count: int,
) -> Iterator[Row]:
    chance = random.Random(SEED)
    longest = first_mb = 0.0
    for number in range(count):
        mutant = _mutant(chance.choice(seeds), chance)
        started = time.monotonic()
        send(mutant)
        longest = max(longest, time.monotonic() - started)
        if number == int(count * WARM_UP):
            first_mb = memory_mb(embedded.pid)
    yield Row(f"{name}: longest", longest, "s", most=5)
    yield Row(f"{name}: servers that ended", int(not embedded.alive()), "", most=0)
    yield Row(f"{name}: more memory", memory_mb(embedded.pid) - first_mb, "MB", most=20)


def _mutant(seed: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, now and then the end cut off."""
    mutant = bytearray(seed)
    for _ in range(chance.randrange(1, MOST_CHANGES)):
        end = min(HEADER, len(mutant)) if chance.random() < 0.8 else len(mutant)
        mutant[chance.randrange(132, end)] = chance.choice((0, 255, chance.randrange(256)))
    return bytes(mutant[: chance.randrange(140, len(mutant))] if chance.random() < 0.2 else mutant)
