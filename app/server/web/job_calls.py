"""The queue of jobs over HTTP."""

from app.domain.errors import InvalidError, NotFoundError
from app.domain.jobs import Job, JobState
from app.server.web.answers import Json, json_answer
from app.server.web.routing import Call

MAX_DIGITS = 18


def list_jobs(call: Call) -> Json[tuple[Job, ...]]:
    """The newest jobs, of one `state` and of one `kind` when the query names them."""
    state, kind = call.query.get("state", ""), call.query.get("kind", "")
    try:
        named = JobState(state) if state else None
    except ValueError as error:
        raise InvalidError("state") from error
    return json_answer(call.parts.jobs.newest(call.actor, named, kind))


def replay(call: Call) -> Json[Job]:
    """Queue a job anew, or let one that waits begin now."""
    return json_answer(call.parts.jobs.replay(call.actor, _number(call)))


def cancel(call: Call) -> Json[Job]:
    """Take a job out of the queue."""
    return json_answer(call.parts.jobs.cancel(call.actor, _number(call)))


def _number(call: Call) -> int:
    text = call.path["number"]
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise NotFoundError("no such job")
    return int(text)
