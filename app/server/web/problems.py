"""Our errors as answers: application/problem+json (RFC 9457) with the error's stable code."""

from typing import ClassVar

import orjson
from starlette.responses import Response

from app.domain.errors import Error, TooManyAttemptsError
from app.domain.ingest import RefusalReason, RefusedObjectError

STATUSES = {
    "error": 500,
    "not-found": 404,
    "not-acceptable": 406,
    "untranscodable": 406,
    "unsupported-media-type": 415,
    "range-not-satisfiable": 416,
    "damaged": 410,
    "unauthenticated": 401,
    "wrong-password": 401,
    "forbidden": 403,
    "conflict": 409,
    "invalid": 422,
    "undecodable": 422,
    "weak-password": 422,
    "refused-object": 422,
    "too-large": 413,
    "too-many-attempts": 429,
    "too-many-requests": 429,
    "configuration": 500,
    "unavailable": 503,
    "storage-full": 507,
    "quota-exceeded": 507,
}
"""The HTTP status of each error code; a test says which code has none."""


class TooManyRequestsError(Error):
    """The request was not looked at; try again in `retry_after_s` seconds."""

    code: ClassVar[str] = "too-many-requests"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too many requests")
        self.retry_after_s = retry_after_s


CHALLENGE = 'Bearer, Basic realm="Klinika Pro", charset="UTF-8"'


def problem(error: Error, status: int = 0) -> Response:
    """The answer that tells `error`, with its own status unless another is given."""
    status = status or STATUSES.get(error.code, 500)
    body: dict[str, object] = {
        "type": f"urn:klinika:error:{error.code}",
        "title": error.code.replace("-", " ").capitalize(),
        "status": status,
        "code": error.code,
        "detail": error.detail,
    }
    headers = {}
    if isinstance(error, RefusedObjectError):
        body["reason"] = error.reason
        body["status"] = status = 413 if error.reason is RefusalReason.TOO_LARGE else status
    if isinstance(error, TooManyAttemptsError | TooManyRequestsError):
        body["retry_after_s"] = error.retry_after_s
        headers["Retry-After"] = str(error.retry_after_s)
    if status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    return Response(orjson.dumps(body), status, headers, media_type="application/problem+json")
