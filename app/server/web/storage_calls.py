"""The archive's storage over HTTP."""

from app.domain.storage import DamagedObject, StorageStatus
from app.server.web.answers import Json, json_answer
from app.server.web.routing import Call


def status(call: Call) -> Json[StorageStatus]:
    """How the archive's objects fare: their room, and how many were put aside or are damaged."""
    return json_answer(call.parts.storage.status(call.actor))


def list_damaged(call: Call) -> Json[tuple[DamagedObject, ...]]:
    """The objects whose files were found damaged, newest first."""
    return json_answer(call.parts.storage.damaged(call.actor))
