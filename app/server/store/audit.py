"""Rows of the audit trail: only ever added."""

from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.server.store.tables import audit as table


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, and how it ended; what a record was and became, as JSON."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    outcome: str
    old_value: str = ""
    new_value: str = ""


COLUMNS = [table.c[field.name] for field in fields(AuditEntry)]


def insert(connection: Connection, **values: str | datetime) -> None:
    """Add an entry inside the transaction of what it tells; `values` are AuditEntry's fields."""
    connection.execute(table.insert().values(values))


def newest(connection: Connection, limit: int) -> tuple[AuditEntry, ...]:
    """The last entries, newest first."""
    rows = connection.execute(sa.select(*COLUMNS).order_by(table.c.number.desc()).limit(limit))
    return tuple(AuditEntry(**row) for row in rows.mappings())
