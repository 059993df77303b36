"""Rows of the rounds that check objects, and of what they found damaged."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.changes import ChangeKind
from app.domain.storage import Damage, DamagedObject, FixityRound, Whereabouts
from app.server.store import changes
from app.server.store.tables import (
    damaged,
    deleted_object,
    deletion,
    instance,
    quarantined,
    series,
    study,
)
from app.server.store.tables import fixity as table

MOST = 1000
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Checkable:
    """An object to be checked: the key and SHA-256 of its file.

    `id` is the row of an instance; 0 for what was put aside or can be restored.
    """

    id: int
    study_uid: str
    sop_instance_uid: str
    key: str
    size: int
    sha256: str
    was_damaged: bool


@dataclass(frozen=True, slots=True)
class Place:
    """How far a round went: instances by their rows, then those of no study by their keys."""

    after_id: int = 0
    after_key: str = ""

    def after(self, checked: Checkable) -> Self:
        """The place behind an object."""
        if checked.id:
            return replace(self, after_id=checked.id)
        return replace(self, after_key=checked.key)


def current(connection: Connection) -> tuple[FixityRound, Place] | None:
    """The round that was begun last, and how far it went; None before the first."""
    row = connection.execute(sa.select(table)).one_or_none()
    if row is None:
        return None
    known = FixityRound(row.started_at, row.checked, row.finished_at)
    return known, Place(row.after_id, row.after_key)


def save(connection: Connection, fixity_round: FixityRound, place: Place) -> None:
    """Remember how far a round went."""
    values = {
        "started_at": fixity_round.started_at,
        "checked": fixity_round.checked,
        "finished_at": fixity_round.finished_at,
        "after_id": place.after_id,
        "after_key": place.after_key,
    }
    if not connection.execute(table.update().values(**values)).rowcount:
        connection.execute(table.insert().values(id=1, **values))


def next_objects(
    connection: Connection, place: Place, most: int, at: datetime
) -> tuple[Checkable, ...]:
    """The objects behind a place; what can't be restored any more `at` that moment is none."""
    found = _instances().where(instance.c.id > place.after_id).order_by(instance.c.id).limit(most)
    rows = connection.execute(found).all()
    if not rows:
        aside = _of_no_study(at)
        is_behind = aside.c.object_key > place.after_key
        query = sa.select(aside, _is_damaged(aside.c.object_key)).where(is_behind)
        rows = connection.execute(query.order_by(aside.c.object_key).limit(most)).all()
    return tuple(Checkable(*row) for row in rows)


def by_uid(connection: Connection, sop_instance_uid: str) -> Checkable | None:
    """One object, unless it was deleted or put aside since."""
    is_it = instance.c.sop_instance_uid == sop_instance_uid
    row = connection.execute(_instances().where(is_it)).first()
    return Checkable(*row) if row else None


def _instances() -> sa.Select[Any]:
    return (
        sa.select(
            instance.c.id,
            study.c.study_uid,
            instance.c.sop_instance_uid,
            instance.c.object_key,
            instance.c.size,
            instance.c.sha256,
            _is_damaged(instance.c.object_key),
        )
        .join(series, instance.c.series_id == series.c.id)
        .join(study, series.c.study_id == study.c.id)
    )


def _is_damaged(key: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return sa.exists().where(damaged.c.object_key == key)


def _of_no_study(at: datetime) -> sa.Subquery:
    columns = ("sop_instance_uid", "object_key", "size", "sha256")
    no_row = sa.literal(0).label("id")
    aside = sa.select(no_row, quarantined.c.study_uid, *(quarantined.c[name] for name in columns))
    restorable = (
        sa.select(no_row, deletion.c.study_uid, *(deleted_object.c[name] for name in columns))
        .join(deletion, deletion.c.id == deleted_object.c.deletion_id)
        .where(deletion.c.purge_at > at)
    )
    return sa.union_all(aside, restorable).subquery()


def is_kept(connection: Connection, checked: Checkable) -> bool:
    """Whether the object still is what was checked, until the transaction ends."""
    tables = (instance,) if checked.id else (quarantined, deleted_object)
    for each in tables:
        is_it = sa.and_(
            each.c.sop_instance_uid == checked.sop_instance_uid, each.c.object_key == checked.key
        )
        if connection.execute(sa.select(each.c.object_key).where(is_it).with_for_update()).first():
            return True
    return False


def note(connection: Connection, checked: Checkable, damage: Damage, at: datetime) -> bool:
    """Write down that an object is damaged; whether that is news."""
    found = damaged.c.object_key == checked.key
    if connection.scalar(sa.select(damaged.c.damage).where(found).with_for_update()) == damage:
        return False
    connection.execute(damaged.delete().where(found))
    connection.execute(
        damaged.insert().values(
            object_key=checked.key,
            sop_instance_uid=checked.sop_instance_uid,
            study_uid=checked.study_uid,
            damage=damage.value,
            found_at=at,
        )
    )
    changes.append(connection, ChangeKind.OBJECT_DAMAGED, [checked.study_uid], at)
    return True


def mended(connection: Connection, keys: Collection[str], at: datetime) -> bool:
    """Forget that files were damaged, because they are whole or needed no more; whether any was."""
    uids: set[str] = set()
    wanted = sorted(keys)
    for start in range(0, len(wanted), AT_ONCE):
        found = damaged.c.object_key.in_(wanted[start : start + AT_ONCE])
        uids.update(
            connection.scalars(damaged.delete().where(found).returning(damaged.c.study_uid))
        )
    changes.append(connection, ChangeKind.OBJECT_MENDED, sorted(uids), at)
    return bool(uids)


def left_over(connection: Connection) -> tuple[str, ...]:
    """The keys of damaged files that no object has any more."""
    is_free = sa.and_(*(~_is_one_of(each) for each in (instance, quarantined, deleted_object)))
    return tuple(connection.scalars(sa.select(damaged.c.object_key).where(is_free)))


def _is_one_of(objects: sa.Table) -> sa.ColumnElement[bool]:
    """Whether a damaged object has a row among `objects`."""
    return sa.exists().where(
        objects.c.sop_instance_uid == damaged.c.sop_instance_uid,
        objects.c.object_key == damaged.c.object_key,
    )


def every_damaged(connection: Connection) -> tuple[DamagedObject, ...]:
    """The last MOST objects that were found damaged, newest first."""
    whereabouts = sa.case(
        (_is_one_of(instance), Whereabouts.ARCHIVE.value),
        (_is_one_of(quarantined), Whereabouts.QUARANTINE.value),
        else_=Whereabouts.DELETED.value,
    )
    query = sa.select(
        damaged.c.sop_instance_uid,
        damaged.c.study_uid,
        damaged.c.damage,
        damaged.c.found_at,
        whereabouts,
    )
    newest = query.order_by(damaged.c.found_at.desc(), damaged.c.object_key).limit(MOST)
    return tuple(
        DamagedObject(uid, study_uid, Damage(damage), found_at, Whereabouts(place))
        for uid, study_uid, damage, found_at, place in connection.execute(newest)
    )


def damaged_among(connection: Connection, sop_instance_uids: Sequence[str]) -> set[str]:
    """Those of these objects of the archive that were found damaged."""
    found: set[str] = set()
    for start in range(0, len(sop_instance_uids), AT_ONCE):
        some = sop_instance_uids[start : start + AT_ONCE]
        is_one = sa.and_(damaged.c.sop_instance_uid.in_(some), _is_one_of(instance))
        found.update(connection.scalars(sa.select(damaged.c.sop_instance_uid).where(is_one)))
    return found


def count_damaged(connection: Connection) -> int:
    """How many objects are damaged."""
    return connection.scalar(sa.select(sa.func.count()).select_from(damaged)) or 0
