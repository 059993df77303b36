"""The PACS node beside Debian's Orthanc and DCMTK's dcmqrscp, in alternated runs.

Ours and Orthanc answer C-STORE when the object's bytes are synced; dcmqrscp syncs nothing. The same
clients serve all and keep to the PDU length that each asks for.
"""

import os
import secrets
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import cached_property, partial
from io import FileIO
from pathlib import Path
from tempfile import TemporaryDirectory

from app.demo import samples
from benchmarks import peers, scanner
from benchmarks.peers import NODELAY, POSTGRESQL_INDEX, Archive
from benchmarks.samples import Place
from benchmarks.scanner import Template
from benchmarks.table import Row
from benchmarks.workstation import DicomDoor, dicom_door, web_door
from tests import postgresql
from tests.server.samples import an_object

ROUNDS = 5
ENOUGH_S = 2.5
"""What an archive may take of one figure's rounds; a slow one is measured less often."""
AT_A_TIME_S = 0.3
AS_INSTALLED, WITHOUT_DELAY = "Orthanc as installed", "Orthanc, TCP_NODELAY=1"
SMALL_SIDE, SLICES = 32, 4
STUDIES_EACH, SERIES_SIZE, SENT_AT_ONCE = 75, 40, 10
ASSOCIATIONS = 4
PART_10 = "multipart/related; type=application/dicom"
OCTETS = "multipart/related; type=application/octet-stream"
JSON = "application/dicom+json"

Start = Callable[[], AbstractContextManager[Archive]]


@dataclass(frozen=True, slots=True)
class Aim:
    """What ours shall be beside others: at most or at least so many times their figure."""

    most: float | None = None
    least: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def of(self, other: Archive) -> dict[str, float | None]:
        """The limits of a row beside `other`."""
        tuned = other.name == WITHOUT_DELAY
        least = self.least.get((other.name, other.database))
        return {"most_ratio": self.most if tuned else None, "least_ratio": least}


NO_AIM = Aim()
STORED = Aim(
    least={
        (AS_INSTALLED, "SQLite"): 5,
        (AS_INSTALLED, "PostgreSQL"): 5,
        (WITHOUT_DELAY, "SQLite"): 2,
        (WITHOUT_DELAY, "PostgreSQL"): 2.5,
    }
)


def times(least: float) -> Aim:
    """At least so many times what Orthanc without its delay does."""
    return Aim(least={(WITHOUT_DELAY, each): least for each in ("SQLite", "PostgreSQL")})


@dataclass(frozen=True)
class Stage:
    """The archives while they run, and what all of them hold by now."""

    folder: Path
    archives: Sequence[Archive]
    series: dict[Archive, Template] = field(default_factory=dict)

    @cached_property
    def ct(self) -> bytes:
        """A CT image of 512² as a Part 10 file."""
        return min(samples.chest_ct(self.folder / "ct", slices=SLICES).rglob("*.dcm")).read_bytes()

    @property
    def with_web(self) -> Sequence[Archive]:
        """Those that have DICOMweb."""
        return [each for each in self.archives if each.dicom_web]

    def fill(self) -> None:
        """Let each archive hold a CT series, and studies enough for a worklist."""
        if self.series:
            return
        for archive in self.archives:
            (image,) = scanner.images_of(self.ct, 1)
            scanner.send(archive.dicom_port, [image], SERIES_SIZE)
            for study in scanner.studies_of(an_object(side=SMALL_SIDE), ASSOCIATIONS):
                scanner.send(archive.dicom_port, [study], STUDIES_EACH)
            self.series[archive] = image


Job = Callable[[Archive], float]
"""Does a benchmark's work with an archive once and answers its figure."""


def store(stage: Stage) -> Iterator[Row]:
    """C-STORE, images each second."""
    small = an_object(side=SMALL_SIDE)
    for name, image, associations, count in (
        ("C-STORE CT, 1 association", stage.ct, 1, 40),
        ("C-STORE CT, 4 associations", stage.ct, 4, 40),
        ("C-STORE 32 × 32, 4 associations", small, 4, 60),
    ):
        work_ms: list[float] = []

        send = partial(_sent, image, associations, count, work_ms)
        yield from _beside(name, "/s", _alternated(stage.archives, send), STORED)
        disk = statistics.median(
            _synced(stage.folder, len(image), associations, count) for _ in range(ROUNDS)
        )
        yield Row(f"{name}: the disk alone, as many writers syncing such files", disk, "/s")
        # The sender must not be what is measured.
        yield Row(f"{name}: sending one, processor time", statistics.median(work_ms), "ms")


def _sent(
    image: bytes, associations: int, count: int, work_ms: list[float], archive: Archive
) -> float:
    images = scanner.images_of(image, associations)
    rate = scanner.send(archive.dicom_port, images, count)
    work_ms.append(rate.work_ms)
    return rate.per_second


def _synced(folder: Path, size: int, writers: int, count: int) -> float:
    """How many new files of `size` bytes each second the disk takes from `writers` at once."""
    content = secrets.token_bytes(size)

    def write(place: Path) -> None:
        for number in range(count):
            with FileIO(place / str(number), "xb") as file:
                file.write(content)
                os.fsync(file.fileno())

    with ExitStack() as around:
        places = [
            Path(around.enter_context(TemporaryDirectory(dir=folder))) for _ in range(writers)
        ]
        pool = around.enter_context(ThreadPoolExecutor(writers))
        started = time.perf_counter()
        list(pool.map(write, places))
        return writers * count / (time.perf_counter() - started)


def find(stage: Stage) -> Iterator[Row]:
    """C-FIND of all studies, answers each second."""
    yield from _by_dicom(
        stage, "C-FIND, answers", "/s", lambda door, _series: door.find_studies(), times(2)
    )


def get(stage: Stage) -> Iterator[Row]:
    """C-GET of a CT series, objects each second."""
    yield from _by_dicom(
        stage, "C-GET CT", "/s", lambda door, series: door.get(series.study_uid), NO_AIM
    )


def move(stage: Stage) -> Iterator[Row]:
    """C-MOVE of a CT series to storescp, objects each second."""

    def moved(door: DicomDoor, series: Template) -> int:
        door.move(series.study_uid)
        return SERIES_SIZE

    yield from _by_dicom(stage, "C-MOVE CT", "/s", moved, NO_AIM)


def qido(stage: Stage) -> Iterator[Row]:
    """QIDO-RS of a page, and of one study."""
    yield from _by_web(
        stage, "QIDO-RS, 100 studies", lambda _series: ("/studies?limit=100", JSON), Aim(1 / 20)
    )
    yield from _by_web(
        stage,
        "QIDO-RS, one study",
        lambda series: (f"/studies?StudyInstanceUID={series.study_uid}", JSON),
        Aim(1 / 5),
    )


def wado(stage: Stage) -> Iterator[Row]:
    """WADO-RS of a series, its metadata, and one frame."""

    def of(series: Template) -> str:
        return f"/studies/{series.study_uid}/series/{series.series_uid}"

    def frame(series: Template) -> tuple[str, str]:
        return f"{of(series)}/instances/{series.sop_instance_uid}/frames/1", OCTETS

    yield from _by_web(
        stage,
        f"WADO-RS, metadata of {SERIES_SIZE} CT",
        lambda series: (f"{of(series)}/metadata", JSON),
        Aim(1 / 20),
    )
    yield from _by_web(stage, "WADO-RS, one frame", frame, Aim(1 / 5))
    yield from _by_web(
        stage, f"WADO-RS, {SERIES_SIZE} CT", lambda series: (of(series), PART_10), times(3), mb=True
    )


def stow(stage: Stage) -> Iterator[Row]:
    """STOW-RS of CT images, ten to a request, images each second."""

    def send(archive: Archive) -> float:
        (image,) = scanner.images_of(stage.ct, 1)
        files = list(scanner.files_of(image, SENT_AT_ONCE))
        with web_door(archive) as door:
            started = time.perf_counter()
            door.store(files)
            return SENT_AT_ONCE / (time.perf_counter() - started)

    yield from _beside("STOW-RS CT, 10 at once", "/s", _alternated(stage.with_web, send), NO_AIM)


def memory(stage: Stage) -> Iterator[Row]:
    """What their processes hold after all this."""
    held = {each: each.memory_mb for each in stage.archives}
    yield from _beside("memory after all this", "MB", held, NO_AIM)


PARTS: dict[str, Callable[[Stage], Iterator[Row]]] = {
    each.__name__: each for each in (store, find, get, move, qido, wado, stow, memory)
}
READING = {"find", "get", "move", "qido", "wado"}
STARTING = "start"
NAMES = (*PARTS, STARTING)


def run(place: Place, parts: Sequence[str] = NAMES) -> Iterator[Row]:
    """Start all archives, let each in turn do the same, and start each again."""
    folder = place.scratch / "pacs"
    with ExitStack() as around:
        starts = list(_starts(folder, around))
        with ExitStack() as running:
            archives = [running.enter_context(start()) for start in starts]
            stage = Stage(folder, archives)
            for name, part in PARTS.items():
                if name in parts:
                    if name in READING:
                        stage.fill()
                    yield from part(stage)
        if STARTING in parts:
            yield from _started_again(starts)


def _starts(folder: Path, around: ExitStack) -> Iterator[Start]:
    """How every archive that this machine has is started, ours first."""

    def a_database() -> str:
        address = around.enter_context(postgresql.a_server(options=()))
        return address.format(name="postgres")

    port = around.enter_context(peers.receiver())
    yield partial(peers.klinika, folder / "ours", receiver_port=port)
    yield partial(peers.klinika, folder / "ours-postgresql", a_database(), receiver_port=port)
    for name, variables in ((AS_INSTALLED, {}), (WITHOUT_DELAY, NODELAY)):
        if peers.has_orthanc():
            yield partial(peers.orthanc, folder / name, name, variables, receiver_port=port)
        if peers.has_orthanc(POSTGRESQL_INDEX):
            place = folder / f"{name} on PostgreSQL"
            yield partial(peers.orthanc, place, name, variables, a_database(), port)
    if peers.DCMQRSCP:
        yield partial(peers.dcmqrscp, folder / "dcmqrscp", port)


def _started_again(starts: Sequence[Start]) -> Iterator[Row]:
    """From the command to the first association, each alone on what it holds by now."""
    measured: dict[Start, list[Archive]] = defaultdict(list)
    for _ in range(3):
        for start in starts:
            with start() as archive:
                measured[start].append(archive)
    medians = {
        archives[0]: statistics.median(each.ready_ms for each in archives)
        for archives in measured.values()
    }
    yield from _beside("from the command to an association", "ms", medians, NO_AIM)


def _by_dicom(
    stage: Stage, name: str, unit: str, ask: Callable[[DicomDoor, Template], int], aim: Aim
) -> Iterator[Row]:
    """How many things each second `ask` gets from each archive."""

    def rate(archive: Archive) -> float:
        with dicom_door(archive, stage.folder / "spool") as door:
            count, taken, _times = _again_and_again(lambda: ask(door, stage.series[archive]))
            return count / taken

    yield from _beside(name, unit, _alternated(stage.archives, rate), aim)


def _by_web(
    stage: Stage,
    name: str,
    resource: Callable[[Template], tuple[str, str]],
    aim: Aim,
    *,
    mb: bool = False,
) -> Iterator[Row]:
    """Milliseconds to the last byte, or MB each second."""

    def fetch(archive: Archive) -> float:
        path, accept = resource(stage.series[archive])
        with web_door(archive) as door:
            size, taken, times = _again_and_again(lambda: door.get(path, accept))
        return size / taken / 1e6 if mb else taken / times * 1000

    yield from _beside(name, "MB/s" if mb else "ms", _alternated(stage.with_web, fetch), aim)


def _again_and_again(work: Callable[[], int]) -> tuple[int, float, int]:
    """Work for a while as a workstation does, which keeps its connection.

    (What the work counted, the seconds and the times that it was done.)
    """
    count, times, started = 0, 0, time.perf_counter()
    while (taken := time.perf_counter() - started) < AT_A_TIME_S:
        count += work()
        times += 1
    return count, taken, times


def _alternated(archives: Sequence[Archive], job: Job) -> dict[Archive, float]:
    """The median figure of each archive, all of them asked in turn; the first round warms up.

    A round in which another archive fails (dcmqrscp refuses images when several come at once)
    tells nothing of it; ours may not fail.
    """
    figures: dict[Archive, list[float]] = defaultdict(list)
    spent: dict[Archive, float] = defaultdict(float)
    for number in range(ROUNDS + 1):
        for archive in archives:
            if spent[archive] > ENOUGH_S:
                continue
            started = time.perf_counter()
            try:
                figure = job(archive)
            except RuntimeError as error:
                if archive.name == peers.OURS:
                    raise
                sys.stderr.write(f"{archive.name}, {archive.database}: {error}\n")
                continue
            if number:
                spent[archive] += time.perf_counter() - started
                figures[archive].append(figure)
    return {each: statistics.median(measured) for each, measured in figures.items()}


def _beside(name: str, unit: str, figures: Mapping[Archive, float], aim: Aim) -> Iterator[Row]:
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
            yield Row(shown, value, unit, other.name, figure, **aim.of(other))
