"""Rows of the audit trail: only ever added."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.server.store.tables import audit as table


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, and how it ended."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    outcome: str


def insert(
    connection: Connection, *, at: datetime, actor: str, action: str, subject: str, outcome: str
) -> None:
    """Add an entry inside the transaction of what it tells."""
    connection.execute(
        table.insert().values(at=at, actor=actor, action=action, subject=subject, outcome=outcome)
    )


def newest(connection: Connection, limit: int) -> tuple[AuditEntry, ...]:
    """The last entries, newest first."""
    rows = connection.execute(sa.select(table).order_by(table.c.number.desc()).limit(limit))
    return tuple(
        AuditEntry(row.number, row.at, row.actor, row.action, row.subject, row.outcome)
        for row in rows
    )
