"""The parts of a request while they arrive: in memory while small, in the spool when large."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from anyio import to_thread

from app.domain.errors import Error, InvalidError
from app.domain.ingest import RefusalReason, RefusedObjectError
from app.server.store.spool import Incoming, Spool
from app.server.web.dicomweb.accept import parameters
from app.server.web.dicomweb.multipart import Begin, Data, End, Event, Reader

SLICE = 64 * 1024
"""Bytes of a body that are looked through before others have a turn."""
EVENTS_AT_ONCE = 200
"""Parts that begin or end, and pieces of them, before others have a turn."""


class Received:
    """One part; `close` forgets it."""

    def __init__(self, headers: Mapping[str, str], incoming: Incoming) -> None:
        self.media_type, self.parameters = parameters(headers.get("content-type", ""))
        self.location = headers.get("content-location", "")
        self._incoming = incoming
        self._failure: Error | None = None

    @property
    def size(self) -> int:
        """Bytes that came."""
        return self._incoming.size

    async def append(self, data: bytes) -> None:
        """Take the next piece, and drop it when the part can't be kept any more."""
        if self._failure:
            return
        self._incoming.append(data)
        if self._incoming.is_too_large:
            self._failure = RefusedObjectError(RefusalReason.TOO_LARGE)
        elif self._incoming.wants_to_write:
            await self.write()

    async def write(self) -> None:
        """Bring what came to the disk."""
        try:
            await to_thread.run_sync(self._incoming.write)
        except Error as error:
            self._failure = error

    def content(self) -> bytes | Path:
        """The whole part, in memory or where it lies until `close`. Raises why it isn't kept."""
        if self._failure:
            raise self._failure
        return self._incoming.content()

    def data(self) -> bytes:
        """The whole part in memory. Raises as `content`."""
        content = self.content()
        return content.read_bytes() if isinstance(content, Path) else content

    def close(self) -> None:
        """Forget the bytes."""
        self._incoming.close()


async def in_parts(pieces: AsyncIterator[bytes], boundary: str, most: int) -> AsyncIterator[Event]:
    """What a multipart body brings. Raises InvalidError, also when more than `most` parts begin.

    A body of nothing but boundaries is no reason for others to wait: they have their turns.
    """
    reader, begun = Reader(boundary), 0
    async for piece in pieces:
        for start in range(0, len(piece), SLICE):
            for number, event in enumerate(reader.feed(piece[start : start + SLICE]), 1):
                begun += isinstance(event, Begin)
                if begun > most:
                    raise InvalidError(f"more than {most} parts")
                yield event
                if number % EVENTS_AT_ONCE == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(0)
    reader.end()


async def alone(pieces: AsyncIterator[bytes], media_type: str) -> AsyncIterator[Event]:
    """A body that is one part."""
    yield Begin({"content-type": media_type})
    async for piece in pieces:
        yield Data(piece)
    yield End()


async def received_parts(
    events: AsyncIterator[Event], spool: Spool, max_size: int
) -> AsyncIterator[Received]:
    """Each part when it is whole; who takes it closes it."""
    part: Received | None = None
    try:
        async for event in events:
            if isinstance(event, Begin):
                part = Received(event.headers, spool.incoming(max_size))
            elif part and isinstance(event, Data):
                await part.append(event.data)
            elif part:
                whole, part = part, None
                yield whole
    finally:
        if part:
            part.close()
