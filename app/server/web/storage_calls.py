"""The archive's storage over HTTP."""

from starlette.responses import Response

from app.server.web.answers import json_answer
from app.server.web.routing import Call


def status(call: Call) -> Response:
    """How the archive's objects fare: their room, and how many were put aside or are damaged."""
    return json_answer(call.parts.storage.status(call.actor))


def list_damaged(call: Call) -> Response:
    """The objects whose files were found damaged, newest first."""
    return json_answer(call.parts.storage.damaged(call.actor))
