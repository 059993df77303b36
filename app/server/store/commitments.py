"""Rows of requests for storage commitment, which are also the queue of their reports."""

from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.commitment import Commitment, Reference
from app.domain.wire import from_plain, to_plain
from app.server.store.tables import storage_commitment as table


def insert(connection: Connection, commitment: Commitment, due_at: datetime) -> int:
    """Keep a request and answer its number. Raises ClashError when there is one of that UID."""
    number: int = connection.execute(
        table.insert()
        .values(
            transaction_uid=commitment.transaction_uid,
            ae_title=commitment.ae_title,
            called_ae_title=commitment.called_ae_title,
            references=orjson.dumps(to_plain(commitment.references)),
            requested_at=commitment.requested_at,
            attempts=commitment.attempts,
            due_at=due_at,
            reason="",
        )
        .returning(table.c.id)
    ).scalar_one()
    return number


def get(connection: Connection, ae_title: str, transaction_uid: str) -> Commitment | None:
    """What that caller asked for in that transaction."""
    query = sa.select(table).where(
        table.c.ae_title == ae_title, table.c.transaction_uid == transaction_uid
    )
    row = connection.execute(query).one_or_none()
    return _commitment(row) if row else None


def is_any_due(connection: Connection, at: datetime) -> bool:
    """Whether a report is due."""
    return connection.scalar(sa.select(table.c.id).where(table.c.due_at <= at).limit(1)) is not None


def take_due(connection: Connection, at: datetime, until: datetime) -> Commitment | None:
    """The request whose report has been due longest; nobody else gets it before `until`."""
    query = (
        sa.select(table)
        .where(table.c.due_at <= at)
        .order_by(table.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    set_due(connection, row.id, until)
    return _commitment(row)


def set_due(connection: Connection, number: int, due_at: datetime) -> None:
    """Report it at that moment, again if it was reported."""
    connection.execute(
        table.update().where(table.c.id == number).values(due_at=due_at, reported_at=None)
    )


def set_reported(connection: Connection, number: int, at: datetime) -> None:
    """Its peer has taken the report."""
    connection.execute(
        table.update().where(table.c.id == number).values(due_at=None, reported_at=at, reason="")
    )


def set_failed(connection: Connection, number: int, due_at: datetime | None, reason: str) -> None:
    """An attempt to report failed; without `due_at` there is no other."""
    connection.execute(
        table.update()
        .where(table.c.id == number)
        .values(due_at=due_at, reason=reason, attempts=table.c.attempts + 1)
    )


def drop_reported(connection: Connection, before: datetime) -> None:
    """Forget requests that were reported before that moment."""
    connection.execute(table.delete().where(table.c.reported_at < before))


def _commitment(row: sa.Row[Any]) -> Commitment:
    return Commitment(
        number=row.id,
        transaction_uid=row.transaction_uid,
        ae_title=row.ae_title,
        called_ae_title=row.called_ae_title,
        references=from_plain(tuple[Reference, ...], orjson.loads(row.references)),
        requested_at=row.requested_at,
        attempts=row.attempts,
    )
