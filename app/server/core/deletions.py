"""Deleting studies and series: asked for by one person, confirmed by another, undone for 30 days.

What is deleted leaves the index, so that nothing has to know of it; its files stay where they are.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import orjson
import structlog

from app.dicom import header
from app.dicom.reading import Reading
from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.deletion import (
    KEPT_FOR,
    MAX_REASON,
    Deletion,
    DeletionRequest,
    DeletionState,
)
from app.domain.errors import (
    ConflictError,
    Error,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)
from app.domain.ingest import Source, SourceKind, StoreOutcome
from app.server.core import audit
from app.server.core.audit import Action
from app.server.core.placing import new_object
from app.server.core.repeats import put_aside
from app.server.core.retelling import retell
from app.server.store import changes, data_keys, fixity, intake, packing, removal, reports, studies
from app.server.store import deletions as rows
from app.server.store.engine import Connection, Database
from app.server.store.filing import NewObject
from app.server.store.objects import Kept, ObjectStore
from app.server.store.removal import FiledObject
from app.server.store.tables import series as series_table
from app.server.store.tables import study as study_table

AT_ONCE = 500
"""Objects that are looked up, or purged, together."""
CLOCKS_DIFFER = timedelta(hours=1)
"""So long nothing is purged that can't be restored any more: each server has its own clock."""
ARCHIVE = "archive"
"""Who is written down as having purged."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Deletions:
    """The use cases of deletion; `clock` tells the time in UTC."""

    database: Database
    objects: ObjectStore
    clock: Callable[[], datetime]

    def all(self, actor: Actor) -> tuple[Deletion, ...]:
        """What was asked for and what was deleted, newest first."""
        actor.require(Permission.STUDY_DELETE)
        with self.database.read() as connection:
            return rows.newest(connection)

    def request(self, actor: Actor, wanted: DeletionRequest) -> Deletion:
        """Ask for a deletion; another person has to confirm it.

        Raises InvalidError without a reason, NotFoundError, and ConflictError when somebody asked
        already or a report would go.
        """
        actor.require(Permission.STUDY_DELETE)
        reason = wanted.reason.strip()
        if not reason or len(reason) > MAX_REASON:
            raise InvalidError("reason")
        now = self.clock()
        with self.database.write() as connection:
            study = studies.one_study(connection, wanted.study_uid)
            if study is None:
                raise NotFoundError("no such study")
            _deletable(connection, wanted.study_uid, wanted.series_uid)
            if rows.is_requested(connection, wanted.study_uid, wanted.series_uid):
                raise ConflictError("somebody asked for it already")
            deletion = Deletion(
                id=secrets.token_hex(16),
                study_uid=wanted.study_uid,
                series_uid=wanted.series_uid,
                reason=reason,
                state=DeletionState.REQUESTED,
                requested_by=actor.name,
                requested_at=now,
                study=study,
            )
            rows.insert(connection, deletion)
            self._tell(connection, actor.name, Action.DELETION_REQUESTED, deletion)
        return deletion

    def confirm(self, actor: Actor, deletion_id: str) -> Deletion:
        """Delete what another person asked for.

        Raises ForbiddenError for who asked, NotFoundError when it is not there any more, and
        ConflictError when it was deleted already or a report would go.
        """
        actor.require(Permission.STUDY_DELETE)
        now = self.clock()
        with self.database.write() as connection:
            asked = _found(connection, deletion_id, DeletionState.REQUESTED)
            if asked.requested_by == actor.name:
                raise ForbiddenError("another person has to confirm")
            objects = _deletable(connection, asked.study_uid, asked.series_uid)
            removal.take_out(connection, objects)
            removal.prune(connection, [asked.study_uid])
            retell(connection, self.objects, asked.study_uid, series_uids=())
            rows.keep_objects(connection, asked.id, objects)
            deletion = replace(
                asked,
                state=DeletionState.DELETED,
                confirmed_by=actor.name,
                deleted_at=now,
                purge_at=now + KEPT_FOR,
                object_count=len(objects),
            )
            rows.update(connection, deletion)
            self._tell(connection, actor.name, Action.STUDY_DELETED, deletion)
        for uid in {each.series_uid for each in objects}:
            self.objects.thumbnails.forget(uid)
        return deletion

    def withdraw(self, actor: Actor, deletion_id: str) -> None:
        """Take back or refuse a request. Raises NotFoundError, and ConflictError once deleted."""
        actor.require(Permission.STUDY_DELETE)
        with self.database.write() as connection:
            asked = _found(connection, deletion_id, DeletionState.REQUESTED)
            rows.delete(connection, asked.id)
            self._tell(connection, actor.name, Action.DELETION_WITHDRAWN, asked)

    def restore(self, actor: Actor, deletion_id: str) -> None:
        """Bring back what was deleted; objects whose UID has come again meanwhile are put aside.

        What can't be read stays deleted. Raises NotFoundError, ConflictError before it was deleted
        and when its days are over, and UnavailableError when nothing can be read.
        """
        actor.require(Permission.STUDY_DELETE)
        with self.database.read() as connection:
            kept = rows.objects_of(connection, deletion_id)
            chosen = _chosen_character_set(connection, deletion_id)
        found = [new for new in (self._read(*each, chosen) for each in kept) if new]
        if kept and not found:
            raise UnavailableError("none of its files can be read")
        with self.database.write() as connection:
            deletion = _found(connection, deletion_id, DeletionState.DELETED)
            now = self.clock()
            if deletion.purge_at and deletion.purge_at <= now:
                raise ConflictError("it is being purged")
            # Another may have restored some since: their files are not ours any more.
            still = {each.key for each, _ in rows.objects_of(connection, deletion_id)}
            found = [new for new in found if new.object_key in still]
            for new in _brought_back(connection, found, now):
                packing.replaced(connection, new.object_key, new.size, new.source.name, now)
            if not rows.forget_objects(connection, deletion_id, [new.object_key for new in found]):
                rows.delete(connection, deletion_id)
            self._tell(connection, actor.name, Action.STUDY_RESTORED, deletion)

    def purge_due(self) -> None:
        """Delete for good what was deleted KEPT_FOR ago: files first, so that none is left over.

        A part at a time, and no transaction waits for files: a large study of a bucket takes long.
        With the last of a study goes the key of its objects.
        """
        with self.database.read() as connection:
            due = rows.due(connection, self.clock() - CLOCKS_DIFFER)
        for deletion_id in due:
            while keys := self._some_keys(deletion_id):
                self.objects.remove(*keys)
                with self.database.write() as connection:
                    rows.forget_objects(connection, deletion_id, keys)
                    fixity.mended(connection, keys, self.clock())
            self._purged(deletion_id)

    def _some_keys(self, deletion_id: str) -> Sequence[str]:
        with self.database.read() as connection:
            return rows.some_keys(connection, deletion_id, AT_ONCE)

    def _purged(self, deletion_id: str) -> None:
        with self.database.write() as connection:
            deletion = rows.get(connection, deletion_id, lock=True)
            if deletion is None:  # another server was first
                return
            rows.delete(connection, deletion_id)
            had_keys = data_keys.remove_unused(connection, deletion.study_uid)
            self._tell(connection, ARCHIVE, Action.STUDY_PURGED, deletion)
        if had_keys:
            self.objects.forget_keys()
        log.info("deletion-purged", study_uid=deletion.study_uid)

    def _read(self, kept: Kept, source: Source, chosen: str) -> NewObject | None:
        reading = Reading.of(source.character_set, chosen)
        try:
            with self.objects.open(kept.key) as file:
                parsed = header.read_object(file, reading=reading)
        except (Error, OSError) as error:
            log.warning("deleted-object-unreadable", key=kept.key, reason=str(error))
            return None
        image = orjson.dumps(parsed.image) if parsed.image else None
        return new_object(parsed, image, kept, source)

    def _tell(self, connection: Connection, actor: str, action: Action, deletion: Deletion) -> None:
        now, subject = self.clock(), deletion.series_uid or deletion.study_uid
        audit.record(connection, actor, action, at=now, subject=subject)
        changes.append(connection, ChangeKind.DELETION_CHANGED, [deletion.study_uid], now)


def _found(connection: Connection, deletion_id: str, state: DeletionState) -> Deletion:
    deletion = rows.get(connection, deletion_id, lock=True)
    if deletion is None:
        raise NotFoundError("no such deletion")
    if deletion.state is not state:
        raise ConflictError(f"it is {deletion.state}")
    return deletion


def _chosen_character_set(connection: Connection, deletion_id: str) -> str:
    """That of the study as it is, else as it was."""
    deletion = rows.get(connection, deletion_id)
    if deletion is None:
        return ""
    study = studies.one_study(connection, deletion.study_uid) or deletion.study
    return study.character_set


def _brought_back(
    connection: Connection, found: Sequence[NewObject], now: datetime
) -> list[NewObject]:
    """File objects again, or put them aside; answers those whose bytes the archive has already."""
    left_over = []
    for start in range(0, len(found), AT_ONCE):
        some = found[start : start + AT_ONCE]
        taken = list(zip(some, intake.told_apart(connection, some), strict=True))
        stored = [new for new, each in taken if each.outcome is StoreOutcome.STORED]
        intake.file(connection, stored, timedelta(0), now)
        for new, each in taken:
            if each.outcome is StoreOutcome.DUPLICATE or (
                each.reason and not put_aside(connection, new, each.reason, now)
            ):
                left_over.append(new)
    return left_over


def _deletable(connection: Connection, study_uid: str, series_uid: str) -> tuple[FiledObject, ...]:
    """The objects of a study, or of one of its series, if they may go."""
    condition = study_table.c.study_uid == study_uid
    if series_uid:
        condition &= series_table.c.series_uid == series_uid
    objects = removal.filed(connection, condition)
    if not objects:
        raise NotFoundError("no such study or series")
    if any(each.source_kind is SourceKind.REPORT for each in objects):
        raise ConflictError("the documents of reports stay")
    if not series_uid and reports.of_study(connection, study_uid):
        raise ConflictError("a study with a report stays")
    return objects
