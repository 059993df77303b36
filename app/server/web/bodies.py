"""The bodies of requests, in pieces that are bounded whatever they were compressed from."""

import zlib
from collections.abc import AsyncIterator
from typing import ClassVar

from anyio import to_thread
from starlette.requests import Request

from app.domain.errors import InvalidError

PIECE = 1024 * 1024
"""Bytes that a piece has at most after it was compressed."""
BODILESS = frozenset({"GET", "HEAD", "DELETE"})
"""Methods of requests whose bodies nobody reads."""
GZIP = 16 + zlib.MAX_WBITS


class UnsupportedMediaTypeError(InvalidError):
    """The body is written in a way that is not read here."""

    code: ClassVar[str] = "unsupported-media-type"


class BodyTooLargeError(InvalidError):
    """The body is larger than the route takes."""

    code: ClassVar[str] = "too-large"


async def body_of(request: Request, limit: int) -> bytes:
    """The whole body. Raises BodyTooLargeError for more than `limit` bytes, once decompressed."""
    if request.method in BODILESS:
        return b""
    body = bytearray()
    async for piece in pieces_of(request):
        body += piece
        if len(body) > limit:
            raise BodyTooLargeError("the body is too large")
    return bytes(body)


async def pieces_of(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes, decompressed (RFC 9110 8.4).

    Raises UnsupportedMediaTypeError for another coding than gzip, InvalidError when it is broken.
    """
    coding = request.headers.get("content-encoding", "").strip().lower() or "identity"
    if coding == "identity":
        async for piece in request.stream():
            yield piece
    elif coding == "gzip":
        async for piece in _inflated(request.stream()):
            yield piece
    else:
        raise UnsupportedMediaTypeError("bodies may be compressed by gzip alone")


async def _inflated(compressed: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    decoder = zlib.decompressobj(GZIP)
    async for data in compressed:
        rest = data
        while rest:
            if decoder.eof:  # another member of the same file (RFC 1952 2.2)
                decoder = zlib.decompressobj(GZIP)
            try:
                piece = await to_thread.run_sync(decoder.decompress, rest, PIECE)
            except zlib.error as error:
                raise InvalidError("the body is no gzip") from error
            rest = decoder.unconsumed_tail or decoder.unused_data
            yield piece
    if not decoder.eof:
        raise InvalidError("the gzip body ends early")
