"""What a server answers becomes the error it was there."""

import httpx
import pytest

from app.client.problems import error_of
from app.domain.errors import ConflictError, Error, TooManyAttemptsError, UnavailableError
from app.domain.ingest import RefusalReason, RefusedObjectError


def answer(status: int = 400, **problem: object) -> Error:
    return error_of(httpx.Response(status, json=problem))


def test_a_code_is_its_error_with_its_detail():
    error = answer(code="conflict", detail="someone saved it since")
    assert (type(error), error.detail) == (ConflictError, "someone saved it since")


def test_a_refusal_keeps_its_reason():
    error = answer(code="refused-object", reason="too-deep")
    assert isinstance(error, RefusedObjectError)
    assert error.reason is RefusalReason.TOO_DEEP


def test_a_delay_keeps_its_seconds():
    error = answer(code="too-many-attempts", retry_after_s=20)
    assert isinstance(error, TooManyAttemptsError)
    assert error.retry_after_s == 20


def test_the_words_of_a_newer_server_are_still_errors():
    assert type(answer(code="solar-flare")) is Error
    assert type(answer(429, code="solar-flare")) is UnavailableError
    refused = answer(code="refused-object", reason="too-purple")
    assert isinstance(refused, RefusedObjectError)
    assert refused.reason is RefusalReason.CORRUPT


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[]", b"{}", b'"x"'])
def test_what_is_no_problem_comes_from_something_in_between(body):
    error = error_of(httpx.Response(502, content=body))
    assert isinstance(error, UnavailableError)
    assert "502" in error.detail
