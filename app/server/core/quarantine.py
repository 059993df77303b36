"""What was put aside: looked at, accepted after all, or deleted."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import RawIOBase

import orjson

from app.dicom import header
from app.dicom.reading import Reading
from app.dicom.sameness import differences
from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.errors import ConflictError, NotFoundError
from app.domain.ingest import Source, SourceKind
from app.domain.quarantine import (
    Quarantined,
    QuarantinedDetails,
    QuarantinePage,
    QuarantineReason,
)
from app.server.core import audit
from app.server.core.audit import Action
from app.server.core.placing import new_object
from app.server.core.retelling import retell
from app.server.store import changes, data_keys, fixity, intake, removal, studies
from app.server.store import quarantine as rows
from app.server.store.engine import Connection, Database
from app.server.store.filing import NewObject
from app.server.store.objects import Kept, ObjectStore
from app.server.store.removal import FiledObject
from app.server.store.tables import instance

MAX_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The use cases of quarantine; `clock` tells the time in UTC."""

    database: Database
    objects: ObjectStore
    clock: Callable[[], datetime]

    def page(self, actor: Actor, limit: int = MAX_LIMIT, offset: int = 0) -> QuarantinePage:
        """A page of what was put aside; a limit above MAX_LIMIT is taken as that."""
        actor.require(Permission.QUARANTINE_READ)
        with self.database.read() as connection:
            found = rows.newest(connection, min(limit, MAX_LIMIT), offset)
            return QuarantinePage(found, rows.count(connection))

    def one(self, actor: Actor, quarantined_id: str) -> QuarantinedDetails:
        """What one says, beside what the archive has. Raises NotFoundError."""
        actor.require(Permission.QUARANTINE_READ)
        with self.database.read() as connection:
            found, kept = _found(connection, quarantined_id)
            study = studies.one_study(connection, found.study_uid)
            key = studies.object_key(connection, found.sop_instance_uid)
        reading = Reading.of(found.character_set, study.character_set if study else "")
        with self.objects.open(kept.key) as aside:
            parsed = header.read_object(aside, reading=reading)
            differing = self._differences(aside, key) if key else ()
        return QuarantinedDetails(found, parsed.study, parsed.series, study, differing)

    def kept(self, actor: Actor, quarantined_id: str) -> Kept:
        """How one is kept, to be read only. Raises NotFoundError."""
        actor.require(Permission.QUARANTINE_READ)
        with self.database.read() as connection:
            return _found(connection, quarantined_id)[1]

    def accept(self, actor: Actor, quarantined_id: str) -> None:
        """Take one into its study; another object of its UID is put aside in its place.

        Raises NotFoundError, and ConflictError when another study has its series, or when a signed
        report or the only object of a study with a report would go.
        """
        actor.require(Permission.QUARANTINE_WRITE)
        with self.database.read() as connection:
            found, kept = _found(connection, quarantined_id)
            study = studies.one_study(connection, found.study_uid)
        reading = Reading.of(found.character_set, study.character_set if study else "")
        with self.objects.open(kept.key) as file:
            parsed = header.read_object(file, reading=reading)
        image = orjson.dumps(parsed.image) if parsed.image else None
        with self.database.write() as connection:
            found, _ = _found(connection, quarantined_id, lock=True)
            source = Source(
                found.source_kind,
                found.source_name,
                character_set=found.character_set,
                called=found.source_called,
            )
            rows.delete(connection, quarantined_id)
            self._take(connection, new_object(parsed, image, kept, source))
            self._tell(connection, actor, Action.QUARANTINED_ACCEPTED, found)
        self.objects.thumbnails.forget(parsed.series_uid)

    def delete(self, actor: Actor, quarantined_id: str) -> None:
        """Delete one for good. Raises NotFoundError."""
        actor.require(Permission.QUARANTINE_WRITE)
        with self.database.write() as connection:
            found, kept = _found(connection, quarantined_id, lock=True)
            self.objects.remove(kept.key)  # first: what has no row is found by nobody
            rows.delete(connection, quarantined_id)
            had_keys = data_keys.remove_unused(connection, found.study_uid)
            fixity.mended(connection, [kept.key], self.clock())
            self._tell(connection, actor, Action.QUARANTINED_DELETED, found)
        if had_keys:
            self.objects.forget_keys()

    def _differences(self, aside: RawIOBase, key: str) -> tuple[str, ...]:
        with self.objects.open(key) as kept:
            return differences(aside, kept)

    def _take(self, connection: Connection, new: NewObject) -> None:
        if intake.is_of_another_study(connection, new):
            raise ConflictError("another study has its series")
        has_its_uid = instance.c.sop_instance_uid == new.sop_instance_uid
        replaced = removal.filed(connection, has_its_uid)
        if any(each.source_kind is SourceKind.REPORT for each in replaced):
            raise ConflictError("a signed report never changes")
        removal.take_out(connection, replaced)
        for each in replaced:
            kept = Kept(each.object_key, each.size, each.sha256, each.received_sha256)
            rows.insert(connection, _aside(each), kept)
        intake.file(connection, [new], timedelta(0), self.clock())
        removal.prune(connection, {each.study_uid for each in replaced})
        for each in replaced:  # one, as its UID is
            retell(connection, self.objects, each.study_uid, series_uids=(each.series_uid,))

    def _tell(
        self, connection: Connection, actor: Actor, action: Action, found: Quarantined
    ) -> None:
        now, uid = self.clock(), found.sop_instance_uid
        audit.record(connection, actor.name, action, at=now, subject=uid)
        changes.append(connection, ChangeKind.QUARANTINE_CHANGED, [found.study_uid], now)


def _found(
    connection: Connection, quarantined_id: str, *, lock: bool = False
) -> tuple[Quarantined, Kept]:
    found = rows.get(connection, quarantined_id, lock=lock)
    if found is None:
        raise NotFoundError("no such object in quarantine")
    return found


def _aside(replaced: FiledObject) -> Quarantined:
    return Quarantined(
        id=secrets.token_hex(16),
        sop_instance_uid=replaced.sop_instance_uid,
        series_uid=replaced.series_uid,
        study_uid=replaced.study_uid,
        reason=QuarantineReason.REPLACED,
        size=replaced.size,
        source_kind=replaced.source_kind,
        source_name=replaced.source_name,
        received_at=replaced.received_at,
        character_set=replaced.character_set,
        source_called=replaced.source_called,
    )
