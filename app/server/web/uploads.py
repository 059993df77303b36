"""One object a request: collected in memory while small, in the spool when large, then stored."""

from anyio import to_thread
from starlette.requests import Request

from app.domain.access import Actor
from app.domain.ingest import RefusalReason, RefusedObjectError, Source, SourceKind, StoreResult
from app.server.web.answers import Json, json_answer
from app.server.web.bodies import pieces_of
from app.server.web.parts import Parts
from app.server.web.routing import Lane


async def upload(request: Request, parts: Parts, actor: Actor) -> Json[StoreResult]:
    """Store the body through the one door."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > parts.max_object_size:
        raise RefusedObjectError(RefusalReason.TOO_LARGE)
    body = parts.spool.incoming(parts.max_object_size)
    try:
        async for chunk in pieces_of(request):
            body.append(chunk)
            if body.is_too_large:
                raise RefusedObjectError(RefusalReason.TOO_LARGE)
            if body.wants_to_write:
                await to_thread.run_sync(body.write)
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
