"""Rows of deletions and of the objects in them, whose files stay until they are purged."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.deletion import Deletion, DeletionState
from app.domain.ingest import Source, SourceKind
from app.domain.study import StudySummary
from app.domain.wire import from_plain, to_plain
from app.server.store.objects import Kept
from app.server.store.removal import FiledObject
from app.server.store.tables import deleted_object
from app.server.store.tables import deletion as table

MOST = 1000
MAX_PARAMETERS = 500


def insert(connection: Connection, deletion: Deletion) -> None:
    """Add a request. Raises ClashError when there is one for the same."""
    values = asdict(deletion) | {
        "state": deletion.state.value,
        "study": orjson.dumps(to_plain(deletion.study)),
    }
    connection.execute(table.insert().values(values))


def newest(connection: Connection) -> tuple[Deletion, ...]:
    """The last MOST, newest first."""
    query = sa.select(table).order_by(table.c.requested_at.desc(), table.c.id).limit(MOST)
    return tuple(_deletion(row) for row in connection.execute(query))


def get(connection: Connection, deletion_id: str, *, lock: bool = False) -> Deletion | None:
    """One; `lock` keeps it as it is until the transaction ends."""
    query = sa.select(table).where(table.c.id == deletion_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _deletion(row) if row else None


def is_requested(connection: Connection, study_uid: str, series_uid: str) -> bool:
    """Whether somebody asked for the same already."""
    query = sa.select(table.c.id).where(
        table.c.study_uid == study_uid,
        table.c.series_uid == series_uid,
        table.c.state == DeletionState.REQUESTED.value,
    )
    return connection.scalar(query.limit(1)) is not None


def update(connection: Connection, deletion: Deletion) -> None:
    """Save how far it is."""
    connection.execute(
        table.update()
        .where(table.c.id == deletion.id)
        .values(
            state=deletion.state.value,
            confirmed_by=deletion.confirmed_by,
            deleted_at=deletion.deleted_at,
            purge_at=deletion.purge_at,
            object_count=deletion.object_count,
        )
    )


def delete(connection: Connection, deletion_id: str) -> None:
    """Forget one and its objects."""
    connection.execute(deleted_object.delete().where(_is_of(deletion_id)))
    connection.execute(table.delete().where(table.c.id == deletion_id))


def keep_objects(connection: Connection, deletion_id: str, objects: Sequence[FiledObject]) -> None:
    """Remember objects that were taken out of the index."""
    connection.execute(
        deleted_object.insert(),
        [
            {
                "deletion_id": deletion_id,
                "sop_instance_uid": each.sop_instance_uid,
                "object_key": each.object_key,
                "size": each.size,
                "sha256": each.sha256,
                "received_sha256": each.received_sha256,
                "source_kind": each.source_kind.value,
                "source_name": each.source_name,
                "source_called": each.source_called,
                "character_set": each.character_set,
            }
            for each in objects
        ],
    )


def objects_of(connection: Connection, deletion_id: str) -> tuple[tuple[Kept, Source], ...]:
    """The files of a deletion's objects, and where each came from."""
    rows = connection.execute(sa.select(deleted_object).where(_is_of(deletion_id)))
    return tuple(
        (
            Kept(row.object_key, row.size, row.sha256, row.received_sha256),
            Source(
                SourceKind(row.source_kind),
                row.source_name,
                character_set=row.character_set,
                called=row.source_called,
            ),
        )
        for row in rows
    )


def forget_objects(connection: Connection, deletion_id: str, keys: Sequence[str]) -> int:
    """Forget those with these keys; how many are left."""
    for start in range(0, len(keys), MAX_PARAMETERS):
        some = deleted_object.c.object_key.in_(keys[start : start + MAX_PARAMETERS])
        connection.execute(deleted_object.delete().where(_is_of(deletion_id), some))
    left = sa.select(sa.func.count()).select_from(deleted_object).where(_is_of(deletion_id))
    return connection.scalar(left) or 0


def some_keys(connection: Connection, deletion_id: str, most: int) -> Sequence[str]:
    """The keys of files of a deletion."""
    query = sa.select(deleted_object.c.object_key).where(_is_of(deletion_id)).limit(most)
    return connection.scalars(query).all()


def due(connection: Connection, at: datetime) -> tuple[str, ...]:
    """The ids of those that are to be purged."""
    return tuple(connection.scalars(sa.select(table.c.id).where(table.c.purge_at <= at)))


def _is_of(deletion_id: str) -> sa.ColumnElement[bool]:
    return deleted_object.c.deletion_id == deletion_id


def _deletion(row: Any) -> Deletion:  # noqa: ANN401 - a row
    return Deletion(
        id=row.id,
        study_uid=row.study_uid,
        series_uid=row.series_uid,
        reason=row.reason,
        state=DeletionState(row.state),
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        study=from_plain(StudySummary, orjson.loads(row.study)),
        confirmed_by=row.confirmed_by,
        deleted_at=row.deleted_at,
        purge_at=row.purge_at,
        object_count=row.object_count,
    )
