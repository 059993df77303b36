"""HTTP connections held to limits: how many, how large a head, how slow a client.

With httptools uvicorn has none of them. Its one time-out is that of idle connections between
requests, which any byte puts off, and its parser keeps a header however long it grows.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

import structlog
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.domain.errors import InvalidError
from app.server.web.problems import problem

MAX_CONNECTIONS = 600
MAX_CONNECTIONS_PER_PEER = 250
MAX_HEAD = 64 * 1024
"""Bytes of a request before its body, and of what stands between the chunks of one."""
SLOWEST = 1024
"""Bytes a second that a client has to send or take, beside the patience it has once."""
LOOK_EVERY_S = 1

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server grants its clients; `proxies` may hold as many connections as there are."""

    patience_s: int
    proxies: frozenset[str] = frozenset()
    per_peer: int = MAX_CONNECTIONS_PER_PEER
    altogether: int = MAX_CONNECTIONS


class _Patience:
    """Seconds that a client was waited for, and the bytes it moved meanwhile."""

    def __init__(self, granted_s: int) -> None:
        self._granted_s = granted_s
        self.restart()

    def restart(self) -> None:
        self._waited_s = 0
        self.moved = 0

    def is_over(self) -> bool:
        """Whether it ends with the second that has passed."""
        self._waited_s += LOOK_EVERY_S
        return self._waited_s > self._granted_s + self.moved / SLOWEST


class Connection(HttpToolsProtocol):
    """A connection whose client is waited for as long as it moves SLOWEST bytes a second.

    Seconds count only while the server waits for the client, not while it works itself.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._reading = _Patience(limits.patience_s)
        self._sending = _Patience(limits.patience_s)
        self._is_to_come = True  # a request, or the rest of one
        self._is_in_head = True
        self._head = 0
        self._is_too_large = False
        self._unread = 0
        self._unsent = 0
        self.quiet_since = time.monotonic()

    @property
    def peer(self) -> str:
        """The address at the other end."""
        return self.client[0] if self.client else ""

    @property
    def is_answering(self) -> bool:
        """Whether a request is being answered, or its body read."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # TCP's
        """Let it in, or another go for it."""
        super().connection_made(transport)
        everyone = cast("Iterable[Connection]", self.connections)
        if not self._has_room([each for each in everyone if not each.transport.is_closing()]):
            log.warning("connection-refused", peer=self.peer)
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if not self._is_to_come:
            self._ask()
        self._reading.moved += len(data)
        self._unread += len(data)
        super().data_received(data)
        is_too_large = self._is_too_large or self._unread > MAX_HEAD
        if is_too_large and not self.transport.is_closing():
            self._refuse(431, "the head of the request is too large")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._ask()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Some of its address."""
        self._head += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header or trailer."""
        self._head += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The body begins, or the answer."""
        self._unread = 0
        self._is_in_head = False
        self._reading.restart()
        self._is_too_large = self._head > MAX_HEAD
        if not self._is_too_large:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of its body."""
        self._unread = 0
        if not self._is_too_large:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._unread = 0
        self._is_to_come = False
        if not self._is_too_large:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is given."""
        self.quiet_since = time.monotonic()
        super().on_response_complete()

    def resume_writing(self) -> None:
        """The client has taken most of what waited for it."""
        self._sending.restart()
        self._unsent = 0
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request."""
        self._refuse(400, msg)

    def look(self) -> None:
        """Close it when its client was waited for long enough; called every LOOK_EVERY_S."""
        if self.flow.write_paused or self.transport.is_closing():
            left = self.transport.get_write_buffer_size()
            self._sending.moved += max(0, self._unsent - left)
            self._unsent = left
            if self._sending.is_over():
                log.warning("slow-client-closed", peer=self.peer, waited_for="taking")
                self.transport.abort()
        elif self._waits_for_client() and self._reading.is_over():
            self._give_up()

    def _waits_for_client(self) -> bool:
        if not self._is_to_come or self.flow.read_paused:
            return False
        return not (self.is_answering and self.cycle.waiting_for_100_continue)

    def _give_up(self) -> None:
        if self._is_in_head and not self._reading.moved:
            self.transport.close()  # it never said anything
            return
        log.warning("slow-client-closed", peer=self.peer, waited_for="sending")
        if self._is_in_head:
            self._refuse(408, "the request took too long")
        else:
            self.transport.close()

    def _ask(self) -> None:
        self._is_to_come = self._is_in_head = True
        self._head = 0
        self._reading.restart()

    def _has_room(self, staying: Sequence["Connection"]) -> bool:
        of_peer = [each for each in staying if each.peer == self.peer]
        if len(of_peer) > self._limits.per_peer and self.peer not in self._limits.proxies:
            return self._displaces(of_peer)
        return len(staying) <= self._limits.altogether or self._displaces(staying)

    def _displaces(self, crowd: Sequence["Connection"]) -> bool:
        """Whether another of the crowd goes: the one that has asked for nothing for longest."""
        idle = [each for each in crowd if each is not self and not each.is_answering]
        if idle:
            min(idle, key=lambda each: each.quiet_since).transport.abort()
        return bool(idle)

    def _refuse(self, status: int, detail: str) -> None:
        """Answer beside the application, and end the connection."""
        if not (self.is_answering and self.cycle.response_started):
            answer = problem(InvalidError(detail), status)
            said = b"".join(b"%b: %b\r\n" % header for header in answer.raw_headers)
            phrase = HTTPStatus(status).phrase.encode()
            first = b"HTTP/1.1 %d %b\r\n" % (status, phrase)
            self.transport.write(first + said + b"connection: close\r\n\r\n" + bytes(answer.body))
        self.transport.close()


def look_after(connections: Iterable[object]) -> None:
    """Close those of a server whose clients are too slow; called every LOOK_EVERY_S."""
    for each in [each for each in connections if isinstance(each, Connection)]:
        each.look()
