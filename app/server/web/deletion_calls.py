"""Deletions over HTTP."""

from app.domain.deletion import Deletion, DeletionRequest
from app.server.web.answers import Created, Json, NoContent, json_answer, no_content
from app.server.web.routing import Call


def list_all(call: Call) -> Json[tuple[Deletion, ...]]:
    """What was asked for and what was deleted, newest first."""
    return json_answer(call.parts.deletions.all(call.actor))


def request(call: Call, wanted: DeletionRequest) -> Created[Deletion]:
    """Ask for the deletion of a study or series; another person has to confirm it."""
    return Created(call.parts.deletions.request(call.actor, wanted))


def confirm(call: Call) -> Json[Deletion]:
    """Delete what another person asked for; it can be restored for 30 days."""
    return json_answer(call.parts.deletions.confirm(call.actor, call.path["id"]))


def restore(call: Call) -> NoContent:
    """Bring back what was deleted."""
    call.parts.deletions.restore(call.actor, call.path["id"])
    return no_content()


def withdraw(call: Call) -> NoContent:
    """Take back or refuse a request."""
    call.parts.deletions.withdraw(call.actor, call.path["id"])
    return no_content()
