"""One object a request: collected in memory while small, in the spool when large, then stored."""

import uuid
from pathlib import Path

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.domain.access import Actor
from app.domain.errors import StorageFullError
from app.domain.ingest import RefusalReason, RefusedObjectError, Source, SourceKind, StoreResult
from app.server.web.answers import json_answer
from app.server.web.parts import Parts
from app.server.web.routing import Lane

IN_MEMORY = 4 * 1024 * 1024


async def upload(request: Request, parts: Parts, actor: Actor) -> Response:
    """Store the body through the one door."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > parts.max_object_size:
        raise RefusedObjectError(RefusalReason.TOO_LARGE)
    body = _Body(parts.spool, parts.max_object_size)
    try:
        async for chunk in request.stream():
            if body.append(chunk):
                await to_thread.run_sync(body.spill)
        source = Source(
            SourceKind.IMPORT, actor.name, request.client.host if request.client else ""
        )
        limiter = request.app.state.lanes[Lane.UPLOAD]
        result: StoreResult = await to_thread.run_sync(
            lambda: parts.ingest.store(actor, source, body.content()), limiter=limiter
        )
    finally:
        body.close()
    return json_answer(result)


class _Body:
    def __init__(self, spool: Path, max_size: int) -> None:
        self._spool = spool
        self._max_size = max_size
        self._size = 0
        self._memory = bytearray()
        self._file: Path | None = None

    def append(self, chunk: bytes) -> bool:
        """Take a piece; answers whether `spill` is due. Raises RefusedObjectError."""
        self._size += len(chunk)
        if self._size > self._max_size:
            raise RefusedObjectError(RefusalReason.TOO_LARGE)
        self._memory += chunk
        return len(self._memory) > IN_MEMORY

    def spill(self) -> None:
        """Write what is in memory to the spool. Raises StorageFullError."""
        try:
            if self._file is None:
                self._file = self._spool / f"upload-{uuid.uuid4().hex}"
            with self._file.open("ab") as file:
                file.write(self._memory)
        except OSError as error:
            raise StorageFullError("the spool") from error
        self._memory.clear()

    def content(self) -> bytes | Path:
        """The whole object, in memory or where it lies until `close`."""
        if self._file is None:
            return bytes(self._memory)
        self.spill()
        return self._file

    def close(self) -> None:
        """Forget the object."""
        if self._file:
            self._file.unlink(missing_ok=True)
