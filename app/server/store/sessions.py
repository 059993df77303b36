"""Rows of sessions; a session is the family of all refresh tokens that follow one sign-in."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.access import Account, Role
from app.server.store.prepared import Prepared
from app.server.store.tables import account
from app.server.store.tables import session as table


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session and whose it is."""

    id: str
    account: Account
    refresh_hash: str
    expires_at: datetime
    is_revoked: bool
    refreshed_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether it may still be used."""
        return not self.is_revoked and now < self.expires_at


_FOUND = (
    sa.select(
        account.c.username,
        account.c.full_name,
        account.c.role,
        table.c.refresh_hash,
        table.c.expires_at,
        table.c.revoked_at,
        table.c.refreshed_at,
    )
    .join(account, account.c.id == table.c.account_id)
    .where(table.c.id == sa.bindparam("session_id"))
)
_SESSION = Prepared(_FOUND)
_LOCKED = Prepared(_FOUND.with_for_update(of=table))


def insert(
    connection: Connection,
    session_id: str,
    account_id: int,
    refresh_hash: str,
    *,
    at: datetime,
    expires_at: datetime,
) -> None:
    """Begin a session."""
    connection.execute(
        table.insert().values(
            id=session_id,
            account_id=account_id,
            refresh_hash=refresh_hash,
            created_at=at,
            expires_at=expires_at,
        )
    )


def get(connection: Connection, session_id: str, *, lock: bool = False) -> StoredSession | None:
    """The session of that id; `lock` keeps it as it is until the transaction ends."""
    rows = (_LOCKED if lock else _SESSION).rows(connection, {"session_id": session_id})
    if not rows:
        return None
    username, full_name, role, refresh_hash, expires_at, revoked_at, refreshed_at = rows[0]
    return StoredSession(
        id=session_id,
        account=Account(username, full_name, Role(role)),
        refresh_hash=refresh_hash,
        expires_at=expires_at,
        is_revoked=revoked_at is not None,
        refreshed_at=refreshed_at,
    )


def renew(connection: Connection, session_id: str, refresh_hash: str, at: datetime) -> None:
    """Let the next refresh token be the good one."""
    connection.execute(
        table.update()
        .where(table.c.id == session_id)
        .values(refresh_hash=refresh_hash, refreshed_at=at)
    )


def revoke(connection: Connection, session_id: str, at: datetime) -> None:
    """End a session; the first time stays."""
    connection.execute(
        table.update()
        .where(table.c.id == session_id, table.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )


def forget_expired(connection: Connection, before: datetime) -> None:
    """Remove sessions that ended before `before`."""
    connection.execute(table.delete().where(table.c.expires_at < before))
