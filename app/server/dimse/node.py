"""The DICOM node: listens, and gives each association a thread of its own.

A TLS handshake is made in that thread too, and a proxy's line read: a peer that is silent in one
holds up nobody else.
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
from app.server.dimse.room import Room
from app.server.dimse.service import NodeParts
from app.server.dimse.tls import wrapped
from app.server.dimse.visit import Visit

BACKLOG = 1024
"""Connections that wait to be accepted. When they are too many the system passes over who comes,
who knocks again after a second, then three: a crowd of strangers must not do that to a scanner."""
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

    `any_port` takes the next free port when one is in use; else ConfigurationError is raised. A
    connection of one of the `proxies` is that of the peer it names.
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
        self._room: Room[Visit] = Room()
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
        visits = self._room.guests()
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
        is_handed_on = address in self._proxies
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            secured = wrapped(context, connection) if context else connection
        except OSError:  # the peer is gone already
            return False
        visit = Visit(secured, address, self._room, is_handed_on=is_handed_on)
        if not self._room.enter(visit, is_known=not is_handed_on):
            visit.turn_away()
            return False
        try:
            visit.begin(self._parts)
        except RuntimeError:  # there are no threads left
            visit.close()
            self._room.leave(visit)
            return False
        return True


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
