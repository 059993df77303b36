"""Printing on film over HTTP."""

from app.domain.printing import PrintRequest
from app.server.web.answers import NoContent, no_content
from app.server.web.routing import Call
from app.server.web.study_calls import uid_of


def request(call: Call, wanted: PrintRequest) -> NoContent:
    """Queue the printing of images of a study on film."""
    call.parts.printing.request(call.actor, uid_of(call), wanted)
    return no_content()
