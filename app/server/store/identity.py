"""The row that says which archive a database belongs to."""

import sqlalchemy as sa
from sqlalchemy import Connection

from app.server.store.tables import archive as table


def get(connection: Connection) -> str | None:
    """The archive's identity, None before its first start."""
    found: str | None = connection.scalar(sa.select(table.c.identity))
    return found


def insert(connection: Connection, identity: str) -> None:
    """Say it for good. Raises ClashError when another server has done so meanwhile."""
    connection.execute(table.insert().values(id=1, identity=identity))
