"""What encryption at rest costs: two archives on one disk, one of which encrypts, in turn."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.client.server import Server
from app.commands.serve import SETTINGS_FILE
from app.domain.study import WorklistQuery
from app.server.store.key_encryption import new_key
from benchmarks import scanner
from benchmarks.clinic import an_embedded_server, signed_in
from benchmarks.samples import Place
from benchmarks.table import Row

ROUNDS = 5
COUNT = 30
LEAST = 0.8
"""What an archive that encrypts shall do of what one does that does not."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A running one, and someone signed in."""

    dicom_port: int
    server: Server


def run(place: Place) -> Iterator[Row]:
    """Store and read CT images, each round on one archive and then on the other."""
    ct = min(place.chest_ct.rglob("*.dcm")).read_bytes()
    key = place.scratch / "archive.key"
    key.write_text(new_key(), encoding="ascii")
    with (
        _an_archive(place.scratch / "plain") as plain,
        _an_archive(place.scratch / "encrypted", f'encryption_key = "file:{key}"') as encrypted,
    ):
        for associations in (1, 4):

            def stored(archive: Archive, associations: int = associations) -> float:
                images = scanner.images_of(ct, associations)
                return scanner.send(archive.dicom_port, images, COUNT).per_second

            name = f"C-STORE CT, {associations} association{'s' * (associations > 1)}, encrypted"
            yield _beside(name, stored, encrypted, plain)
        yield _beside("reading CT objects over HTTP, encrypted", _read, encrypted, plain)


@contextmanager
def _an_archive(data_dir: Path, settings: str = "") -> Iterator[Archive]:
    data_dir.mkdir()
    (data_dir / SETTINGS_FILE).write_text(settings, encoding="utf-8")
    with an_embedded_server(data_dir) as embedded, signed_in(embedded) as server:
        yield Archive(embedded.dicom_port, server)


def _read(archive: Archive) -> float:
    """Objects of the newest study each second."""
    (study, *_) = archive.server.worklist(WorklistQuery("")).rows
    series = archive.server.study(study.study_uid).series[0]
    images = archive.server.manifest(series.series_uid).images
    started = time.perf_counter()
    for each in images:
        archive.server.object_bytes(each.image.sop_instance_uid)
    return len(images) / (time.perf_counter() - started)


def _beside(name: str, rate: Callable[[Archive], float], encrypted: Archive, plain: Archive) -> Row:
    rates = [(rate(encrypted), rate(plain)) for _ in range(ROUNDS + 1)][1:]  # the first warms up
    ours, peer = (statistics.median(each) for each in zip(*rates, strict=True))
    return Row(name, ours, "/s", "plain", peer, least_ratio=LEAST)
