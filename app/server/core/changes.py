"""The change feed: what happened, in the order it was committed."""

from app.domain.access import Actor, Permission
from app.domain.changes import Change
from app.domain.errors import InvalidError
from app.server.store import changes
from app.server.store.bell import Bell
from app.server.store.engine import Database

__all__ = ["Bell", "last", "since"]

MAX_LIMIT = 1000


def since(database: Database, actor: Actor, number: int, limit: int) -> tuple[Change, ...]:
    """At most `limit` changes after `number`, oldest first; to wait for more see `database.bell`.

    Raises ForbiddenError, and InvalidError for a negative number or limit.
    """
    actor.require(Permission.STUDY_READ)
    if number < 0 or limit < 0:
        raise InvalidError("number and limit can't be negative")
    with database.read() as connection:
        return changes.since(connection, number, min(limit, MAX_LIMIT))


def last(database: Database, actor: Actor) -> int:
    """The number of the newest change, 0 before the first. Raises ForbiddenError."""
    actor.require(Permission.STUDY_READ)
    with database.read() as connection:
        return changes.last(connection)
