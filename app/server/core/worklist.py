"""The worklist: studies newest first, found by any words as one types."""

from app.domain.access import Actor, Permission
from app.domain.errors import InvalidError
from app.domain.study import WorklistPage, WorklistQuery
from app.server.store import changes, studies
from app.server.store.engine import Database
from app.server.store.search import page, query_words

MAX_LIMIT = 1000


def search(database: Database, actor: Actor, query: WorklistQuery) -> WorklistPage:
    """One page of what `query` asks for, and the feed's number at that moment.

    A study matches when each typed word begins one of the words of its patient's name, ID,
    accession number, description, modalities or date. Raises ForbiddenError, and InvalidError for
    a negative limit or offset; a limit above MAX_LIMIT is taken as that.
    """
    actor.require(Permission.STUDY_READ)
    if query.limit < 0 or query.offset < 0:
        raise InvalidError("limit and offset can't be negative")
    typed = query_words(query.text)
    with database.read() as connection:
        rows, total = page(
            connection, typed, query.study_uid, min(query.limit, MAX_LIMIT), query.offset
        )
        number = changes.last(connection)
    return WorklistPage(tuple(studies.summary(row) for row in rows), total, number)
