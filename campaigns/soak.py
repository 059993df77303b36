"""Mixed load for as long as one likes: memory must not rise, descriptors and threads stay flat."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.uid import CTImageStorage

from app.client.server import Server
from app.dicom import part10
from app.domain.nodes import RemoteNode
from app.domain.study import WorklistQuery
from app.server.dimse.requestor import Proposal
from app.server.dimse.scu import Objects, Peer, echo, find, get, move
from app.server.dimse.status import Status
from app.server.store.spool import Spool
from benchmarks import peers
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
FEW = 20
"""Studies, the newest, one of which is read."""
LARGEST = 1 << 20
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
    """`count` minutes of scanners that store, workstations and viewers that ask, a desktop."""
    is_over = threading.Event()
    failures: list[Exception] = []
    with (
        peers.receiver() as receiver_port,
        an_embedded_server(folder / "archive") as embedded,
        signed_in(embedded) as server,
    ):
        server.add_node(RemoteNode(peers.CALLING))
        server.add_node(RemoteNode(peers.RECEIVER, "127.0.0.1", receiver_port))
        archive = Peer("127.0.0.1", embedded.dicom_port, "KLINIKA")
        objects = Objects(Spool(folder / "spool"), LARGEST, lambda _data: Status.SUCCESS)
        jobs: list[Callable[[random.Random], None]] = [
            lambda chance: _scan(embedded.dicom_port, chance),
        ] * SCANNERS + [
            lambda _chance: _echo(archive),
            lambda chance: _retrieve(archive, objects, chance),
            lambda chance: _browse(server, chance),
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


def _echo(archive: Peer) -> None:
    echo(archive, peers.CALLING)
    time.sleep(1)


def _retrieve(archive: Peer, objects: Objects, chance: random.Random) -> None:
    """Find studies by C-FIND, fetch one by C-GET and have it sent by C-MOVE."""
    keys = Dataset()
    keys.QueryRetrieveLevel, keys.StudyInstanceUID = "STUDY", ""
    keys.PatientName, keys.ModalitiesInStudy = chance.choice(("", "Иванов*", "*ВАН*")), "CT"
    found = list(find(archive, peers.CALLING, keys))
    if found:
        wanted = Dataset()
        wanted.QueryRetrieveLevel = "STUDY"
        wanted.StudyInstanceUID = chance.choice(found[:FEW]).StudyInstanceUID
        storage = [Proposal(CTImageStorage, (part10.EXPLICIT,), takes_requests=True)]
        for progress in (
            *get(archive, peers.CALLING, wanted, storage, objects),
            *move(archive, peers.CALLING, wanted, peers.RECEIVER),
        ):
            if progress.failed:
                raise RuntimeError(progress.reason)
    time.sleep(PAUSE_S)


def _browse(server: Server, chance: random.Random) -> None:
    """Store an image by STOW-RS; find a study and read it as viewers in a browser do."""
    http = server.connection
    image = an_object(chance.randrange(1, 1 << 30), side=SIDE)
    http.upload("/dicom-web/studies", image, "application/dicom")
    found = http.get(f"/dicom-web/studies?limit={FEW}").json()
    (uid,) = chance.choice(found)["0020000D"]["Value"]
    study = f"/dicom-web/studies/{uid}"
    (series_uid,) = http.get(f"{study}/series").json()[0]["0020000E"]["Value"]
    series = f"{study}/series/{series_uid}"
    (sop_uid,) = http.get(f"{series}/metadata").json()[0]["00080018"]["Value"]
    for resource in ("/frames/1", "/rendered", "/thumbnail", ""):
        http.get(f"{series}/instances/{sop_uid}{resource}")
    http.get(study)
    time.sleep(PAUSE_S)


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
