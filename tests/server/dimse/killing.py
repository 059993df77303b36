"""Scanners that send while the archive is killed, and what must hold of it afterwards."""

import contextlib
import hashlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app.dicom import part10
from app.dicom.transcode import transcode
from app.server.store import tables
from app.server.store.engine import Database
from tests.server.dimse import raw
from tests.server.samples import an_object, sop_uid

ANSWERED_S = 60


class Sender(threading.Thread):
    """A scanner that sends until the archive is gone; `acknowledged` has SHA-256 by UID."""

    def __init__(self, port: int, study: int) -> None:
        super().__init__()
        self.port = port
        self.study = study
        self.acknowledged: dict[str, str] = {}
        self.last = 0

    def run(self) -> None:
        with (
            contextlib.suppress(OSError, AssertionError),
            socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection,
        ):
            raw.associate(connection)
            while True:
                self.last += 1
                data = data_set(an_object(self.study, self.last % 2, self.last, value=self.last))
                if raw.store(connection, data) != 0:
                    return
                uid = sop_uid(self.study, self.last % 2, self.last)
                self.acknowledged[uid] = hashlib.sha256(data).hexdigest()


def data_set(part10: bytes) -> bytes:
    return part10[144 + int.from_bytes(part10[140:144], "little") :]


def wait_until_all_are_answered(senders: Sequence[Sender]) -> None:
    end = time.monotonic() + ANSWERED_S
    while not all(sender.acknowledged for sender in senders) and time.monotonic() < end:
        time.sleep(0.01)


@dataclass(frozen=True, slots=True)
class Damage:
    """What an archive lost, by UID or name; a sound one has none.

    `lost` was acknowledged and has no row, `changed` is not what was sent (what is compressed, when
    it is uncompressed) or what its row says,
    `orphan_rows` have no file, `stray_files` no row, and `miscounted` are series by their id.
    """

    lost: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    orphan_rows: tuple[str, ...] = ()
    stray_files: tuple[str, ...] = ()
    miscounted: tuple[int, ...] = ()


def damage(database: Database, data_dir: Path, acknowledged: dict[str, str]) -> Damage:
    """Look at every row and file of an archive that was started again after the last kill."""
    with database.read() as connection:
        rows = connection.execute(sa.select(tables.instance)).all()
        replaced = set(connection.scalars(sa.select(tables.replaced_file.c.object_key)))
    objects, staging = data_dir / "objects", data_dir / "staging"
    orphans, changed = [], []
    for row in rows:
        place = objects / row.object_key
        if not place.is_file():
            orphans.append(row.sop_instance_uid)
        elif not _is_whole(row, place.read_bytes(), acknowledged.get(row.sop_instance_uid)):
            changed.append(row.sop_instance_uid)
    kept = replaced | {row.object_key for row in rows}
    files = {str(path.relative_to(objects)) for path in objects.rglob("*") if path.is_file()}
    strays = [*sorted(files - kept), *(path.name for path in staging.iterdir())]
    lost = set(acknowledged) - {row.sop_instance_uid for row in rows}
    return Damage(
        tuple(sorted(lost)),
        tuple(changed),
        tuple(orphans),
        tuple(strays),
        _miscounted(database),
    )


def _is_whole(row: sa.Row, kept: bytes, sent: str | None) -> bool:
    if hashlib.sha256(kept).hexdigest() != row.sha256 or len(kept) != row.size:
        return False
    is_native = row.transfer_syntax_uid in part10.NATIVE
    came = kept if is_native else transcode(kept, part10.EXPLICIT)
    return sent in (None, hashlib.sha256(data_set(came)).hexdigest())


def _miscounted(database: Database) -> tuple[int, ...]:
    with database.read() as connection:
        counted = Counter(connection.scalars(sa.select(tables.instance.c.series_id)).all())
        series = connection.execute(sa.select(tables.series.c.id, tables.series.c.instance_count))
        return tuple(row.id for row in series if row.instance_count != counted[row.id])
