"""kill -9 at random moments while four scanners send: nothing acknowledged may be lost.

The server is started again after each, with what the one before left, and all is looked at at the
end: each object byte for byte against what was sent.
"""

import os
import random
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import sqlalchemy as sa

from app.server.core.ingest import Ingest
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.server.store.tables import replaced_file
from app.settings import Settings
from benchmarks import peers
from benchmarks.table import Row
from tests import postgresql
from tests.server.dimse.killing import Damage, Sender, damage, wait_until_all_are_answered

COUNT = 100
SENDERS = 4
LIFE_S = 0.0, 1.5
"""Of a server after the first answers, at least and at most."""
LIFE_COMPRESSING_S = 1.5, 5.0
"""Of one that compresses: first a series has to be complete, and the codec's process to start."""
NO_OTHERS: Mapping[str, str] = MappingProxyType({})
COMPRESSING = {"KLINIKA_COMPRESSION": "when-complete", "KLINIKA_SERIES_QUIET_S": "1"}


def run(folder: Path, count: int) -> Iterator[Row]:
    """`count` kills on each database, and while series that are complete are compressed."""
    yield from _killed("SQLite", Settings(data_dir=folder / "sqlite"), count, LIFE_S)
    packed = Settings(data_dir=folder / "compressed")
    name = "SQLite, compressing"
    yield from _killed(name, packed, count, LIFE_COMPRESSING_S, COMPRESSING)
    with postgresql.a_server(options=()) as address:
        kept = Settings(
            data_dir=folder / "postgresql", database_url=address.format(name="postgres")
        )
        yield from _killed("PostgreSQL", kept, count, LIFE_S)


def _killed(
    where: str,
    settings: Settings,
    count: int,
    lives: tuple[float, float],
    variables: Mapping[str, str] = NO_OTHERS,
) -> Iterator[Row]:
    chance = random.Random(where)
    acknowledged: dict[str, str] = {}
    for number in range(count):
        life_s = chance.uniform(*lives)
        acknowledged |= _one_life(settings, number, life_s, variables)
    found, compressed = _damage(settings, acknowledged)
    name = f"{count} × kill -9, {where}"
    yield Row(f"{name}: acknowledged objects", len(acknowledged), "")
    if variables:
        yield Row(f"{name}: compressed by then", compressed, "")
    for what, several in (
        ("lost", found.lost),
        ("changed", found.changed),
        ("rows without file", found.orphan_rows),
        ("files without row", found.stray_files),
        ("series miscounted", found.miscounted),
    ):
        yield Row(f"{name}: {what}", len(several), "", most=0)


def _one_life(
    settings: Settings, number: int, life_s: float, variables: Mapping[str, str]
) -> dict[str, str]:
    """What was acknowledged until the kill."""
    senders = []
    with peers.klinika(settings.data_dir, settings.database_url, variables) as archive:
        first = 1 + number * SENDERS
        senders = [Sender(archive.dicom_port, study) for study in range(first, first + SENDERS)]
        for sender in senders:
            sender.start()
        wait_until_all_are_answered(senders)
        time.sleep(life_s)
        os.kill(archive.pid, signal.SIGKILL)
    acknowledged: dict[str, str] = {}
    for sender in senders:
        sender.join()
        acknowledged |= sender.acknowledged
    return acknowledged


def _damage(settings: Settings, acknowledged: dict[str, str]) -> tuple[Damage, int]:
    """What is wrong, and how many objects are compressed."""
    with closing(Database.open(settings)) as database:
        objects = ObjectStore(settings.data_dir)
        ingest = Ingest(database, objects, max_object_size=1, clock=lambda: datetime.now(UTC))
        ingest.close()  # its start has recovered what the last kill left
        with database.read() as connection:
            replaced = connection.scalar(sa.select(sa.func.count()).select_from(replaced_file))
        return damage(database, settings.data_dir, acknowledged), replaced or 0
