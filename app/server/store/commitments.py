"""Rows of requests for storage commitment."""

from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.commitment import Commitment, Reference
from app.domain.wire import from_plain, to_plain
from app.server.store.tables import storage_commitment as table


def insert(connection: Connection, commitment: Commitment) -> int:
    """Keep a request and answer its number. Raises ClashError when there is one of that UID."""
    number: int = connection.execute(
        table.insert()
        .values(
            transaction_uid=commitment.transaction_uid,
            ae_title=commitment.ae_title,
            called_ae_title=commitment.called_ae_title,
            references=orjson.dumps(to_plain(commitment.references)),
            requested_at=commitment.requested_at,
        )
        .returning(table.c.id)
    ).scalar_one()
    return number


def of_transaction(
    connection: Connection, ae_title: str, transaction_uid: str
) -> Commitment | None:
    """What that caller asked for in that transaction."""
    query = sa.select(table).where(
        table.c.ae_title == ae_title, table.c.transaction_uid == transaction_uid
    )
    row = connection.execute(query).one_or_none()
    return _commitment(row) if row else None


def get(connection: Connection, number: int) -> Commitment | None:
    """The request of that number."""
    row = connection.execute(sa.select(table).where(table.c.id == number)).one_or_none()
    return _commitment(row) if row else None


def set_reported(connection: Connection, number: int, at: datetime | None) -> None:
    """Its peer has taken the report, or shall take another when there is no `at`."""
    connection.execute(table.update().where(table.c.id == number).values(reported_at=at))


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
        is_reported=row.reported_at is not None,
    )
