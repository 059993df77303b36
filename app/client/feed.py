"""Following a server's change feed (server-sent events) in a thread of its own."""

import contextlib
import threading
from collections.abc import Callable

import httpx
import orjson
import structlog

from app.client.connection import hang_up
from app.client.server import Server
from app.domain.changes import Change
from app.domain.errors import Error, InvalidError, UnavailableError
from app.domain.wire import from_plain

SILENCE_S = 25
"""The server says something every 10 s."""
FIRST_RETRY_S = 0.25
LONGEST_RETRY_S = 1.0
JOIN_S = 5
LONGEST_EVENT = 1 << 20
log = structlog.get_logger()


class ChangeFeed:
    """Calls `on_changes` with what happened and `on_state` with whether the server is connected.

    Both are called in the feed's thread. After a break it goes on after the last change it saw.
    """

    def __init__(
        self,
        server: Server,
        on_changes: Callable[[tuple[Change, ...]], None],
        on_state: Callable[[bool], None],
    ) -> None:
        self._server = server
        self._on_changes = on_changes
        self._on_state = on_state
        self._since: int | None = None
        self._is_connected = False
        self._response: httpx.Response | None = None
        self._closing = threading.Event()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="change-feed", daemon=True)

    def start(self, since: int | None = None) -> None:
        """Follow what comes after number `since` (`WorklistPage.change`), else from now on."""
        self._since = since
        self._thread.start()

    def hurry(self) -> None:
        """Do not wait for the next try: the server is known to be back."""
        self._hurry.set()

    def close(self) -> None:
        """Stop; no callback runs afterwards."""
        self._closing.set()
        self._hurry.set()
        response = self._response
        if response is not None:
            hang_up(response)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(JOIN_S)

    def _run(self) -> None:
        retry_s = FIRST_RETRY_S
        while not self._closing.is_set():
            with contextlib.suppress(Error):
                self._follow()
            if self._is_connected:
                retry_s = FIRST_RETRY_S
            self._tell(connected=False)
            self._hurry.wait(retry_s)
            self._hurry.clear()
            retry_s = min(retry_s * 2, LONGEST_RETRY_S)

    def _follow(self) -> None:
        path = "/api/changes/stream" + ("" if self._since is None else f"?since={self._since}")
        with self._server.connection.stream(path, silence_s=SILENCE_S) as response:
            self._response = response
            events = EventParser()
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                raise UnavailableError("not a Klinika server")
            for piece in response.iter_raw():
                if self._closing.is_set():
                    return
                self._tell(connected=True)
                self._take(events.feed(piece), events.last_id)

    def _take(self, data: list[bytes], last_id: int | None) -> None:
        changes = tuple(change for change in map(_change, data) if change is not None)
        if last_id is not None:
            self._since = last_id
        if changes and not self._closing.is_set():
            self._on_changes(changes)

    def _tell(self, *, connected: bool) -> None:
        if connected != self._is_connected:
            self._is_connected = connected
            if not self._closing.is_set():
                self._on_state(connected)


def _change(data: bytes) -> Change | None:
    """The change, or None for one that only a newer server knows."""
    try:
        return from_plain(Change, orjson.loads(data))
    except (orjson.JSONDecodeError, InvalidError):
        log.warning("change-not-understood")
        return None


class EventParser:
    """Server-sent events out of pieces of bytes that may end anywhere."""

    def __init__(self) -> None:
        self.last_id: int | None = None
        self._rest = b""

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of every event that is complete now. Raises UnavailableError for a flood."""
        *events, self._rest = (self._rest + piece).split(b"\n\n")
        if len(self._rest) > LONGEST_EVENT:
            raise UnavailableError("an event without an end")
        found = []
        for event in events:
            for line in event.split(b"\n"):
                name, _, value = line.partition(b": ")
                if name == b"id" and value.isdigit():
                    self.last_id = int(value)
                elif name == b"data":
                    found.append(value)
        return found
