"""The DICOM node: listens, and gives each association a thread of its own."""

import contextlib
import errno
import socket
import sys
import threading
import time
from collections import Counter

import structlog

from app.domain.errors import ConfigurationError
from app.server.dimse.association import Association
from app.server.dimse.service import NodeParts

BACKLOG = 128
MAX_ASSOCIATIONS = 100
MAX_CONNECTIONS = 200
"""Of which those that never negotiate end after the ARTIM time-out."""
MAX_CONNECTIONS_PER_PEER = 40
"""Enough for a router of a whole hospital, too few to keep all others out."""
PORTS_TO_TRY = 100
STOP_S = 5
RETRY_S = 0.1

log = structlog.get_logger()


class DicomNode:
    """A running DICOM node; `stop` ends every association and frees the port.

    `any_port` takes the next free port when `port` is in use; else ConfigurationError is raised.
    """

    def __init__(self, *, host: str, port: int, parts: NodeParts, any_port: bool = False) -> None:
        self._listener = _listen(host, port, any_port=any_port)
        self.port: int = self._listener.getsockname()[1]
        self._seats = threading.BoundedSemaphore(MAX_ASSOCIATIONS)
        self._parts = parts
        self._open: dict[socket.socket, str] = {}
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._acceptor = threading.Thread(target=self._accept, name="dicom-accept", daemon=True)

    def start(self) -> None:
        """Begin to accept."""
        self._acceptor.start()
        log.info("dicom-node-started", port=self.port, ae_title=self._parts.ae_title)

    def stop(self) -> None:
        """Close the port and every association, and wait for their threads."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._acceptor.is_alive():
            self._acceptor.join(STOP_S)
        with self._lock:
            connections, threads = list(self._open), list(self._threads)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(STOP_S)

    def _accept(self) -> None:
        while True:
            try:
                connection, (address, *_rest) = self._listener.accept()
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ECONNABORTED):
                    time.sleep(RETRY_S)
                    continue
                return
            if not self._admit(connection, address):
                log.warning("connection-refused", peer=address)
                self._forget(connection)

    def _admit(self, connection: socket.socket, address: str) -> bool:
        with self._lock:
            of_peer = Counter(self._open.values())[address]
            if len(self._open) >= MAX_CONNECTIONS or of_peer >= MAX_CONNECTIONS_PER_PEER:
                return False
            self._open[connection] = address
        thread = threading.Thread(
            target=self._run, args=(connection, address), name="dicom-association", daemon=True
        )
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread.start()
        except (OSError, RuntimeError):  # the peer is gone already, or there are no threads left
            return False
        return True

    def _run(self, connection: socket.socket, address: str) -> None:
        with self._lock:
            self._threads.add(threading.current_thread())
        try:
            Association(connection, address, self._parts, self._seats).run()
        finally:
            self._forget(connection)

    def _forget(self, connection: socket.socket) -> None:
        connection.close()
        with self._lock:
            self._open.pop(connection, None)
            self._threads.discard(threading.current_thread())


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
