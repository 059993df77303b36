"""Remote archives over HTTP."""

from starlette.responses import Response

from app.domain.archives import ArchiveQuery
from app.domain.calls import WantedStudy
from app.domain.errors import NotFoundError
from app.server.web.answers import json_answer
from app.server.web.routing import Call

MAX_DIGITS = 18


def search(call: Call) -> Response:
    """What a remote archive has; asked by POST because the query holds names."""
    query = call.read(ArchiveQuery)
    return json_answer(call.parts.archives.search(call.actor, call.path["ae_title"], query))


def retrieve(call: Call) -> Response:
    """Let a study come from a remote archive, or go on with what of it is missing."""
    wanted = call.read(WantedStudy)
    found = call.parts.archives.retrieve(call.actor, call.path["ae_title"], wanted)
    return json_answer(found, 202)


def list_retrievals(call: Call) -> Response:
    """The newest retrievals: how far they are, or why they wait."""
    return json_answer(call.parts.archives.retrievals(call.actor))


def cancel(call: Call) -> Response:
    """Let no more of a study come; what has come stays."""
    text = call.path["number"]
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise NotFoundError("no such retrieval")
    return json_answer(call.parts.archives.cancel(call.actor, int(text)))
