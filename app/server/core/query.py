"""What C-FIND and QIDO-RS ask: patients, studies, series and instances by their attributes."""

from collections.abc import Iterator

from app.domain.access import Actor, Permission
from app.domain.errors import InvalidError
from app.domain.query import Match, Query
from app.server.store import query as index
from app.server.store.engine import Database
from app.server.store.query import Place
from app.server.store.wanted import Wanted

FIRST_PAGE = 200
PAGE = 2000
"""Answers of one transaction: whoever reads them slowly holds none open."""


def matches(database: Database, actor: Actor, query: Query) -> Iterator[Match]:
    """The answers to `query` in pages, each true at its own moment.

    Raises ForbiddenError, and InvalidError for a broken key or a negative limit or offset, at once.
    """
    wanted = _wanted(actor, query)
    return _answers(database, wanted)


def count(database: Database, actor: Actor, query: Query) -> int:
    """How many answers there are, whatever its limit and offset. Raises as `matches` does."""
    wanted = _wanted(actor, query)
    with database.read() as connection:
        return index.count(connection, wanted)


def _wanted(actor: Actor, query: Query) -> Wanted:
    actor.require(Permission.STUDY_READ)
    if query.offset < 0 or (query.limit is not None and query.limit < 0):
        raise InvalidError("limit and offset can't be negative")
    return Wanted.of(query)


def _answers(database: Database, wanted: Wanted) -> Iterator[Match]:
    is_one_statement = index.is_one_statement(wanted)
    left, size, place = wanted.query.limit, FIRST_PAGE, Place(None, wanted.query.offset)
    while left is None or left > 0:
        asked = size if left is None else min(size, left)
        with database.look() if is_one_statement else database.read() as connection:
            found, place = index.page(connection, wanted, asked, place)
        yield from found
        if len(found) < asked:
            return
        left = None if left is None else left - asked
        size = PAGE
