"""Rows of objects that were put aside; their files lie under keys like all others."""

from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.ingest import SourceKind
from app.domain.quarantine import Quarantined, QuarantineReason
from app.server.store.objects import Kept
from app.server.store.tables import quarantined as table

COLUMNS = [table.c[field.name] for field in fields(Quarantined)]


def insert(connection: Connection, quarantined: Quarantined, kept: Kept) -> None:
    """Add one. Raises ClashError when the same bytes of its UID are there already."""
    values = {field.name: getattr(quarantined, field.name) for field in fields(Quarantined)}
    values |= {
        "object_key": kept.key,
        "sha256": kept.sha256,
        "received_sha256": kept.received_sha256,
    }
    connection.execute(table.insert().values(values))


def newest(connection: Connection, limit: int, offset: int) -> tuple[Quarantined, ...]:
    """At most `limit` behind the first `offset`, newest first."""
    in_order = sa.select(*COLUMNS).order_by(table.c.received_at.desc(), table.c.id)
    rows = connection.execute(in_order.limit(limit).offset(offset))
    return tuple(_quarantined(row) for row in rows)


def get(
    connection: Connection, quarantined_id: str, *, lock: bool = False
) -> tuple[Quarantined, Kept] | None:
    """One and its file; `lock` keeps it as it is until the transaction ends."""
    query = sa.select(table).where(table.c.id == quarantined_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    return _quarantined(row), Kept(row.object_key, row.size, row.sha256, row.received_sha256)


def known(connection: Connection, sop_instance_uid: str, kept: Kept) -> Kept | None:
    """How the same of that UID is kept, if it is there, as it came or as it is kept."""
    came = sa.func.coalesce(table.c.received_sha256, table.c.sha256)
    query = sa.select(table).where(
        table.c.sop_instance_uid == sop_instance_uid,
        sa.or_(came == (kept.received_sha256 or kept.sha256), table.c.sha256 == kept.sha256),
    )
    row = connection.execute(query.limit(1).with_for_update()).one_or_none()
    return Kept(row.object_key, row.size, row.sha256, row.received_sha256) if row else None


def replace_file(connection: Connection, key: str, kept: Kept) -> None:
    """Let another file take the place of the one with that key."""
    values = {
        "object_key": kept.key,
        "size": kept.size,
        "sha256": kept.sha256,
        "received_sha256": kept.received_sha256,
    }
    connection.execute(table.update().where(table.c.object_key == key).values(values))


def count(connection: Connection) -> int:
    """How many there are."""
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def count_of(connection: Connection, sop_instance_uid: str) -> int:
    """How many there are of one UID."""
    of_uid = table.c.sop_instance_uid == sop_instance_uid
    return connection.scalar(sa.select(sa.func.count()).select_from(table).where(of_uid)) or 0


def delete(connection: Connection, quarantined_id: str) -> None:
    """Forget one."""
    connection.execute(table.delete().where(table.c.id == quarantined_id))


def _quarantined(row: Any) -> Quarantined:  # noqa: ANN401 - a row
    return Quarantined(
        id=row.id,
        sop_instance_uid=row.sop_instance_uid,
        series_uid=row.series_uid,
        study_uid=row.study_uid,
        reason=QuarantineReason(row.reason),
        size=row.size,
        source_kind=SourceKind(row.source_kind),
        source_name=row.source_name,
        received_at=row.received_at,
        character_set=row.character_set,
        source_called=row.source_called,
    )
