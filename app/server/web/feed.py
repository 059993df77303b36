"""The change feed as server-sent events, and the presence of desktops as an answer without end."""

import asyncio
from collections.abc import AsyncIterator, Callable

import orjson
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.domain.access import Actor
from app.domain.changes import Change
from app.domain.errors import InvalidError
from app.domain.wire import to_plain
from app.server.core import changes
from app.server.store.engine import Database
from app.server.web.answers import Json, json_answer
from app.server.web.parts import Parts

HEARTBEAT_S = 10
PRESENCE_HEARTBEAT_S = 2
LOOK_AGAIN_S = 1
"""Commits of another server on the same database ring no bell here."""
REST_S = 0.1
"""Between beats: while images come, each look for what is new finds that of several commits."""
BATCH = 500
HEADERS = {"X-Accel-Buffering": "no"}


class Pulse:
    """Tells every stream when there may be something new; one for a server, on its event loop."""

    def __init__(self, database: Database, is_stopping: Callable[[], bool]) -> None:
        self._database = database
        self._is_stopping = is_stopping
        self._beat = asyncio.Event()

    @property
    def is_stopping(self) -> bool:
        """Whether streams must end."""
        return self._is_stopping()

    async def run(self) -> None:
        """Beat after commits of changes, and now and then, until the server stops."""
        seen = self._database.bell.count
        while not self.is_stopping:
            seen = await to_thread.run_sync(self._database.bell.wait, seen, LOOK_AGAIN_S)
            self._beat.set()
            self._beat = asyncio.Event()
            await asyncio.sleep(REST_S)
        self._beat.set()

    @property
    def next_beat(self) -> asyncio.Event:
        """Is set at the next beat; take it before looking, so that nothing is missed."""
        return self._beat


async def change_stream(request: Request, parts: Parts, actor: Actor) -> Response:
    """The changes after `Last-Event-ID` or `since`, else from now on, each as it happens."""
    text = request.headers.get("last-event-id") or request.query_params.get("since") or ""
    if text and not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidError("since")
    if text:
        since = int(text)
    else:
        since = await to_thread.run_sync(changes.last, parts.database, actor)
    events = _events(request.app.state.pulse, parts, actor, since)
    return StreamingResponse(events, media_type="text/event-stream", headers=HEADERS)


async def _events(pulse: Pulse, parts: Parts, actor: Actor, since: int) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    yield b"id: %d\n\n" % since
    spoke_at = clock()
    while not pulse.is_stopping:
        beat = pulse.next_beat
        found = await to_thread.run_sync(changes.since, parts.database, actor, since, BATCH)
        is_silent = clock() - spoke_at >= HEARTBEAT_S
        if (found or is_silent) and not await to_thread.run_sync(parts.sessions.is_open, actor):
            return
        if found:
            yield b"".join(_event(change) for change in found)
            since = found[-1].number
            spoke_at = clock()
            continue
        if is_silent:
            yield b": heartbeat\n\n"
            spoke_at = clock()
        await beat.wait()


def _event(change: Change) -> bytes:
    return b"id: %d\nevent: change\ndata: %b\n\n" % (
        change.number,
        orjson.dumps(to_plain(change)),
    )


async def presence(request: Request, parts: Parts, _actor: Actor) -> Response:
    """Stay open as long as a desktop is there."""
    pulse: Pulse = request.app.state.pulse
    return StreamingResponse(_presence(pulse, parts), media_type="text/event-stream")


async def _presence(pulse: Pulse, parts: Parts) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    parts.presence.enter()
    try:
        yield b": here\n\n"
        spoke_at = clock()
        while not pulse.is_stopping:
            await pulse.next_beat.wait()
            if clock() - spoke_at >= PRESENCE_HEARTBEAT_S:
                yield b": heartbeat\n\n"
                spoke_at = clock()
    finally:
        parts.presence.leave()


async def goodbye(_request: Request, parts: Parts, _actor: Actor) -> Json[dict[str, int]]:
    """A desktop is about to leave for good; answers how many others are there."""
    parts.presence.say_goodbye()
    return json_answer({"others": max(parts.presence.count - 1, 0)})
