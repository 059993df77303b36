"""One connection to the node, from its acceptance to its end."""

import contextlib
import socket
import ssl
import threading

import structlog

from app.server.dimse import proxied, rejections, wire
from app.server.dimse.association import Association
from app.server.dimse.room import Room
from app.server.dimse.service import NodeParts

log = structlog.get_logger()


class Visit:
    """A connection with its thread; it takes a seat in the room when it asks for an association.

    Until then it is silent, and `dismiss` costs nobody anything. One that `is_handed_on` begins
    with the line of a proxy that says whose it is.
    """

    def __init__(
        self, connection: socket.socket, address: str, room: "Room[Visit]", *, is_handed_on: bool
    ) -> None:
        self.address = address
        self.has_asked = False
        self.is_leaving = False
        self._connection = connection
        self._room = room
        self._is_handed_on = is_handed_on
        self._association: Association | None = None
        self._thread: threading.Thread | None = None

    @property
    def idle_since(self) -> float | None:
        """Since when its association is silent between two messages, on the monotonic clock."""
        return self._association.idle_since if self._association else None

    def begin(self, parts: NodeParts) -> None:
        """Serve the peer in a thread. Raises RuntimeError when there is none."""

        def serve() -> None:
            try:
                if self._is_recognised() and self._is_secured():
                    self._association = Association(self._connection, self.address, parts, self)
                    self._association.run()
            finally:
                self.close()
                self._room.leave(self)

        self._thread = threading.Thread(target=serve, name="dicom-association", daemon=True)
        self._thread.start()

    def take_seat(self) -> bool:
        """Whether there is one for the association that the peer asks for."""
        self.has_asked = True
        return self._room.take_seat()

    def leave_seat(self) -> None:
        """Let another have it."""
        self._room.leave_seat()

    def dismiss(self) -> None:
        """Let its own thread end the connection: an association that is silent is aborted."""
        self._end(socket.SHUT_RD)

    def hang_up(self) -> None:
        """End the connection from another thread; its own then ends too."""
        self._end(socket.SHUT_RDWR)

    def wait(self, timeout_s: float) -> None:
        """Until its thread has ended."""
        if self._thread:
            self._thread.join(timeout_s)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def turn_away(self) -> None:
        """Close it, as there is no room; where it can be said without waiting, that is said."""
        log.warning("connection-refused", peer=self.address)
        if not isinstance(self._connection, ssl.SSLSocket):
            wire.Line(self._connection).turn_away(rejections.LIMIT_EXCEEDED.pdu)
        self.close()

    def _end(self, how: int) -> None:
        self.is_leaving = True
        with contextlib.suppress(OSError):
            # Beneath TLS, whose state belongs to the other thread.
            socket.socket.shutdown(self._connection, how)

    def _is_recognised(self) -> bool:
        """Whether it is known whose connection it is, and there is room for it."""
        if not self._is_handed_on:
            return True
        try:
            address = proxied.caller_address(self._connection) or self.address
        except OSError as error:
            log.warning("no-proxy-line", peer=self.address, reason=str(error))
            return False
        is_room = self._room.recognise(self, address)
        if not is_room:
            self.turn_away()
        return is_room

    def _is_secured(self) -> bool:
        """Whether it speaks TLS by now, where it has to."""
        if isinstance(self._connection, ssl.SSLSocket):
            try:
                self._connection.settimeout(wire.ARTIM_S)
                self._connection.do_handshake()
            except (OSError, ValueError) as error:
                reason = getattr(error, "reason", None) or type(error).__name__
                log.warning("tls-handshake-failed", peer=self.address, reason=reason)
                return False
        return True
