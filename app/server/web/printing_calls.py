"""Printing on film over HTTP."""

from starlette.responses import Response

from app.domain.printing import PrintRequest
from app.server.web.answers import no_content
from app.server.web.routing import Call
from app.server.web.study_calls import uid_of


def request(call: Call) -> Response:
    """Queue the printing of images of a study on film."""
    call.parts.printing.request(call.actor, uid_of(call), call.read(PrintRequest))
    return no_content()
