"""multipart/related (RFC 2046 5.1, RFC 2387), written and read in pieces of any size."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from app.domain.errors import InvalidError

MAX_HEADERS = 16 * 1024
"""Bytes of the header lines of one part."""
MAX_PADDING = 256
"""Blanks that may stand behind a boundary."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part to be written: its media type, where it can be had alone, and its pieces."""

    content_type: str
    pieces: Iterable[bytes]
    location: str = ""


class Writer:
    """One answer in parts of `media_type`."""

    def __init__(self, media_type: str) -> None:
        self._boundary = secrets.token_hex(16)
        self.content_type = f'multipart/related; type="{media_type}"; boundary={self._boundary}'

    def pieces(self, parts: Iterable[Part]) -> Iterator[bytes]:
        """The whole body."""
        for part in parts:
            yield self._head(part)
            yield from part.pieces
            yield b"\r\n"
        yield self._end()

    def length(self, parts: Iterable[Part], sizes: Iterable[int]) -> int:
        """The bytes of a body of `parts` whose contents have `sizes` bytes."""
        framed = sum(len(self._head(part)) + 2 for part in parts)
        return framed + sum(sizes) + len(self._end())

    def _head(self, part: Part) -> bytes:
        location = f"Content-Location: {part.location}\r\n" if part.location else ""
        return f"--{self._boundary}\r\nContent-Type: {part.content_type}\r\n{location}\r\n".encode()

    def _end(self) -> bytes:
        return f"--{self._boundary}--\r\n".encode()


@dataclass(frozen=True, slots=True)
class Begin:
    """A part begins; names of headers are in lower case."""

    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Data:
    """Some of the part's bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class End:
    """The part is whole."""


Event = Begin | Data | End


class _State(Enum):
    PREAMBLE = auto()
    BOUNDARY = auto()
    HEADERS = auto()
    CONTENT = auto()
    EPILOGUE = auto()


class Reader:
    """Finds the parts of a body that comes in pieces; holds no more than a piece and a header."""

    def __init__(self, boundary: str) -> None:
        if not 0 < len(boundary) <= 200:
            raise InvalidError("multipart without a boundary")
        self._delimiter = b"\r\n--" + boundary.encode("latin_1", "replace")
        self._buffer = bytearray(b"\r\n")
        self._state = _State.PREAMBLE
        self._in_part = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """What the next piece brings. Raises InvalidError."""
        self._buffer += data
        steps = {
            _State.PREAMBLE: self._content,
            _State.CONTENT: self._content,
            _State.BOUNDARY: self._boundary,
            _State.HEADERS: self._headers,
            _State.EPILOGUE: self._epilogue,
        }
        needs_more = False
        while not needs_more:
            needs_more, events = steps[self._state]()
            yield from events

    def end(self) -> None:
        """The body has ended. Raises InvalidError when its last boundary is missing."""
        if self._state is not _State.EPILOGUE:
            raise InvalidError("the multipart body ends early")

    def _content(self) -> tuple[bool, list[Event]]:
        """Up to the next boundary, or what can't be the beginning of one."""
        found = self._buffer.find(self._delimiter)
        taken = found if found >= 0 else max(0, len(self._buffer) - len(self._delimiter) + 1)
        events = self._given(taken)
        if found < 0:
            return True, events
        del self._buffer[: len(self._delimiter)]
        self._state = _State.BOUNDARY
        return False, events

    def _given(self, size: int) -> list[Event]:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return [Data(data)] if self._in_part and data else []

    def _boundary(self) -> tuple[bool, list[Event]]:
        """What stands behind a boundary tells whether it is one, and the last."""
        rest = bytes(self._buffer[:MAX_PADDING])
        if rest.startswith(b"--"):
            self._state = _State.EPILOGUE
            return False, self._ended()
        blank = len(rest) - len(rest.lstrip(b" \t"))
        if rest[blank : blank + 2] == b"\r\n":
            del self._buffer[:blank]
            self._state = _State.HEADERS
            return False, self._ended()
        if rest[blank:] in (b"", b"-", b"\r") and len(rest) < MAX_PADDING:
            return True, []
        self._state = _State.CONTENT if self._in_part else _State.PREAMBLE
        return False, [Data(self._delimiter)] if self._in_part else []

    def _ended(self) -> list[Event]:
        events: list[Event] = [End()] if self._in_part else []
        self._in_part = False
        return events

    def _headers(self) -> tuple[bool, list[Event]]:
        """The header lines, which begin with the end of the boundary's line."""
        end = self._buffer.find(b"\r\n\r\n", 0, MAX_HEADERS)
        if end < 0:
            if len(self._buffer) >= MAX_HEADERS:
                raise InvalidError("the headers of a part are too long")
            return True, []
        lines = bytes(self._buffer[2:end]).decode("latin_1").split("\r\n")
        del self._buffer[: end + 4]
        self._state, self._in_part = _State.CONTENT, True
        pairs = (line.partition(":") for line in lines if line)
        return False, [Begin({name.strip().lower(): value.strip() for name, _, value in pairs})]

    def _epilogue(self) -> tuple[bool, list[Event]]:
        self._buffer.clear()
        return True, []
