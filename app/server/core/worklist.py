"""The worklist: studies newest first, found by any words as one types."""

from app.domain.access import Actor, Permission
from app.domain.errors import InvalidError
from app.domain.study import WorklistPage, WorklistQuery
from app.server.store import changes, studies
from app.server.store.engine import Database
from app.server.store.search import Found, counted_page, page, query_words

MAX_LIMIT = 1000


def search(database: Database, actor: Actor, query: WorklistQuery) -> WorklistPage:
    """One page of what `query` asks for, and the feed's number at that moment.

    A study matches when each typed word begins one of the words of its patient's name, ID,
    accession number, description, modalities or date; one with * or ? within, a word of its name.
    To count all that match can take far longer than to find the newest. Raises ForbiddenError, and
    InvalidError for a negative limit or offset; a limit above MAX_LIMIT is taken as that.
    """
    actor.require(Permission.STUDY_READ)
    if query.limit < 0 or query.offset < 0:
        raise InvalidError("limit and offset can't be negative")
    found = Found(query_words(query.text), query.study_uid)
    limit = min(query.limit, MAX_LIMIT)
    with database.read() as connection:
        if query.with_total:
            rows, total = counted_page(connection, found, limit, query.offset)
        else:
            rows, total = page(connection, found, limit + 1, query.offset), None
        number = changes.last(connection)
    least = query.offset + len(rows)
    return WorklistPage(
        tuple(studies.summary(row) for row in rows[:limit]),
        least if total is None else total,
        number,
        is_least=total is None and len(rows) > limit,
    )
