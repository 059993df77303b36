"""PDUs on a connection (PS3.8 9.3): whole ones in, within a deadline and a size; messages out."""

import contextlib
import math
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

HEADER = struct.Struct(">BxI")
PDV_HEADER = struct.Struct(">IBB")
DATA_HEADER = struct.Struct(">BxIIBB")
"""Of a P-DATA-TF with one presentation data value."""
MAX_ASSOCIATE_LENGTH = 1 << 20
MAX_DATA_LENGTH = 1 << 20
OFFERED_PDU_LENGTH = 128 * 1024
MIN_FRAGMENT = 2
"""Fragments are even, however short a PDU the peer asks for."""
ARTIM_S = 5
NETWORK_TIMEOUT_S = 30
RESPONSE_TIMEOUT_S = 60


class PduType(IntEnum):
    """PDU types of PS3.8 9.3.1."""

    ASSOCIATE_RQ = 1
    ASSOCIATE_AC = 2
    ASSOCIATE_RJ = 3
    DATA = 4
    RELEASE_RQ = 5
    RELEASE_RP = 6
    ABORT = 7


PDU_TYPES = frozenset(int(kind) for kind in PduType)


class AbortReason(IntEnum):
    """Reasons of a provider's A-ABORT (PS3.8 table 9-26)."""

    NOT_SPECIFIED = 0
    UNRECOGNIZED_PDU = 1
    UNEXPECTED_PDU = 2
    INVALID_PARAMETER = 6


class PeerGoneError(Exception):
    """The peer closed the connection or was silent for too long."""


class SilentError(PeerGoneError):
    """The peer was silent for too long."""


class StuckError(SilentError):
    """The peer took nothing of what is sent for too long."""


class ProtocolError(Exception):
    """The peer sent what the protocol does not allow; `reason` is for the A-ABORT."""

    def __init__(self, reason: AbortReason) -> None:
        super().__init__(reason.name)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Fragment:
    """One presentation data value: a piece of a command or of a data set."""

    context_id: int
    is_command: bool
    is_last: bool
    data: memoryview


class Line:
    """One connection, on which PDUs come and go, all of them before the monotonic time `until`.

    `idle_since` is when `rest` began while it lasts, else None.
    """

    def __init__(self, connection: socket.socket, until: float = math.inf) -> None:
        self._connection = connection
        self._until = until
        self._early = b""
        self.idle_since: float | None = None

    def read_pdu(self, timeout_s: float) -> tuple[int, memoryview]:
        """The type and body of the next PDU, which must be here as a whole within `timeout_s`.

        Raises PeerGoneError, and ProtocolError before anything is allocated for a PDU that is too
        long or of no known type.
        """
        deadline = min(time.monotonic() + timeout_s, self._until)
        header = self._read(HEADER.size, deadline)
        kind, length = HEADER.unpack(header)
        if kind not in PDU_TYPES:
            raise ProtocolError(AbortReason.UNRECOGNIZED_PDU)
        limit = MAX_DATA_LENGTH if kind == PduType.DATA else MAX_ASSOCIATE_LENGTH
        if length > limit:
            raise ProtocolError(AbortReason.INVALID_PARAMETER)
        return kind, self._read(length, deadline)

    def has_pdu(self, within_s: float = 0) -> bool:
        """Whether a PDU begins to come within that time; without one it never waits.

        Raises PeerGoneError.
        """
        if not self._early:
            left = self._until - time.monotonic()
            if left <= 0:
                raise SilentError("silent")
            try:
                self._connection.settimeout(min(within_s, left))
                self._early = self._connection.recv(HEADER.size)
            except (BlockingIOError, TimeoutError, ssl.SSLWantReadError):
                return False
            except OSError as error:
                raise PeerGoneError(type(error).__name__) from error
            if not self._early:
                raise PeerGoneError("closed")
        return True

    def rest(self, timeout_s: float) -> None:
        """Wait between two messages until a PDU begins to come. Raises PeerGoneError."""
        self.idle_since = time.monotonic()
        if not self.has_pdu(timeout_s):
            raise SilentError("silent")
        self.idle_since = None

    def _read(self, size: int, deadline: float) -> memoryview:
        view = memoryview(bytearray(size))
        filled = min(len(self._early), size)
        view[:filled] = self._early[:filled]
        self._early = self._early[filled:]
        while filled < size:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise SilentError("silent")
            try:
                self._connection.settimeout(remaining)
                count = self._connection.recv_into(view[filled:])
            except TimeoutError as error:
                raise SilentError("silent") from error
            except OSError as error:
                raise PeerGoneError(type(error).__name__) from error
            if count == 0:
                raise PeerGoneError("closed")
            filled += count
        return view

    def send(self, data: bytes | bytearray, timeout_s: float) -> None:
        """Send all of `data`. Raises PeerGoneError."""
        remaining = min(timeout_s, self._until - time.monotonic())
        if remaining <= 0:
            raise SilentError("silent")
        try:
            self._connection.settimeout(remaining)
            self._connection.sendall(data)
        except TimeoutError as error:
            raise StuckError("takes nothing") from error
        except OSError as error:
            raise PeerGoneError(type(error).__name__) from error

    def say_farewell(self, pdu: bytes) -> None:
        """Send the last PDU and wait until the peer hangs up, at most ARTIM (PS3.8 Sta13).

        What still comes is passed over: closing on unread bytes would take the PDU back.
        """
        deadline = time.monotonic() + ARTIM_S
        with contextlib.suppress(PeerGoneError, OSError):
            self.send(pdu, ARTIM_S)
            self._connection.shutdown(socket.SHUT_WR)
            while (remaining := deadline - time.monotonic()) > 0:
                self._connection.settimeout(remaining)
                if not self._connection.recv(OFFERED_PDU_LENGTH):
                    return

    def turn_away(self, pdu: bytes) -> None:
        """Send a PDU to who may not come in, if it can be done at once.

        What has come is passed over: closing on unread bytes would take the PDU back.
        """
        with contextlib.suppress(OSError):
            self._connection.settimeout(0)
            self._connection.send(pdu)
            self._connection.shutdown(socket.SHUT_WR)
            self._connection.recv(OFFERED_PDU_LENGTH)

    def drop_what_waits(self) -> None:
        """Let `close` forget bytes that the peer does not read, not keep them for minutes."""
        with contextlib.suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def fragments(body: memoryview) -> Iterator[Fragment]:
    """The presentation data values of a P-DATA-TF body (PS3.8 9.3.5.1, annex E.2)."""
    offset = 0
    while offset < len(body):
        if len(body) - offset < PDV_HEADER.size:
            raise ProtocolError(AbortReason.INVALID_PARAMETER)
        length, context_id, control = PDV_HEADER.unpack_from(body, offset)
        start, offset = offset + PDV_HEADER.size, offset + 4 + length
        if length < 2 or offset > len(body):
            raise ProtocolError(AbortReason.INVALID_PARAMETER)
        yield Fragment(context_id, bool(control & 1), bool(control & 2), body[start:offset])


def data_pdus(
    context_id: int, data: bytes | memoryview, max_length: int, *, is_command: bool
) -> Iterator[bytes]:
    """The P-DATA-TF PDUs of a whole command or data set.

    None is longer than the `max_length` bytes that the peer takes, 0 for any, nor than what we take
    ourselves: each is copied and has to be sent in time.
    """
    longest = min(max_length or OFFERED_PDU_LENGTH, OFFERED_PDU_LENGTH)
    size = max(MIN_FRAGMENT, (longest - PDV_HEADER.size) & ~1)
    end, kind = len(data), int(PduType.DATA)
    for start in range(0, end, size):
        piece = data[start : start + size]
        length = len(piece)
        control = is_command | (start + size >= end) << 1
        header = DATA_HEADER.pack(kind, length + PDV_HEADER.size, length + 2, context_id, control)
        yield b"".join((header, piece))


def reject_pdu(result: int, source: int, reason: int) -> bytes:
    """An A-ASSOCIATE-RJ (PS3.8 table 9-21)."""
    return HEADER.pack(PduType.ASSOCIATE_RJ, 4) + bytes((0, result, source, reason))


def abort_pdu(reason: AbortReason) -> bytes:
    """An A-ABORT by the provider (PS3.8 9.3.8)."""
    return HEADER.pack(PduType.ABORT, 4) + bytes((0, 0, 2, reason))


def release_reply_pdu() -> bytes:
    """An A-RELEASE-RP (PS3.8 9.3.7)."""
    return HEADER.pack(PduType.RELEASE_RP, 4) + bytes(4)
