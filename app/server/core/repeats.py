"""Objects whose UID, series or study is known: the same once more, in place of a lost one, or
another one, which is put aside.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.dicom.compression import is_same_object
from app.dicom.guard import compress_guarded
from app.domain.changes import ChangeKind
from app.domain.errors import NotFoundError, UnavailableError
from app.domain.ingest import StoreOutcome
from app.domain.quarantine import Quarantined, QuarantineReason
from app.server.core.placing import Placing, giving_rows, repeated
from app.server.store import changes, fixity, intake, packing, quarantine
from app.server.store.engine import Connection, Database
from app.server.store.filing import NewObject
from app.server.store.fixity import Checkable
from app.server.store.intake import Taken
from app.server.store.objects import Kept, ObjectStore

MOST_VERSIONS = 20
"""So many of one UID are put aside: a sender that changes its object at each try sends no end."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Repeats:
    """Decides about objects that were not taken; `clock` tells the time in UTC."""

    database: Database
    objects: ObjectStore
    clock: Callable[[], datetime]

    def decide(self, new: NewObject, placing: Placing, taken: Taken) -> StoreOutcome:
        """What becomes of an object, and say in `placing` whether its file is needed.

        What was only written anew counts as repeated. Beyond MOST_VERSIONS others are in conflict
        all the same, but not kept. Raises StorageFullError, and UnavailableError.
        """
        uid, reason = new.sop_instance_uid, taken.reason
        try:
            lost = None if reason else self._lost(uid)
            if taken.known_key and reason and self._say_the_same(taken.known_key, placing):
                reason = None
        except OSError as error:
            raise UnavailableError(f"the disk: {error.strerror}") from error
        if reason:
            log.warning("object-conflict", sop_instance_uid=uid, reason=reason)
            aside = reason
            repeated(lambda: self._put_aside(new, placing, aside))
            return StoreOutcome.CONFLICT
        if lost:
            repeated(lambda: self._restore(new, placing, lost))
            log.warning("object-restored", sop_instance_uid=uid)
        return StoreOutcome.DUPLICATE

    def _lost(self, sop_instance_uid: str) -> Checkable | None:
        """A known object whose file is gone or damaged."""
        with self.database.read() as connection:
            known = fixity.by_uid(connection, sop_instance_uid)
        if known is None:  # deleted meanwhile
            return None
        try:
            is_good = not known.was_damaged and self.objects.is_whole(known.key, known.size)
        except NotFoundError:
            is_good = False
        return None if is_good else known

    def _say_the_same(self, known_key: str, placing: Placing) -> bool:
        try:
            with (
                self.objects.open(known_key) as known,
                self.objects.open(placing.staged.key) as new,
            ):
                return is_same_object(known, new, compress_guarded)
        except NotFoundError:
            return False

    def _put_aside(self, new: NewObject, placing: Placing, reason: QuarantineReason) -> None:
        uid = new.sop_instance_uid
        with giving_rows(self.database, [placing]) as connection:
            has_room = quarantine.count_of(connection, uid) < MOST_VERSIONS
            is_new = has_room and put_aside(connection, new, reason, self.clock())
        placing.has_row = is_new
        if not has_room:
            log.warning("object-not-put-aside", sop_instance_uid=uid)

    def _restore(self, new: NewObject, placing: Placing, lost: Checkable) -> None:
        """Let the object take the place of the same one whose file is lost."""
        with giving_rows(self.database, [placing]) as connection:
            now = self.clock()
            is_first = intake.replace_file(connection, new, lost.key)
            if is_first:  # what is left of it goes later
                packing.replaced(connection, lost.key, lost.size, new.source.name, now)
            fixity.mended(connection, [lost.key], now)
        placing.has_row = is_first


def put_aside(
    connection: Connection, new: NewObject, reason: QuarantineReason, now: datetime
) -> bool:
    """Record an object that is not taken; False when the same bytes were put aside before.

    They take the place of those that were found damaged.
    """
    kept = Kept(new.object_key, new.size, new.sha256, new.received_sha256)
    known = quarantine.known(connection, new.sop_instance_uid, kept)
    if known:
        is_needed = fixity.mended(connection, [known.key], now)
        if is_needed:
            quarantine.replace_file(connection, known.key, kept)
            packing.replaced(connection, known.key, known.size, new.source.name, now)
        return is_needed
    record = Quarantined(
        id=secrets.token_hex(16),
        sop_instance_uid=new.sop_instance_uid,
        series_uid=new.series.series_uid,
        study_uid=new.study.study_uid,
        reason=reason,
        size=new.size,
        source_kind=new.source.kind,
        source_name=new.source.name,
        received_at=now,
        character_set=new.source.character_set,
        source_called=new.source.called,
    )
    quarantine.insert(connection, record, kept)
    changes.append(connection, ChangeKind.QUARANTINE_CHANGED, [record.study_uid], now)
    return True
