"""Mixed load for as long as one likes: memory must not rise, descriptors and threads stay flat."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.client.server import Server
from app.domain.study import WorklistQuery
from app.server.dimse.scu import Peer, echo
from benchmarks.clinic import an_embedded_server, signed_in
from benchmarks.peers import memory_mb, thread_count
from benchmarks.table import Row
from tests.server.dimse import raw
from tests.server.dimse.killing import data_set
from tests.server.samples import an_object

COUNT = 30
"""Minutes."""
SCANNERS = 2
IMAGES_OF_STUDY = 40
SIDE = 128
PAUSE_S = 0.1
WATCH_EVERY_S = 2.0
WARM_UP = 0.25
"""The share of the time that does not count yet: caches fill, pools grow."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the server held at a moment."""

    minute: float
    memory_mb: float
    descriptors: int
    threads: int


def run(folder: Path, count: int) -> Iterator[Row]:
    """`count` minutes of scanners that store, a peer that echoes, a desktop that reads."""
    is_over = threading.Event()
    failures: list[Exception] = []
    with an_embedded_server(folder / "archive") as embedded, signed_in(embedded) as server:
        jobs: list[Callable[[random.Random], None]] = [
            lambda chance: _scan(embedded.dicom_port, chance),
        ] * SCANNERS + [
            lambda _chance: _echo(embedded.dicom_port),
            lambda chance: _read(server, chance),
        ]
        threads = [
            threading.Thread(target=_repeat, args=(job, random.Random(number), is_over, failures))
            for number, job in enumerate(jobs)
        ]
        for thread in threads:
            thread.start()
        looks = list(_watched(embedded.pid, count))
        is_over.set()
        for thread in threads:
            thread.join()
    counted = looks[int(len(looks) * WARM_UP) :]
    name = f"{count} minutes of mixed load"
    yield Row(f"{name}: what failed", len(failures), "", most=0)
    minutes, megabytes = [each.minute for each in counted], [each.memory_mb for each in counted]
    slope = float(np.polyfit(minutes, megabytes, 1)[0])
    yield Row(f"{name}: memory, slope", slope, "MB/min", most=1)
    yield Row(f"{name}: memory at the end", counted[-1].memory_mb, "MB")
    half = len(counted) // 2
    for what, figures in (
        ("descriptors", [each.descriptors for each in counted]),
        ("threads", [each.threads for each in counted]),
    ):
        grown = max(figures[half:]) - max(figures[:half])
        yield Row(f"{name}: more {what} at most in the second half", grown, "", most=2)


def _repeat(
    job: Callable[[random.Random], None],
    chance: random.Random,
    is_over: threading.Event,
    failures: list[Exception],
) -> None:
    while not is_over.is_set():
        try:
            job(chance)
        except Exception as error:  # noqa: BLE001 - the campaign counts whatever goes wrong
            failures.append(error)


def _scan(port: int, chance: random.Random) -> None:
    """Send one study of two series."""
    study = chance.randrange(1, 1 << 30)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        raw.associate(connection)
        for number in range(IMAGES_OF_STUDY):
            image = an_object(study, number % 2, number, side=SIDE, PatientID=f"P-{study}")
            if raw.store(connection, data_set(image)) != 0:
                raise RuntimeError("an image was not taken")
            time.sleep(PAUSE_S)


def _echo(port: int) -> None:
    echo(Peer("127.0.0.1", port, "KLINIKA"), "SOAK")
    time.sleep(1)


def _read(server: Server, chance: random.Random) -> None:
    """Search, open one of the studies found, and fetch some of its images."""
    page = server.worklist(WorklistQuery(chance.choice(("", "иванов", "ct 2026", "nobody"))))
    if page.rows:
        study = server.study(chance.choice(page.rows).study_uid)
        manifest = server.manifest(study.series[0].series_uid)
        server.thumbnail(study.series[0].series_uid)
        for image in manifest.images[:5]:
            server.object_bytes(image.image.sop_instance_uid)
    time.sleep(PAUSE_S)


def _watched(pid: int, minutes: float) -> Iterator[Look]:
    started = time.monotonic()
    while (passed := (time.monotonic() - started) / 60) < minutes:
        descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        yield Look(passed, memory_mb(pid), descriptors, thread_count(pid))
        time.sleep(WATCH_EVERY_S)
