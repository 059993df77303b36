"""Bytes that can be asked for in part, and only when they changed (RFC 9110 13, 14)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import RawIOBase
from typing import ClassVar

from starlette.responses import Response

from app.dicom import spooled
from app.dicom.spooled import Written
from app.domain.errors import Error
from app.server.store.objects import ObjectStore
from app.server.web.problems import problem
from app.server.web.streams import bytes_of, pieces_answer

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class RangeError(Error):
    """The wanted bytes lie behind the end."""

    code: ClassVar[str] = "range-not-satisfiable"


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes in memory, or `size` of those of a file that can be opened, from `start` on."""

    source: bytes | Callable[[], RawIOBase]
    size: int
    start: int = 0

    @classmethod
    def of(cls, data: Written) -> "Content":
        """What was made for this answer; a file is closed when its `pieces` end."""
        return cls(data if isinstance(data, bytes) else lambda: data, spooled.size(data))

    @classmethod
    def stored(cls, objects: ObjectStore, key: str) -> "Content":
        """A stored object. Raises NotFoundError when its file is gone."""
        return cls(partial(objects.open, key), objects.size(key))

    def pieces(self, first: int, behind: int) -> Iterator[bytes]:
        """Its bytes from `first` up to `behind`."""
        if isinstance(self.source, bytes):
            yield self.source[self.start + first : self.start + behind]
        else:
            yield from bytes_of(self.source, self.start + first, behind - first)


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """(first, behind) of the one range that `header` names, None when all is to be sent.

    More ranges than one are answered with all of it, as the RFC allows. Raises RangeError.
    """
    named = _RANGE.fullmatch(header.replace(" ", "").lower())
    if not named or named.groups() == ("", ""):
        return None
    first, last = named.groups()
    if not first:
        wanted = max(0, size - int(last)), size
    else:
        wanted = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < int(first):
            return None
    if wanted[0] >= wanted[1]:
        raise RangeError(f"{size} bytes")
    return wanted


def is_unchanged(headers: Mapping[str, str], etag: str) -> bool:
    """Whether the client has what `etag` stands for."""
    known = re.split(r"\s*,\s*", headers.get("if-none-match", "").replace("W/", "").strip())
    return etag.removeprefix("W/") in known or "*" in known


def not_modified(etag: str) -> Response:
    """The client has it."""
    return Response(status_code=304, headers={"ETag": etag})


def content_answer(
    headers: Mapping[str, str], content: Content, content_type: str, etag: str
) -> Response:
    """All of `content`, the range that was asked for, or that it is unchanged."""
    if is_unchanged(headers, etag):
        return not_modified(etag)
    wanted = None
    if headers.get("if-range", etag) == etag:
        try:
            wanted = byte_range(headers.get("range", ""), content.size)
        except RangeError as error:  # says how many there are (RFC 9110 15.5.17)
            answer = problem(error)
            answer.headers["Content-Range"] = f"bytes */{content.size}"
            return answer
    first, behind = wanted or (0, content.size)
    said = {"ETag": etag, "Accept-Ranges": "bytes"}
    if wanted:
        said["Content-Range"] = f"bytes {first}-{behind - 1}/{content.size}"
    return pieces_answer(
        content.pieces(first, behind),
        content_type,
        length=behind - first,
        status=206 if wanted else 200,
        headers=said,
    )
