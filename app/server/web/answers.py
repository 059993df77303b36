"""The kinds of answers; those of JSON say of what by their type argument, which mypy checks."""

from collections.abc import Callable
from io import SEEK_END, RawIOBase
from typing import ClassVar, Generic, TypeVar

import orjson
from starlette.responses import Response

from app.domain.errors import DamagedError
from app.server.web.streams import bytes_of, pieces_answer

T = TypeVar("T")


class Json(Response, Generic[T]):
    """A `T` as JSON, as `app.domain.wire.to_plain` would write it but faster."""

    STATUS: ClassVar[int] = 200
    media_type = "application/json"

    def __init__(self, value: T) -> None:
        super().__init__(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS), self.STATUS)


class Created(Json[T]):
    """What was made."""

    STATUS = 201


class Accepted(Json[T]):
    """What is to come."""

    STATUS = 202


class NoContent(Response):
    """Done, with nothing to say."""

    STATUS: ClassVar[int] = 204

    def __init__(self) -> None:
        super().__init__(status_code=self.STATUS)


def json_answer(value: T) -> Json[T]:
    """A domain value as JSON."""
    return Json(value)


def no_content() -> NoContent:
    """Done, with nothing to say."""
    return NoContent()


def bytes_answer(data: bytes, media_type: str) -> Response:
    """Bytes as they are."""
    return Response(data, media_type=media_type)


def object_answer(opened: Callable[[], RawIOBase], size: int) -> Response:
    """A Part 10 object of `size` bytes as it is kept, looked at before the answer begins.

    Raises DamagedError when it has another size, and as `opened`.
    """
    with opened() as file:
        if file.seek(0, SEEK_END) != size:
            raise DamagedError("the object's file is damaged")
    return pieces_answer(bytes_of(opened, 0, size), "application/dicom", length=size)


def guarded(response: Response) -> Response:
    """Kept by no cache, and taken by browsers for nothing else than it says."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
