"""Objects that were put aside, over HTTP."""

from functools import partial

from starlette.responses import Response

from app.domain.quarantine import QuarantinedDetails, QuarantinePage
from app.server.core.quarantine import MAX_LIMIT
from app.server.web.answers import Json, NoContent, json_answer, no_content, object_answer
from app.server.web.routing import Call


def list_some(call: Call) -> Json[QuarantinePage]:
    """A page of what was put aside, newest first: at most `limit` behind the first `offset`."""
    limit, offset = call.number("limit", MAX_LIMIT), call.number("offset", 0)
    return json_answer(call.parts.quarantine.page(call.actor, limit, offset))


def one(call: Call) -> Json[QuarantinedDetails]:
    """What an object that was put aside says, beside what the archive has."""
    return json_answer(call.parts.quarantine.one(call.actor, call.path["id"]))


def download(call: Call) -> Response:
    """Its whole Part 10 object."""
    kept = call.parts.quarantine.kept(call.actor, call.path["id"])
    return object_answer(partial(call.parts.objects.open, kept.key), kept.size)


def accept(call: Call) -> NoContent:
    """Take it into its study, and put what has its UID aside instead."""
    call.parts.quarantine.accept(call.actor, call.path["id"])
    return no_content()


def delete(call: Call) -> NoContent:
    """Delete it for good."""
    call.parts.quarantine.delete(call.actor, call.path["id"])
    return no_content()
