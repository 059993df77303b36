"""Worklist, studies, series and objects over HTTP."""

import re
from functools import partial

from starlette.responses import Response

from app.domain.changes import Change
from app.domain.errors import NotFoundError
from app.domain.image import SeriesManifest
from app.domain.study import Study, WorklistPage, WorklistQuery
from app.server.core import changes, pixels, retrieve, studies, worklist
from app.server.web.answers import Json, bytes_answer, json_answer, object_answer
from app.server.web.routing import Call

UID = re.compile(r"[0-9.]{1,64}")
MOST_CHANGES = 500


def search(call: Call, query: WorklistQuery) -> Json[WorklistPage]:
    """A page of the worklist; asked by POST because search text holds names."""
    return json_answer(worklist.search(call.parts.database, call.actor, query))


def study(call: Call) -> Json[Study]:
    """A study with its series."""
    return json_answer(studies.study(call.parts.database, call.actor, uid_of(call)))


def manifest(call: Call) -> Json[SeriesManifest]:
    """A series' images; with file paths for who shares this machine."""
    parts = call.parts
    return json_answer(
        studies.manifest(
            parts.database,
            parts.objects,
            call.actor,
            uid_of(call),
            with_paths=call.shares_machine,
        )
    )


def thumbnail(call: Call) -> Response:
    """A small PNG of a series."""
    parts = call.parts
    png = pixels.thumbnail(parts.database, parts.objects, call.actor, uid_of(call))
    return bytes_answer(png, "image/png")


def download(call: Call) -> Response:
    """A whole Part 10 object."""
    stored = pixels.stored_object(call.parts.database, call.actor, uid_of(call))
    return object_answer(partial(retrieve.opened, call.parts.objects, stored), stored.size)


def list_changes(call: Call) -> Json[tuple[Change, ...]]:
    """The changes after a number."""
    since = call.number("since", 0)
    return json_answer(changes.since(call.parts.database, call.actor, since, MOST_CHANGES))


def uid_of(call: Call) -> str:
    """The UID in the path. Raises NotFoundError for what can't be one."""
    uid = call.path["uid"]
    if not UID.fullmatch(uid):
        raise NotFoundError("UID")
    return uid
