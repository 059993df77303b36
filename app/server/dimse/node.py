"""The DICOM node: listens, and gives each association a thread of its own.

A TLS handshake is made in that thread too: a peer that is silent in one holds up nobody else.
"""

import contextlib
import errno
import socket
import ssl
import sys
import threading
from dataclasses import dataclass

import structlog

from app.domain.errors import ConfigurationError
from app.server.dimse import proxied
from app.server.dimse.service import NodeParts
from app.server.dimse.tls import wrapped
from app.server.dimse.visit import Visit

BACKLOG = 1024
"""Connections that wait to be accepted. When they are too many the system passes over who comes,
who knocks again after a second, then three: a crowd of strangers must not do that to a scanner."""
MAX_ASSOCIATIONS = 100
MAX_CONNECTIONS = 200
MAX_CONNECTIONS_PER_PEER = 40
"""Enough for a router of a whole hospital, too few to keep all others out."""
MAX_LEAVING = 100
"""Connections that were told to end and have not yet: they count beside the others."""
PORTS_TO_TRY = 100
STOP_S = 5
RETRY_S = 0.1
"""After a connection could not be accepted: no files or memory left, or it was gone already."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SecurePort:
    """A port for TLS alone."""

    number: int
    context: ssl.SSLContext


class DicomNode:
    """A running DICOM node; `stop` ends every association and frees its ports.

    `any_port` takes the next free port when one is in use; else ConfigurationError is raised. When
    there are too many connections, of one peer or altogether, the oldest that has not asked for an
    association yet makes room for a new one. A connection of one of the `proxies` is that of the
    peer it names.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        parts: NodeParts,
        any_port: bool = False,
        tls: SecurePort | None = None,
        proxies: frozenset[str] = frozenset(),
    ) -> None:
        self._parts = parts
        self._proxies = proxies
        self._seats = threading.BoundedSemaphore(MAX_ASSOCIATIONS)
        self._visits: dict[Visit, None] = {}
        self._lock = threading.Lock()
        self._is_stopping = threading.Event()
        self._listeners = [_listen(host, port, any_port=any_port)]
        if tls:
            try:
                self._listeners.append(_listen(host, tls.number, any_port=any_port))
            except ConfigurationError:
                self._listeners[0].close()
                raise
        self.port, self.tls_port = self._ports()
        self._acceptors = [
            threading.Thread(target=self._accept, args=each, name="dicom-accept", daemon=True)
            for each in zip(self._listeners, (None, tls and tls.context), strict=False)
        ]

    def start(self) -> None:
        """Begin to accept."""
        for acceptor in self._acceptors:
            acceptor.start()
        log.info("dicom-node-started", port=self.port, tls_port=self.tls_port)

    def stop(self) -> None:
        """Close the ports and every association, and wait for their threads."""
        self._is_stopping.set()
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for acceptor in self._acceptors:
            if acceptor.is_alive():
                acceptor.join(STOP_S)
        with self._lock:
            visits = list(self._visits)
        for visit in visits:
            visit.hang_up()
        for visit in visits:
            visit.wait(STOP_S)

    def _ports(self) -> tuple[int, int | None]:
        numbers = [listener.getsockname()[1] for listener in self._listeners]
        return numbers[0], numbers[1] if len(numbers) > 1 else None

    def _accept(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        has_failed = False
        while not self._is_stopping.is_set():
            try:
                connection, (address, *_rest) = listener.accept()
            except OSError as error:
                if not has_failed and not self._is_stopping.is_set():
                    log.warning("accept-failed", reason=error.strerror)
                has_failed = True
                self._is_stopping.wait(RETRY_S)
                continue
            has_failed = False
            with contextlib.ExitStack() as unless_begun:
                unless_begun.callback(connection.close)
                if self._begin(connection, address, context):
                    unless_begun.pop_all()

    def _begin(
        self, connection: socket.socket, address: str, context: ssl.SSLContext | None
    ) -> bool:
        """Whether the connection has a thread that serves it."""
        try:
            if address in self._proxies:
                address = proxied.caller_address(connection) or address
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            visit = Visit(
                wrapped(context, connection) if context else connection, address, self._seats
            )
        except proxied.NoProxyLineError:
            log.warning("no-proxy-line", peer=address)
            return False
        except OSError:  # the peer is gone already
            return False
        if not self._is_let_in(visit):
            log.warning("connection-refused", peer=address)
            visit.close()
            return False
        try:
            visit.begin(self._parts, self._forget)
        except RuntimeError:  # there are no threads left
            visit.close()
            self._forget(visit)
            return False
        return True

    def _is_let_in(self, visit: Visit) -> bool:
        with self._lock:
            staying = [each for each in self._visits if not each.is_leaving]
            of_peer = [each for each in staying if each.address == visit.address]
            is_room = len(self._visits) < MAX_CONNECTIONS + MAX_LEAVING
            if len(of_peer) >= MAX_CONNECTIONS_PER_PEER:
                is_room = is_room and _makes_room(of_peer)
            elif len(staying) >= MAX_CONNECTIONS:
                is_room = is_room and _makes_room(staying)
            if is_room:
                self._visits[visit] = None
            return is_room

    def _forget(self, visit: Visit) -> None:
        with self._lock:
            self._visits.pop(visit, None)


def _makes_room(crowd: list[Visit]) -> bool:
    """Whether one of the crowd leaves: the one that has said nothing for longest."""
    silent = next((visit for visit in crowd if not visit.has_asked), None)
    if silent:
        silent.hang_up()
    return silent is not None


def _listen(host: str, port: int, *, any_port: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port, port + (PORTS_TO_TRY if any_port else 1)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise ConfigurationError(f"DICOM port {candidate}: {error.strerror}") from error
        else:
            return listener
    raise ConfigurationError(f"DICOM port {port} is in use")
