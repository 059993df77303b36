"""The PACS node beside Debian's Orthanc and DCMTK's dcmqrscp, in alternated runs.

Ours and Orthanc answer C-STORE when the object's bytes are synced; dcmqrscp syncs nothing. The same
sender serves all and keeps to the PDU length that each asks for.
"""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import peers, scanner
from benchmarks.peers import NODELAY, POSTGRESQL_INDEX, Archive
from benchmarks.samples import Place
from benchmarks.table import Row
from tests import postgresql
from tests.server.samples import an_object

ROUNDS = 3
AS_INSTALLED, WITHOUT_DELAY = "Orthanc as installed", "Orthanc, TCP_NODELAY=1"
SMALL_SIDE = 32

Start = Callable[[], AbstractContextManager[Archive]]


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: an image under `count` UIDs over each of `associations`."""

    name: str
    image: bytes
    associations: int
    count: int


def run(place: Place) -> Iterator[Row]:
    """Start all archives, let each in turn do the same, and start each again."""
    ct = min(place.chest_ct.rglob("*.dcm")).read_bytes()
    loads = (
        Load("C-STORE CT, 1 association", ct, 1, 40),
        Load("C-STORE CT, 4 associations", ct, 4, 40),
        Load("C-STORE 32 × 32, 4 associations", an_object(side=SMALL_SIDE), 4, 60),
    )
    with ExitStack() as databases:
        starts = list(_starts(place.scratch / "pacs", databases))
        with ExitStack() as running:
            archives = [running.enter_context(start()) for start in starts]
            for load in loads:
                yield from _stored(load, archives)
            memory = {each: each.memory_mb for each in archives}
        yield from _beside("memory after all this", "MB", memory)
        yield from _started_again(starts)


def _starts(folder: Path, databases: ExitStack) -> Iterator[Start]:
    """How every archive that this machine has is started, ours first."""

    def a_database() -> str:
        address = databases.enter_context(postgresql.a_server(options=()))
        return address.format(name="postgres")

    yield partial(peers.klinika, folder / "ours")
    yield partial(peers.klinika, folder / "ours-postgresql", a_database())
    for name, variables in ((AS_INSTALLED, {}), (WITHOUT_DELAY, NODELAY)):
        if peers.has_orthanc():
            yield partial(peers.orthanc, folder / name, name, variables)
        if peers.has_orthanc(POSTGRESQL_INDEX):
            place = folder / f"{name} on PostgreSQL"
            yield partial(peers.orthanc, place, name, variables, a_database())
    if peers.DCMQRSCP:
        yield partial(peers.dcmqrscp, folder / "dcmqrscp")


def _started_again(starts: Sequence[Start]) -> Iterator[Row]:
    """From the command to the first association, each alone on what it holds by now."""
    measured: dict[Start, list[Archive]] = defaultdict(list)
    for _ in range(ROUNDS):
        for start in starts:
            with start() as archive:
                measured[start].append(archive)
    medians = {
        archives[0]: statistics.median(each.ready_ms for each in archives)
        for archives in measured.values()
    }
    yield from _beside("from the command to an association", "ms", medians)


def _stored(load: Load, archives: Sequence[Archive]) -> Iterator[Row]:
    """Images each second, and the work of the sender, who must not be what is measured."""
    rates: dict[Archive, list[float]] = defaultdict(list)
    work_ms = []
    for number in range(ROUNDS + 1):
        for archive in archives:
            images = scanner.images_of(load.image, load.associations)
            rate = scanner.send(archive.dicom_port, images, load.count)
            if number:  # the first round warms up
                rates[archive].append(rate.per_second)
                work_ms.append(rate.work_ms)
    medians = {each: statistics.median(measured) for each, measured in rates.items()}
    yield from _beside(load.name, "/s", medians, has_target=True)
    yield Row(f"{load.name}: sending one, processor time", statistics.median(work_ms), "ms")


def _beside(
    name: str, unit: str, figures: Mapping[Archive, float], *, has_target: bool = False
) -> Iterator[Row]:
    """A row for each of ours and each other archive on the same database."""
    for ours, value in figures.items():
        if ours.name != peers.OURS:
            continue
        shown = f"{name}, {ours.database}"
        others = {
            each: figure
            for each, figure in figures.items()
            if each.name != peers.OURS and each.database in (ours.database, peers.FILES)
        }
        if not others:
            yield Row(shown, value, unit)
        for other, figure in others.items():
            least = _least_ratio(other) if has_target else None
            yield Row(shown, value, unit, other.name, figure, least_ratio=least)


def _least_ratio(other: Archive) -> float | None:
    """How many times its rate ours shall be."""
    if other.name == AS_INSTALLED:
        return 5
    if other.name == WITHOUT_DELAY:
        return 2.5 if other.database == "PostgreSQL" else 2
    return None
