"""Error answers of a server (application/problem+json) as the errors they were there."""

import json

import httpx

from app.domain.errors import Error, TooManyAttemptsError, UnavailableError
from app.domain.ingest import RefusalReason, RefusedObjectError

MAX_PROBLEM = 64 * 1024
LATER = (429, 503)
"""Statuses of what may be answered later, whatever the code says."""
LONGEST_WAIT_S = 10


def error_of(response: httpx.Response) -> Error:
    """The error that a read response stands for whose status is not one of success."""
    try:
        problem = json.loads(response.content[:MAX_PROBLEM])
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or "code" not in problem:
        return UnavailableError(f"the server answered HTTP {response.status_code}")
    detail = str(problem.get("detail", ""))
    unknown = UnavailableError if response.status_code in LATER else Error
    kind = _kinds().get(str(problem["code"]), unknown)
    if kind is RefusedObjectError:
        return RefusedObjectError(_reason(problem.get("reason")), detail)
    if kind is TooManyAttemptsError:
        return TooManyAttemptsError(detail, _seconds(problem.get("retry_after_s")))
    return kind(detail)


def to_wait_s(response: httpx.Response) -> int:
    """How long to wait before the request is sent again, 0 when it has its answer."""
    if response.status_code != 429 or b'"too-many-requests"' not in response.content[:MAX_PROBLEM]:
        return 0
    told = response.headers.get("retry-after", "")
    return min(int(told), LONGEST_WAIT_S) if told.isdigit() else 1


def _reason(value: object) -> RefusalReason:
    try:
        return RefusalReason(str(value))
    except ValueError:
        return RefusalReason.CORRUPT


def _seconds(value: object) -> int:
    return value if isinstance(value, int) else 0


def _kinds() -> dict[str, type[Error]]:
    kinds: dict[str, type[Error]] = {}
    waiting: list[type[Error]] = [Error]
    while waiting:
        kind = waiting.pop()
        kinds.setdefault(kind.code, kind)
        waiting.extend(kind.__subclasses__())
    return kinds
