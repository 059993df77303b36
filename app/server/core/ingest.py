"""The one door for objects: C-STORE, imports and our own reports.

`store` answers when the object is safe: its bytes synced, its row committed. Whatever arrives
during one sync is synced together by the next (group commit): a caller queues what it staged, and
the first of those who queued while a group was committed leads the next one.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import orjson
import structlog

from app.dicom import spooled
from app.domain.access import Actor, Permission
from app.domain.errors import Error, StorageFullError, UnavailableError
from app.domain.ingest import Source, StoreOutcome, StoreResult
from app.server.core.placing import Placing, giving_rows, new_object, repeated, settle
from app.server.core.reception import Reception
from app.server.core.repeats import Repeats
from app.server.core.retelling import retell
from app.server.core.usage import Usage
from app.server.store import intake
from app.server.store.engine import Database
from app.server.store.filing import NewObject
from app.server.store.intake import Taken
from app.server.store.objects import ObjectStore

QUIET = timedelta(minutes=1)
AS_IT_COMES = Reception()

log = structlog.get_logger()


@dataclass(slots=True)
class Pending:
    """An object on its way; the leader sets `taken` or `error`, then `turn`.

    A `turn` without an answer makes its owner the leader.
    """

    new: NewObject
    placing: Placing
    turn: threading.Event = field(default_factory=threading.Event)
    taken: Taken | None = None
    error: Error | None = None

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
        self._repeats = Repeats(database, objects, clock)
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
        new, placing = new_object(parsed, image, kept, source), Placing(staged)
        try:
            taken = self._committed(Pending(new, placing))
            outcome = taken.outcome
            if outcome is not StoreOutcome.STORED:
                outcome = self._repeats.decide(new, placing, taken)
        finally:  # in its owner's thread: others need not wait
            settle(self._objects, placing)
        if taken.outcome is StoreOutcome.STORED and taken.character_set:
            self._read_again(new.study.study_uid, taken.character_set)
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

    def _committed(self, pending: Pending) -> Taken:
        """What became of an object with all that queued meanwhile."""
        with self._changed:
            self._queue.append(pending)
            has_to_wait = self._has_leader
            self._has_leader = True
        if has_to_wait:
            pending.turn.wait()
        if not pending.is_answered:
            self._lead()
        if pending.error:
            raise pending.error
        assert pending.taken  # noqa: S101 - the leader answers everyone in its group
        return pending.taken

    def _read_again(self, study_uid: str, character_set: str) -> None:
        """Read what came to a study in the character set that a person chose for it."""
        with self._database.write() as connection:
            retell(connection, self._objects, study_uid, character_set)

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
            with self._objects.syncing([each.placing.staged for each in group]) as wait_for_bytes:
                self._index(group, wait_for_bytes)
        except Error as error:
            for pending in group:
                if not pending.is_answered:
                    pending.error = error

    def _index(self, group: list[Pending], wait_for_bytes: Callable[[], None]) -> None:
        """Commit the rows of `group`; when they can't be together, each alone."""
        try:
            answers = repeated(partial(self._index_once, group, wait_for_bytes))
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
            pending.placing.has_row = taken.outcome is StoreOutcome.STORED

    def _index_once(self, group: list[Pending], wait_for_bytes: Callable[[], None]) -> list[Taken]:
        """Write the rows while the bytes go to the disk, and commit when those are safe."""
        with giving_rows(self._database, [each.placing for each in group]) as connection:
            objects = [pending.new for pending in group]
            answers = intake.take(connection, objects, self._quiet, self._clock())
            wait_for_bytes()
        return answers
