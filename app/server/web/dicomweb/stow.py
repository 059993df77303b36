"""STOW-RS (PS3.18 10.5): objects go through the one door while the next ones still arrive."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.dicom import header
from app.domain.access import Actor
from app.domain.errors import Error, InvalidError
from app.domain.ingest import Source, SourceKind
from app.server.web.bodies import UnsupportedMediaTypeError, pieces_of
from app.server.web.dicomweb.accept import MULTIPART, parameters
from app.server.web.dicomweb.metadata import DICOM_JSON
from app.server.web.dicomweb.models import Described, Models
from app.server.web.dicomweb.offers import DICOM
from app.server.web.dicomweb.received import Received, alone, in_parts, received_parts
from app.server.web.dicomweb.resources import ROOT
from app.server.web.dicomweb.store_answer import OtherStudyError, Outcome, store_answer
from app.server.web.parts import Parts
from app.server.web.routing import Lane, base_url

AT_ONCE: Mapping[str, int] = {DICOM: 8, DICOM_JSON: 2}
"""Objects of one request that are stored side by side; the next waits in the network.

Those that are described are put together in memory.
"""
MAX_PARTS: Mapping[str, int] = {DICOM: 100_000, DICOM_JSON: 20_000}
"""Parts of one request; those of described objects are all kept until the last has come."""
MAX_DESCRIBED = 512 * 1024 * 1024
"""Bytes of large values that are put into one object in memory."""
MAX_IN_MEMORY = 32 * 1024 * 1024
"""Bytes of large values that wait in memory."""


async def store(request: Request, parts: Parts, actor: Actor) -> Response:
    """Store objects, sent as Part 10 files or as DICOM JSON; says for each how that went."""
    media_type, said = parameters(request.headers.get("content-type", ""))
    inner = parameters(said.get("type", ""))[0] if media_type == MULTIPART else media_type
    if inner not in MAX_PARTS:
        raise UnsupportedMediaTypeError(f"send {MULTIPART} of {' or '.join(MAX_PARTS)}")
    if media_type == MULTIPART:
        events = in_parts(pieces_of(request), said.get("boundary", ""), MAX_PARTS[inner])
    else:
        events = alone(pieces_of(request), inner)
    peer = request.client.host if request.client else ""
    source = Source(SourceKind.STOW, actor.name, peer)
    door = _Door(parts, actor, source, request.path_params.get("study", ""))
    limiter: CapacityLimiter = request.app.state.lanes[Lane.UPLOAD]
    received = received_parts(events, parts.spool, parts.max_object_size)
    kept = contextlib.ExitStack()
    try:
        max_described = min(MAX_DESCRIBED, parts.max_object_size)
        objects = received if inner == DICOM else _described(received, kept, max_described)
        outcomes = await _all_stored(objects, door, limiter, AT_ONCE[inner])
    finally:
        await to_thread.run_sync(kept.close)
    status, model = store_answer(outcomes, f"{base_url(request)}{ROOT}/studies")
    return Response(model, status, media_type=DICOM_JSON)


async def _described(
    received: AsyncIterator[Received], kept: contextlib.ExitStack, max_size: int
) -> AsyncIterator[Described]:
    """The objects of models, when all their parts are here; `kept` closes those at its end."""
    models = Models()
    bulk: dict[str, list[Received]] = {}
    in_memory = 0
    async for part in received:
        kept.callback(part.close)
        if part.media_type == DICOM_JSON:
            await to_thread.run_sync(models.take, part)
            continue
        bulk.setdefault(part.location, []).append(part)
        in_memory += part.size
        if in_memory > MAX_IN_MEMORY:
            await part.write()
            in_memory -= part.size
    if len(models.found) > MAX_PARTS[DICOM_JSON]:
        raise InvalidError("too many objects")
    for model in models.found:
        yield Described(model, bulk, max_size)


@dataclass(frozen=True, slots=True)
class _Door:
    """Where objects of one request go; only those of `study_uid`, if there is one."""

    parts: Parts
    actor: Actor
    source: Source
    study_uid: str

    def keep(self, sent: Received | Described) -> Outcome:
        """Store one object and say how that went."""
        content: bytes | Path = b""
        try:
            content = sent.content()
            if self.study_uid and header.read_object(content).study_uid != self.study_uid:
                raise OtherStudyError
            return Outcome.of(self.parts.ingest.store(self.actor, self.source, content))
        except Error as error:
            return Outcome.failed(header.claimed_identity(content), error)
        finally:
            sent.close()


async def _all_stored(
    objects: AsyncIterator[Received] | AsyncIterator[Described],
    door: _Door,
    limiter: CapacityLimiter,
    at_once: int,
) -> list[Outcome]:
    """The outcomes in the order of the objects; what has begun is finished, whatever happens."""
    room = asyncio.Semaphore(at_once)

    async def stored(sent: Received | Described) -> Outcome:
        try:
            return await to_thread.run_sync(door.keep, sent, limiter=limiter)
        finally:
            room.release()

    tasks: list[asyncio.Task[Outcome]] = []
    try:
        async for sent in objects:
            await room.acquire()
            tasks.append(asyncio.create_task(stored(sent)))
    finally:
        await asyncio.gather(*tasks, return_exceptions=True)
    if not tasks:
        raise InvalidError("no objects were sent")
    return [task.result() for task in tasks]
