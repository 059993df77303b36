"""The change feed's rows."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.changes import Change, ChangeKind
from app.server.store.bell import HAS_CHANGES
from app.server.store.prepared import Prepared
from app.server.store.tables import change

FEED_LOCK = 0x46454544
"""Key of the PostgreSQL advisory lock that makes numbers rise in the order of commits."""

_LOCK = Prepared(sa.select(sa.func.pg_advisory_xact_lock(FEED_LOCK)))
_LAST = Prepared(sa.select(sa.func.max(change.c.number)))
_APPEND = Prepared(sa.insert(change), sets=("kind", "study_uid", "at"))


def append(
    connection: Connection, kind: ChangeKind, study_uids: Iterable[str], at: datetime
) -> None:
    """Append one entry for each study. Call it last: on PostgreSQL others wait for our commit."""
    rows = [{"kind": kind.value, "study_uid": uid, "at": at} for uid in study_uids]
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _LOCK.rows(connection, {})
    _APPEND.run(connection, rows)
    connection.info[HAS_CHANGES] = True


def since(connection: Connection, number: int, limit: int) -> tuple[Change, ...]:
    """At most `limit` entries after `number`, oldest first."""
    rows = connection.execute(
        sa.select(change).where(change.c.number > number).order_by(change.c.number).limit(limit)
    )
    return tuple(Change(row.number, ChangeKind(row.kind), row.study_uid, row.at) for row in rows)


def last(connection: Connection) -> int:
    """The newest entry's number, or 0."""
    ((number,),) = _LAST.rows(connection, {})
    return number or 0
