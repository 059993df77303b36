"""Rows of the rounds that check objects, and of what they found damaged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.changes import ChangeKind
from app.domain.storage import Damage, DamagedObject, FixityRound
from app.server.store import changes
from app.server.store.tables import damaged, instance, series, study
from app.server.store.tables import fixity as table

MOST = 1000
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Checkable:
    """An object to be checked: the key and SHA-256 of its file."""

    id: int
    study_uid: str
    sop_instance_uid: str
    key: str
    size: int
    sha256: str
    was_damaged: bool


def current(connection: Connection) -> tuple[FixityRound, int] | None:
    """The round that was begun last, and the row up to which it went; None before the first."""
    row = connection.execute(sa.select(table)).one_or_none()
    if row is None:
        return None
    return FixityRound(row.started_at, row.checked, row.finished_at), row.after_id


def save(connection: Connection, fixity_round: FixityRound, after_id: int) -> None:
    """Remember how far a round went."""
    values = {
        "started_at": fixity_round.started_at,
        "checked": fixity_round.checked,
        "finished_at": fixity_round.finished_at,
        "after_id": after_id,
    }
    if not connection.execute(table.update().values(**values)).rowcount:
        connection.execute(table.insert().values(id=1, **values))


def next_objects(connection: Connection, after_id: int, most: int) -> tuple[Checkable, ...]:
    """The objects behind that row."""
    found = _checkable().where(instance.c.id > after_id).order_by(instance.c.id).limit(most)
    return tuple(Checkable(*row) for row in connection.execute(found))


def by_uid(connection: Connection, sop_instance_uid: str) -> Checkable | None:
    """One object, unless it was deleted or put aside since."""
    is_it = instance.c.sop_instance_uid == sop_instance_uid
    row = connection.execute(_checkable().where(is_it)).first()
    return Checkable(*row) if row else None


def _checkable() -> sa.Select[Any]:
    return (
        sa.select(
            instance.c.id,
            study.c.study_uid,
            instance.c.sop_instance_uid,
            instance.c.object_key,
            instance.c.size,
            instance.c.sha256,
            damaged.c.sop_instance_uid.is_not(None),
        )
        .join(series, instance.c.series_id == series.c.id)
        .join(study, series.c.study_id == study.c.id)
        .outerjoin(damaged, damaged.c.sop_instance_uid == instance.c.sop_instance_uid)
    )


def is_filed(connection: Connection, checked: Checkable) -> bool:
    """Whether the object still is what was checked."""
    query = sa.select(instance.c.id).where(
        instance.c.id == checked.id, instance.c.object_key == checked.key
    )
    return connection.scalar(query) is not None


def note(connection: Connection, checked: Checkable, damage: Damage, at: datetime) -> bool:
    """Write down that an object is damaged; whether that is news."""
    found = _of(checked.sop_instance_uid)
    if connection.scalar(sa.select(damaged.c.damage).where(found).with_for_update()) == damage:
        return False
    connection.execute(damaged.delete().where(found))
    connection.execute(
        damaged.insert().values(
            sop_instance_uid=checked.sop_instance_uid,
            study_uid=checked.study_uid,
            damage=damage.value,
            found_at=at,
        )
    )
    changes.append(connection, ChangeKind.OBJECT_DAMAGED, [checked.study_uid], at)
    return True


def mended(connection: Connection, sop_instance_uid: str, at: datetime) -> None:
    """Forget that an object was damaged, if it was."""
    found = _of(sop_instance_uid)
    study_uid = connection.scalar(sa.select(damaged.c.study_uid).where(found))
    if study_uid is not None:
        connection.execute(damaged.delete().where(found))
        changes.append(connection, ChangeKind.OBJECT_MENDED, [study_uid], at)


def every_damaged(connection: Connection) -> tuple[DamagedObject, ...]:
    """The last MOST objects that were found damaged, newest first."""
    query = sa.select(damaged).order_by(damaged.c.found_at.desc()).limit(MOST)
    return tuple(
        DamagedObject(row.sop_instance_uid, row.study_uid, Damage(row.damage), row.found_at)
        for row in connection.execute(query)
    )


def damaged_among(connection: Connection, sop_instance_uids: Sequence[str]) -> set[str]:
    """Those of these objects that were found damaged."""
    found: set[str] = set()
    for start in range(0, len(sop_instance_uids), AT_ONCE):
        some = sop_instance_uids[start : start + AT_ONCE]
        is_one = damaged.c.sop_instance_uid.in_(some)
        found.update(connection.scalars(sa.select(damaged.c.sop_instance_uid).where(is_one)))
    return found


def count_damaged(connection: Connection) -> int:
    """How many objects are damaged."""
    return connection.scalar(sa.select(sa.func.count()).select_from(damaged)) or 0


def _of(sop_instance_uid: str) -> sa.ColumnElement[bool]:
    return damaged.c.sop_instance_uid == sop_instance_uid
