"""The one door for objects: C-STORE, imports and our own reports.

`store` answers when the object is safe: its bytes synced, its row committed. Whatever arrives
during one sync is synced together by the next (group commit): a caller queues what it staged, and
the first of those who queued while a group was committed leads the next one.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import structlog

from app.dicom import spooled
from app.dicom.compression import is_same_object
from app.dicom.guard import compress_guarded
from app.dicom.header import ParsedObject
from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.errors import Error, NotFoundError, StorageFullError, UnavailableError
from app.domain.ingest import Source, StoreOutcome, StoreResult
from app.domain.quarantine import Quarantined, QuarantineReason
from app.server.core import texts
from app.server.core.reception import Reception
from app.server.core.usage import Usage
from app.server.store import changes, data_keys, fixity, intake, packing, quarantine
from app.server.store.engine import ClashError, Connection, Database
from app.server.store.filing import NewObject
from app.server.store.intake import Taken
from app.server.store.objects import Kept, ObjectStore, Staged

ATTEMPTS = 5
QUIET = timedelta(minutes=1)
AS_IT_COMES = Reception()

log = structlog.get_logger()


@dataclass(slots=True)
class Pending:
    """An object on its way; the leader sets `taken` or `error`, then `turn`.

    A `turn` without an answer makes its owner the leader.
    """

    new: NewObject
    staged: Staged
    turn: threading.Event = field(default_factory=threading.Event)
    taken: Taken | None = None
    error: Error | None = None
    may_have_row: bool = False

    @property
    def is_answered(self) -> bool:
        return self.taken is not None or self.error is not None


class Ingest:
    """Stores objects of any number of threads; `clock` tells the time in UTC.

    A series to which nothing came for `quiet` counts as complete; `reception` says what is changed
    in objects before they are kept.
    """

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        *,
        max_object_size: int,
        clock: Callable[[], datetime],
        quiet: timedelta = QUIET,
        reception: Reception = AS_IT_COMES,
        usage: Usage | None = None,
    ) -> None:
        self._database = database
        self._quiet = quiet
        self._objects = objects
        self._max_object_size = max_object_size
        self._clock = clock
        self._reception = reception
        self._usage = usage or Usage(database)
        self._queue: list[Pending] = []
        self._has_leader = False
        self._is_closed = False
        self._changed = threading.Condition()
        self._recover()

    def store(self, actor: Actor, source: Source, data: bytes | Path) -> StoreResult:
        """Keep one object and answer when it is safe; safe to repeat.

        Raises ForbiddenError, RefusedObjectError and StorageFullError, a QuotaError too, which
        leave nothing of the object, and UnavailableError, after which it may be there all the same.
        """
        actor.require(Permission.STUDY_IMPORT)
        size = len(data) if isinstance(data, bytes) else data.stat().st_size
        self._usage.require_room(source, size)
        received = self._reception.received(
            source, data, max_size=self._max_object_size, clock=self._clock
        )
        parsed = received.parsed
        image = orjson.dumps(parsed.image) if parsed.image else None
        try:
            staged = self._objects.stage(
                parsed.study_uid,
                parsed.series_uid,
                parsed.sop_instance_uid,
                parsed.head,
                received.data,
                parsed.data_start,
            )
        finally:
            spooled.close(received.data)
        kept = staged.kept._replace(received_sha256=received.sha256)
        pending = Pending(new_object(parsed, image, kept, source), staged)
        with self._changed:
            self._queue.append(pending)
            has_to_wait = self._has_leader
            self._has_leader = True
        if has_to_wait:
            pending.turn.wait()
        try:
            if not pending.is_answered:
                self._lead()
        finally:
            self._settle(pending)
        if pending.error:
            raise pending.error
        assert pending.taken  # noqa: S101 - the leader answers everyone in its group
        outcome = pending.taken.outcome
        if outcome is not StoreOutcome.STORED:
            outcome = self._beside(pending, pending.taken)
        elif pending.taken.character_set:
            self._read_again(pending.new.study.study_uid, pending.taken.character_set)
        if outcome is not StoreOutcome.DUPLICATE:
            self._usage.add(source, staged.size)
        return StoreResult(
            parsed.sop_instance_uid,
            outcome,
            parsed.study_uid,
            parsed.series_uid,
            parsed.sop_class_uid,
            is_coerced=received.is_coerced,
        )

    def _read_again(self, study_uid: str, character_set: str) -> None:
        """Read what came to a study in the character set that a person chose for it."""
        with self._database.write() as connection:
            texts.read_again(connection, self._objects, study_uid, character_set)

    def close(self) -> None:
        """Finish what is under way and refuse the rest."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: not self._has_leader)
        self._objects.close()

    def _recover(self) -> None:
        def known(keys: list[str]) -> set[str]:
            with self._database.read() as connection:
                return intake.known_keys(connection, keys)

        kept = self._objects.recover(known)
        if kept:
            log.info("objects-recovered", count=kept)

    def _lead(self) -> None:
        """Commit all that queued, then pass the lead to the first who queued meanwhile."""
        with self._changed:
            group, self._queue = self._queue, []
        try:
            self._commit(group)
        finally:
            for pending in group:
                if not pending.is_answered:
                    pending.error = UnavailableError("the archive failed")
            with self._changed:
                self._has_leader = bool(self._queue)
                if self._queue:
                    self._queue[0].turn.set()
                self._changed.notify_all()
            for pending in group:
                pending.turn.set()

    def _commit(self, group: list[Pending]) -> None:
        try:
            if self._is_closed:
                raise UnavailableError("the archive is closing")
            with self._objects.syncing([pending.staged for pending in group]) as wait_for_bytes:
                self._index(group, wait_for_bytes)
        except Error as error:
            for pending in group:
                if not pending.is_answered:
                    pending.error = error

    def _index(self, group: list[Pending], wait_for_bytes: Callable[[], None]) -> None:
        """Commit the rows of `group`; when they can't be together, each alone."""
        try:
            answers = self._index_together(group, wait_for_bytes)
        except (StorageFullError, UnavailableError):
            raise
        except Error as error:
            if len(group) == 1:
                group[0].error = error
                return
            for pending in group:
                self._index([pending], wait_for_bytes)
            return
        for pending, taken in zip(group, answers, strict=True):
            pending.taken = taken

    def _index_together(
        self, group: list[Pending], wait_for_bytes: Callable[[], None]
    ) -> list[Taken]:
        for _ in range(ATTEMPTS - 1):
            try:
                return self._index_once(group, wait_for_bytes)
            except ClashError:
                log.info("ingest-repeated", count=len(group))
        return self._index_once(group, wait_for_bytes)

    def _index_once(self, group: list[Pending], wait_for_bytes: Callable[[], None]) -> list[Taken]:
        """Write the rows while the bytes go to the disk, and commit when those are safe."""
        with self._database.write() as connection:
            objects = [pending.new for pending in group]
            data_keys.secure(connection, [pending.staged.data_key for pending in group])
            answers = intake.take(connection, objects, self._quiet, self._clock())
            wait_for_bytes()
            for pending in group:
                pending.may_have_row = True
            return answers

    def _beside(self, pending: Pending, taken: Taken) -> StoreOutcome:
        """Settle an object that is not taken.

        What was only written anew counts as repeated, and a lost file is replaced by the same one.
        """
        staged, reason = pending.staged, taken.reason
        if reason is None and (lost_key := self._lost_key(pending.new.sop_instance_uid)):
            self._restore(pending, lost_key)
            log.warning("object-restored", sop_instance_uid=pending.new.sop_instance_uid)
            return StoreOutcome.DUPLICATE
        if taken.known_key and reason and self._say_the_same(taken.known_key, staged.key):
            reason = None
        if reason and self._put_aside(pending, reason):
            self._move(self._objects.keep, staged)
        else:
            self._move(self._objects.discard, staged)
        return StoreOutcome.CONFLICT if reason else StoreOutcome.DUPLICATE

    def _lost_key(self, sop_instance_uid: str) -> str:
        """The key of a known object whose file is gone or damaged, else nothing."""
        with self._database.read() as connection:
            known = fixity.by_uid(connection, sop_instance_uid)
        if known is None:  # deleted meanwhile
            return ""
        try:
            is_good = not known.was_damaged and self._objects.is_whole(known.key, known.size)
        except NotFoundError:
            is_good = False
        except OSError as error:
            raise UnavailableError(f"the disk: {error.strerror}") from error
        return "" if is_good else known.key

    def _say_the_same(self, known_key: str, key: str) -> bool:
        try:
            with self._objects.open(known_key) as known, self._objects.open(key) as new:
                return is_same_object(known, new, compress_guarded)
        except NotFoundError:
            return False

    def _put_aside(self, pending: Pending, reason: QuarantineReason) -> bool:
        uid = pending.new.sop_instance_uid
        log.warning("object-conflict", sop_instance_uid=uid, reason=reason)
        with self._database.write() as connection:
            data_keys.secure(connection, [pending.staged.data_key])
            return put_aside(connection, pending.new, reason, self._clock())

    def _restore(self, pending: Pending, lost_key: str) -> None:
        """Let the object take the place of the same one whose file is lost."""
        new, now = pending.new, self._clock()
        with self._database.write() as connection:
            data_keys.secure(connection, [pending.staged.data_key])
            is_first = intake.replace_file(connection, new, lost_key)
            if is_first:
                packing.replaced(connection, lost_key, now)  # what is left of it goes then
            fixity.mended(connection, new.sop_instance_uid, now)
        self._move(self._objects.keep if is_first else self._objects.discard, pending.staged)

    def _settle(self, pending: Pending) -> None:
        """Bring the file where the answer says, in its owner's thread: others need not wait.

        One that is not taken is looked at first.
        """
        if pending.taken:
            if pending.taken.outcome is StoreOutcome.STORED:
                self._move(self._objects.keep, pending.staged)
        elif pending.may_have_row and isinstance(pending.error, UnavailableError):
            self._objects.leave(pending.staged)  # its row may be committed all the same
        else:
            self._move(self._objects.discard, pending.staged)

    def _move(self, move: Callable[[Staged], None], staged: Staged) -> None:
        try:
            move(staged)
        except OSError as error:  # the next start mends it
            log.warning("object-left-in-staging", key=staged.key, reason=error.strerror)


def new_object(parsed: ParsedObject, image: bytes | None, kept: Kept, source: Source) -> NewObject:
    """What the index takes of an object; `image` is JSON of what `parsed` says of its pixels."""
    return NewObject(
        study=parsed.study,
        issuer_of_patient_id=parsed.issuer_of_patient_id,
        series=parsed.series,
        particulars=parsed.particulars,
        sop_instance_uid=parsed.sop_instance_uid,
        sop_class_uid=parsed.sop_class_uid,
        transfer_syntax_uid=parsed.transfer_syntax_uid,
        instance_number=parsed.instance_number,
        object_key=kept.key,
        size=kept.size,
        sha256=kept.sha256,
        received_sha256=kept.received_sha256,
        pixel_offset=parsed.pixel_offset,
        pixel_length=parsed.pixel_length,
        image=image,
        source=source,
    )


def put_aside(
    connection: Connection, new: NewObject, reason: QuarantineReason, now: datetime
) -> bool:
    """Record an object that is not taken; False when the same bytes were put aside before."""
    if quarantine.is_known(connection, new.sop_instance_uid, new.received_sha256 or new.sha256):
        return False
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
    )
    kept = Kept(new.object_key, new.size, new.sha256, new.received_sha256)
    quarantine.insert(connection, record, kept)
    changes.append(connection, ChangeKind.QUARANTINE_CHANGED, [record.study_uid], now)
    return True
