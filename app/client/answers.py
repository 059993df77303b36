"""Answers of a server as domain values; what no Klinika server would say is UnavailableError."""

from typing import Any, TypeVar

import httpx
import orjson

from app.domain.errors import InvalidError, UnavailableError
from app.domain.wire import from_plain

T = TypeVar("T")


def read(cls: type[T], response: httpx.Response) -> T:
    """The one `cls` of the answer."""
    return _value(cls, _plain(response))


def read_all(cls: type[T], response: httpx.Response) -> tuple[T, ...]:
    """Every `cls` of the answer's list."""
    items = _plain(response)
    if not isinstance(items, list):
        raise _foreign()
    return tuple(_value(cls, item) for item in items)


def read_text(response: httpx.Response, field: str) -> str:
    """One text of the answer."""
    data = _plain(response)
    text = data.get(field) if isinstance(data, dict) else None
    if not isinstance(text, str):
        raise _foreign()
    return text


def _plain(response: httpx.Response) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError as error:
        raise _foreign() from error


def _value(cls: type[T], data: object) -> T:
    try:
        return from_plain(cls, data)
    except InvalidError as error:
        raise _foreign() from error


def _foreign() -> UnavailableError:
    return UnavailableError("not a Klinika server, or one of another version")
