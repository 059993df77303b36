"""One connection to the node, from its acceptance to its end."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable

import structlog

from app.server.dimse import wire
from app.server.dimse.association import Association
from app.server.dimse.service import NodeParts

log = structlog.get_logger()


class Visit:
    """A connection with its thread; it takes one of the `seats` when it asks for an association.

    Until then it is silent, and `hang_up` costs nobody anything.
    """

    def __init__(
        self, connection: socket.socket, address: str, seats: threading.BoundedSemaphore
    ) -> None:
        self.address = address
        self.has_asked = False
        self.is_leaving = False
        self._connection = connection
        self._seats = seats
        self._thread: threading.Thread | None = None

    def begin(self, parts: NodeParts, at_end: Callable[["Visit"], None]) -> None:
        """Serve the peer in a thread. Raises RuntimeError when there is none."""

        def serve() -> None:
            try:
                self._serve(parts)
            finally:
                self.close()
                at_end(self)

        self._thread = threading.Thread(target=serve, name="dicom-association", daemon=True)
        self._thread.start()

    def take_seat(self) -> bool:
        """Whether there is one left for the association that the peer asks for."""
        self.has_asked = True
        return self._seats.acquire(blocking=False)

    def leave_seat(self) -> None:
        """Let another have it."""
        self._seats.release()

    def hang_up(self) -> None:
        """End the connection from another thread; its own then ends too."""
        self.is_leaving = True
        with contextlib.suppress(OSError):
            # Beneath TLS, whose state belongs to the other thread.
            socket.socket.shutdown(self._connection, socket.SHUT_RDWR)

    def wait(self, timeout_s: float) -> None:
        """Until its thread has ended."""
        if self._thread:
            self._thread.join(timeout_s)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _serve(self, parts: NodeParts) -> None:
        if isinstance(self._connection, ssl.SSLSocket):
            try:
                self._connection.settimeout(wire.ARTIM_S)
                self._connection.do_handshake()
            except (OSError, ValueError) as error:
                reason = getattr(error, "reason", None) or type(error).__name__
                log.warning("tls-handshake-failed", peer=self.address, reason=reason)
                return
        Association(self._connection, self.address, parts, self).run()
