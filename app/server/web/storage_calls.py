"""The archive's storage over HTTP."""

from starlette.responses import Response

from app.server.web.answers import json_answer
from app.server.web.routing import Call


def status(call: Call) -> Response:
    """How the archive's objects fare: the room on their disk."""
    return json_answer(call.parts.storage.status(call.actor))
