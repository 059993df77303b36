"""Compression of series that are complete, each object for itself.

There is a whole object at every moment: the new file is synced, then the row changes, and the old
file goes an hour later. A crash leaves a staged file, which the next start removes or moves, or
one whose key is on record to be removed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
import structlog

from app.dicom import header, part10, spooled
from app.dicom.guard import compress_guarded
from app.domain.errors import NotFoundError
from app.server.core.placing import Placing, giving_rows, new_object, settle
from app.server.store import intake
from app.server.store import packing as rows
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.server.store.packing import Packable

KIND = "compress-series"
"""The kind of the job of a series that is complete."""
KEPT_FOR = timedelta(hours=1)
"""So long a file stays that another has taken the place of, for those who read it."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Packing:
    """Brings objects into `transfer_syntax_uid`; `clock` tells the time in UTC."""

    database: Database
    objects: ObjectStore
    clock: Callable[[], datetime]
    transfer_syntax_uid: str

    def pack(self, series_uid: str, is_stopped: Callable[[], bool]) -> None:
        """Compress the objects of a series that are not yet; what can't be so stays as it is.

        `is_stopped` is asked before each; safe to repeat.
        """
        with self.database.read() as connection:
            found = rows.packable(connection, series_uid, part10.NATIVE)
        count = saved = 0
        for each in found:
            if is_stopped():
                return
            less = self._pack(each)
            count, saved = count + bool(less), saved + less
        if count:
            log.info("series-compressed", series_uid=series_uid, count=count, saved=saved)

    def remove_replaced(self) -> None:
        """Remove files that others have taken the place of KEPT_FOR ago, and that no row names."""
        before = self.clock() - KEPT_FOR
        is_more = True
        while is_more:
            with self.database.read() as connection:
                keys = rows.removable(connection, before)
                named = intake.known_keys(connection, keys)
            self.objects.remove(*(key for key in keys if key not in named))
            with self.database.write() as connection:
                rows.removed(connection, keys)
            is_more = len(keys) == rows.MOST

    def _pack(self, each: Packable) -> int:
        """The bytes that are saved."""
        try:
            if self.objects.digest(each.key) != each.sha256:
                return 0  # damaged: the fixity round says so
            with self.objects.open(each.key) as file:
                written = compress_guarded(file, self.transfer_syntax_uid)
        except NotFoundError:  # gone or damaged: the same
            return 0
        if written is None:
            return 0
        try:
            parsed = header.read_object(written)
            staged = self.objects.stage(
                parsed.study_uid,
                parsed.series_uid,
                parsed.sop_instance_uid,
                parsed.head,
                written,
                parsed.data_start,
            )
        finally:
            spooled.close(written)
        image = orjson.dumps(parsed.image)
        new = new_object(parsed, image, staged.kept, each.source)
        placing = Placing(staged)
        try:
            with self.objects.syncing([staged]) as wait_for_bytes:
                wait_for_bytes()
            with giving_rows(self.database, [placing]) as connection:
                is_ours = intake.replace_file(connection, new, each.key)
                if is_ours:  # else it was deleted meanwhile, or replaced
                    rows.replaced(connection, each.key, each.size, each.source.name, self.clock())
            placing.has_row = is_ours
        finally:
            settle(self.objects, placing)
        return each.size - staged.size if is_ours else 0
