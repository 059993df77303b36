"""Reports over HTTP."""

import base64
import binascii
import re

from starlette.responses import Response

from app.domain.calls import SavedReport, SignedReport
from app.domain.errors import InvalidError, NotFoundError
from app.domain.report import Report, ReportContent
from app.server.core.signing import Signature
from app.server.web.answers import Created, Json, bytes_answer, json_answer
from app.server.web.routing import Call
from app.server.web.study_calls import uid_of

ID = re.compile(r"[0-9a-f]{32}")


def of_study(call: Call) -> Json[tuple[Report, ...]]:
    """Every version, newest first."""
    return json_answer(call.parts.reports.of_study(call.actor, uid_of(call)))


def start(call: Call, content: ReportContent) -> Created[Report]:
    """A new draft."""
    return Created(call.parts.reports.start(call.actor, uid_of(call), content))


def save(call: Call, given: SavedReport) -> Json[Report]:
    """Save a draft."""
    reports = call.parts.reports
    return json_answer(reports.save(call.actor, id_of(call), given.revision, given.content))


def sign(call: Call, given: SignedReport) -> Json[Report]:
    """Sign a draft."""
    try:
        pdf = base64.b64decode(given.pdf, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidError("pdf is not base64") from error
    signature = Signature(given.revision, given.password, pdf, given.signed_at)
    return json_answer(call.parts.reports.sign(call.actor, id_of(call), signature))


def pdf(call: Call) -> Response:
    """The PDF of a signed version."""
    return bytes_answer(call.parts.reports.pdf(call.actor, id_of(call)), "application/pdf")


def put_image(call: Call) -> Created[dict[str, str]]:
    """Keep a key image."""
    image_id = call.parts.reports.put_image(call.actor, uid_of(call), call.body)
    return Created({"id": image_id})


def image(call: Call) -> Response:
    """A key image."""
    return bytes_answer(call.parts.reports.image(call.actor, id_of(call)), "image/png")


def id_of(call: Call) -> str:
    """The id in the path. Raises NotFoundError for what can't be one."""
    identifier = call.path["id"]
    if not ID.fullmatch(identifier):
        raise NotFoundError("id")
    return identifier
