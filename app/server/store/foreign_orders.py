"""Rows of orders that came from the worklists of other systems: which are known and may follow."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.orders import WAITING, Order
from app.server.store.orders import order_of
from app.server.store.tables import imaging_order as table
from app.server.store.tables import performed_order, study

AT_ONCE = 500

Key = tuple[str, str]
"""StudyInstanceUID and ScheduledProcedureStepID: what an order is known by."""

_HAS_IMAGES = sa.or_(
    sa.exists().where(study.c.study_uid == table.c.study_uid),
    sa.exists().where(
        table.c.accession_number != "",
        study.c.accession_number == table.c.accession_number,
        study.c.patient_id == table.c.patient_id,
    ),
)
_IS_PERFORMED = sa.exists().where(performed_order.c.order_id == table.c.id)
_WAITS = table.c.status.in_([each.value for each in WAITING])
_MAY_FOLLOW = sa.and_(sa.or_(_WAITS, table.c.said == ""), ~_HAS_IMAGES, ~_IS_PERFORMED)


@dataclass(frozen=True, slots=True)
class Known:
    """An order that is here; `said` is what its worklist said last, empty when it left it out."""

    row: int
    origin: str
    said: str
    may_follow: bool
    """Whether nothing of it was begun, and nobody here ended it."""


def known(connection: Connection, study_uids: Collection[str]) -> dict[Key, Known]:
    """The orders of these studies, wherever they came from."""
    found, uids = {}, sorted(study_uids)
    for start in range(0, len(uids), AT_ONCE):
        query = sa.select(
            table.c.study_uid,
            table.c.step_id,
            table.c.id,
            table.c.origin,
            table.c.said,
            _MAY_FOLLOW.label("may_follow"),
        ).where(table.c.study_uid.in_(uids[start : start + AT_ONCE]))
        for study_uid, step_id, *rest in connection.execute(query):
            found[study_uid, step_id] = Known(*rest)
    return found


def waiting(connection: Connection, origin: str, first: datetime, last: datetime) -> dict[Key, int]:
    """The rows of what `origin` listed for that time and nobody has begun."""
    query = sa.select(table.c.study_uid, table.c.step_id, table.c.id).where(
        table.c.origin == origin,
        table.c.said != "",
        table.c.starts_at.between(first, last),
        _WAITS,
        _MAY_FOLLOW,
    )
    return {(study_uid, step_id): row for study_uid, step_id, row in connection.execute(query)}


def to_follow(connection: Connection, row: int) -> Order | None:
    """The order of that row, locked until the transaction ends; None when it may not follow."""
    query = sa.select(table).where(table.c.id == row, _MAY_FOLLOW).with_for_update(of=table)
    found = connection.execute(query).one_or_none()
    return order_of(found) if found else None


def say(connection: Connection, order_id: str, said: str) -> None:
    """Remember what its worklist says of an order; empty for one that it leaves out."""
    connection.execute(table.update().where(table.c.order_id == order_id).values(said=said))
