"""Deletions over HTTP."""

from starlette.responses import Response

from app.domain.deletion import DeletionRequest
from app.server.web.answers import json_answer, no_content
from app.server.web.routing import Call


def list_all(call: Call) -> Response:
    """What was asked for and what was deleted, newest first."""
    return json_answer(call.parts.deletions.all(call.actor))


def request(call: Call) -> Response:
    """Ask for the deletion of a study or series; another person has to confirm it."""
    return json_answer(call.parts.deletions.request(call.actor, call.read(DeletionRequest)), 201)


def confirm(call: Call) -> Response:
    """Delete what another person asked for; it can be restored for 30 days."""
    return json_answer(call.parts.deletions.confirm(call.actor, call.path["id"]))


def restore(call: Call) -> Response:
    """Bring back what was deleted."""
    call.parts.deletions.restore(call.actor, call.path["id"])
    return no_content()


def withdraw(call: Call) -> Response:
    """Take back or refuse a request."""
    call.parts.deletions.withdraw(call.actor, call.path["id"])
    return no_content()
