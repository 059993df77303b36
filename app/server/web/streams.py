"""Answers that are made while they are sent, in bounded memory."""

from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping
from io import RawIOBase

from anyio import CapacityLimiter, to_thread
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.server.web.routing import Lane

PIECE = 1024 * 1024
"""Bytes that are read or sent at once: each time is a hop to a thread."""
AT_ONCE = 4 * 1024 * 1024
"""Bytes of an answer that is made as a whole."""


class PiecesResponse(StreamingResponse):
    """Pieces that a thread makes, one after the other as the client takes them."""

    def __init__(
        self, pieces: Generator[bytes], lane: Lane, status_code: int, headers: Mapping[str, str]
    ) -> None:
        super().__init__((), status_code, headers)
        self._pieces = pieces
        self._lane = lane

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them; the threads of the lane make them. A HEAD has them not made at all."""
        if scope["method"] == "HEAD":
            self._pieces.close()
        limiter: CapacityLimiter = scope["app"].state.lanes[self._lane]
        self.body_iterator = _in_threads(self._pieces, limiter)
        await super().__call__(scope, receive, send)


def pieces_answer(
    pieces: Iterable[bytes],
    content_type: str,
    *,
    length: int | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    lane: Lane = Lane.STREAMS,
    at_once: int = PIECE,
) -> Response:
    """`pieces` as one answer, whose `length` in bytes may be known: then the client is told.

    The lane's threads make them, `at_once` bytes or more in one turn.
    """
    said = {"Content-Type": content_type, **(headers or {})}
    if length is not None and length <= AT_ONCE:
        return Response(b"".join(pieces), status, said)
    if length is not None:
        said["Content-Length"] = str(length)
    return PiecesResponse(gathered(pieces, at_once), lane, status, said)


def gathered(pieces: Iterable[bytes], at_once: int = PIECE) -> Generator[bytes]:
    """The same bytes in pieces of at least `at_once`, but for the last."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= at_once:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def bytes_of(opened: Callable[[], RawIOBase], start: int, size: int) -> Iterator[bytes]:
    """`size` bytes from `start` on of a file that is opened for it."""
    with opened() as file:
        file.seek(start)
        while size > 0:
            piece = file.read(min(PIECE, size))
            if not piece:
                raise EOFError
            size -= len(piece)
            yield piece


async def _in_threads(pieces: Generator[bytes], limiter: CapacityLimiter) -> AsyncIterator[bytes]:
    try:
        while piece := await to_thread.run_sync(next, pieces, b"", limiter=limiter):
            yield piece
    finally:
        pieces.close()
