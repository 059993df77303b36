"""Remote archives over HTTP."""

from app.domain.archives import ArchivePage, ArchiveQuery, Retrieval
from app.domain.calls import WantedStudy
from app.domain.errors import NotFoundError
from app.server.web.answers import Accepted, Json, json_answer
from app.server.web.routing import Call

MAX_DIGITS = 18


def search(call: Call, query: ArchiveQuery) -> Json[ArchivePage]:
    """What a remote archive has; asked by POST because the query holds names."""
    return json_answer(call.parts.archives.search(call.actor, call.path["ae_title"], query))


def retrieve(call: Call, wanted: WantedStudy) -> Accepted[Retrieval]:
    """Let a study come from a remote archive, or go on with what of it is missing."""
    found = call.parts.archives.retrieve(call.actor, call.path["ae_title"], wanted)
    return Accepted(found)


def list_retrievals(call: Call) -> Json[tuple[Retrieval, ...]]:
    """The newest retrievals: how far they are, or why they wait."""
    return json_answer(call.parts.archives.retrievals(call.actor))


def cancel(call: Call) -> Json[Retrieval]:
    """Let no more of a study come; what has come stays."""
    text = call.path["number"]
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise NotFoundError("no such retrieval")
    return json_answer(call.parts.archives.cancel(call.actor, int(text)))
