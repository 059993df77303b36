"""Rows of accounts."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.access import Account, Role
from app.domain.folding import fold
from app.server.store.tables import account as table

FIRST_ACCOUNT_LOCK = 0x4B4C4941
"""Key of the PostgreSQL advisory lock that lets one first administrator be made."""


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account with what only sign-in needs."""

    id: int
    account: Account
    password_hash: str
    failures: int
    locked_until: datetime | None


def lock_first(connection: Connection) -> None:
    """Wait until nobody else makes the first account; SQLite's one writer needs no more."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(FIRST_ACCOUNT_LOCK)))


def exist(connection: Connection) -> bool:
    """Whether there is any account."""
    return connection.scalar(sa.select(table.c.id).limit(1)) is not None


def insert(connection: Connection, account: Account, password_hash: str, at: datetime) -> None:
    """Add an account. Raises ClashError on commit when its name is taken."""
    connection.execute(
        table.insert().values(
            username=account.username,
            username_fold=fold(account.username),
            full_name=account.full_name,
            role=account.role,
            password_hash=password_hash,
            created_at=at,
        )
    )


def by_name(connection: Connection, username: str) -> StoredAccount | None:
    """The account of that name, however its letters are cased."""
    if "\0" in username:  # PostgreSQL has no such texts
        return None
    row = connection.execute(
        sa.select(table).where(table.c.username_fold == fold(username))
    ).one_or_none()
    return _stored(row) if row else None


def every(connection: Connection) -> tuple[Account, ...]:
    """All accounts, by name."""
    rows = connection.execute(sa.select(table).order_by(table.c.username_fold))
    return tuple(_stored(row).account for row in rows)


def set_failures(
    connection: Connection, account_id: int, failures: int, locked_until: datetime | None
) -> None:
    """Remember how often sign-in failed in a row, and until when it must wait."""
    connection.execute(
        table.update()
        .where(table.c.id == account_id)
        .values(failures=failures, locked_until=locked_until)
    )


def set_password_hash(connection: Connection, account_id: int, password_hash: str) -> None:
    """Replace the hash."""
    connection.execute(
        table.update().where(table.c.id == account_id).values(password_hash=password_hash)
    )


def _stored(row: sa.Row[tuple[object, ...]]) -> StoredAccount:
    return StoredAccount(
        id=row.id,
        account=Account(row.username, row.full_name, Role(row.role)),
        password_hash=row.password_hash,
        failures=row.failures,
        locked_until=row.locked_until,
    )
