"""One association: negotiate, then answer requests until the peer releases, aborts or goes away.

It runs in a thread of its own and blocks on its socket; nothing it does can hold up another.
"""

import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from app.domain.access import Actor, Permission
from app.domain.errors import Error, StorageFullError
from app.domain.ingest import (
    RefusalReason,
    RefusedObjectError,
    Source,
    SourceKind,
    StoreOutcome,
    StoreResult,
)
from app.server.dimse import wire
from app.server.dimse.commands import MAX_COMMAND_LENGTH, Command, CommandField, parse, response
from app.server.dimse.negotiation import Context, negotiate
from app.server.dimse.storage import IncomingObject
from app.server.dimse.wire import AbortReason, Fragment, PduType, ProtocolError
from app.server.store.spool import Spool

ARTIM_S = 5
NETWORK_TIMEOUT_S = 30
NODE_PERMISSIONS = frozenset({Permission.STUDY_IMPORT})

SUCCESS = 0x0000
OUT_OF_RESOURCES = 0xA700
DATA_SET_MISMATCH = 0xA900
CANNOT_UNDERSTAND = 0xC000
PROCESSING_FAILURE = 0x0110
DUPLICATE_INSTANCE = 0x0111
UNRECOGNIZED_OPERATION = 0x0211

MISMATCHES = {RefusalReason.MISSING_UID, RefusalReason.BAD_UID, RefusalReason.NO_SOP_CLASS}

log = structlog.get_logger()


class Door(Protocol):
    """The one door objects come in by."""

    def store(self, actor: Actor, source: Source, data: bytes | Path) -> StoreResult:
        """Keep one Part 10 object; answer only when it is safe."""


@dataclass(frozen=True, slots=True)
class Node:
    """What every association needs of the node it belongs to."""

    ae_title: str
    door: Door
    spool: Spool
    max_object_size: int
    seats: threading.BoundedSemaphore
    """One for each association that may be there at once; an idle connection takes none."""


class Association:
    """The acceptor's side of one association."""

    def __init__(self, connection: socket.socket, address: str, node: Node) -> None:
        self._connection = connection
        self._address = address
        self._node = node
        self._has_seat = False
        self._calling = ""
        self._contexts: dict[int, Context] = {}
        self._command = bytearray()
        self._command_context_id = 0
        self._incoming: IncomingObject | None = None

    def run(self) -> None:
        """Serve the peer to the end; every way out closes the connection."""
        try:
            if self._negotiate():
                self._serve()
        except ProtocolError as error:
            log.warning("association-aborted", peer=self._address, reason=error.reason.name)
            self._farewell(wire.abort_pdu(error.reason))
        except wire.PeerGoneError as error:
            log.info("peer-gone", peer=self._address, reason=str(error))
            wire.drop_what_waits(self._connection)
        except Exception:  # the outermost edge: one peer's trouble must not stop the node
            log.exception("association-failed", peer=self._address)
            self._farewell(wire.abort_pdu(AbortReason.NOT_SPECIFIED))
        finally:
            if self._incoming:
                self._incoming.close()
            self._connection.close()
            if self._has_seat:
                self._node.seats.release()

    def _farewell(self, pdu: bytes) -> None:
        try:
            wire.send(self._connection, pdu, ARTIM_S)
        except wire.PeerGoneError:
            return

    def _negotiate(self) -> bool:
        kind, body = wire.read_pdu(self._connection, ARTIM_S)
        if kind == PduType.ABORT:
            return False
        if kind != PduType.ASSOCIATE_RQ:
            raise ProtocolError(AbortReason.UNEXPECTED_PDU)
        self._has_seat = self._node.seats.acquire(blocking=False)
        agreement = negotiate(bytes(body), self._node.ae_title, is_full=not self._has_seat)
        wire.send(self._connection, agreement.answer, ARTIM_S)
        if agreement.contexts is None:
            log.warning(
                "association-rejected", peer=self._address, ae_title=agreement.calling_ae_title
            )
            return False
        self._calling = agreement.calling_ae_title
        self._contexts = agreement.contexts
        return True

    def _serve(self) -> None:
        while True:
            kind, body = wire.read_pdu(self._connection, NETWORK_TIMEOUT_S)
            if kind == PduType.DATA:
                for fragment in wire.fragments(body):
                    self._take(fragment)
            elif kind == PduType.RELEASE_RQ:
                self._farewell(wire.release_reply_pdu())
                return
            elif kind == PduType.ABORT:
                return
            else:
                raise ProtocolError(AbortReason.UNEXPECTED_PDU)

    def _take(self, fragment: Fragment) -> None:
        context = self._contexts.get(fragment.context_id)
        if context is None:
            raise ProtocolError(AbortReason.INVALID_PARAMETER)
        if fragment.is_command:
            self._take_command(fragment, context)
        elif self._incoming is None or self._incoming.context_id != fragment.context_id:
            raise ProtocolError(AbortReason.UNEXPECTED_PDU)
        else:
            self._take_data(fragment, self._incoming)

    def _take_command(self, fragment: Fragment, context: Context) -> None:
        is_other_context = self._command and self._command_context_id != fragment.context_id
        if self._incoming is not None or is_other_context:
            raise ProtocolError(AbortReason.UNEXPECTED_PDU)
        self._command_context_id = fragment.context_id
        self._command += fragment.data
        if len(self._command) > MAX_COMMAND_LENGTH:
            raise ProtocolError(AbortReason.INVALID_PARAMETER)
        if not fragment.is_last:
            return
        command = parse(bytes(self._command))
        self._command.clear()
        self._begin(command, fragment.context_id, context)

    def _begin(self, command: Command, context_id: int, context: Context) -> None:
        if command.field == CommandField.C_CANCEL:
            return
        if command.field == CommandField.C_ECHO and not command.has_data_set:
            self._answer(context_id, command, SUCCESS)
        elif command.field == CommandField.C_STORE and command.has_data_set:
            self._incoming = IncomingObject(
                command, context_id, context, self._node.spool, self._node.max_object_size
            )
        elif command.has_data_set:
            raise ProtocolError(AbortReason.NOT_SPECIFIED)
        else:
            self._answer(context_id, command, UNRECOGNIZED_OPERATION)

    def _take_data(self, fragment: Fragment, incoming: IncomingObject) -> None:
        try:
            incoming.append(fragment.data)
        except StorageFullError:
            log.warning("spool-full", peer=self._address)
        if fragment.is_last:
            self._incoming = None
            self._store(incoming)

    def _store(self, incoming: IncomingObject) -> None:
        try:
            status, comment = self._keep(incoming)
        finally:
            incoming.close()
        if status != SUCCESS:
            log.warning("object-refused", peer=self._address, status=status, reason=comment)
        self._answer(incoming.context_id, incoming.command, status, comment)

    def _keep(self, incoming: IncomingObject) -> tuple[int, str]:
        if incoming.has_failed:
            return OUT_OF_RESOURCES, StorageFullError.code
        if incoming.is_too_large:
            return OUT_OF_RESOURCES, RefusalReason.TOO_LARGE
        actor = Actor(self._calling, NODE_PERMISSIONS)
        source = Source(SourceKind.C_STORE, self._calling, self._address)
        try:
            result = self._node.door.store(actor, source, incoming.content())
        except (Error, OSError) as error:
            return _status(error)
        if result.outcome is StoreOutcome.CONFLICT:
            return DUPLICATE_INSTANCE, StoreOutcome.CONFLICT
        return SUCCESS, ""

    def _answer(self, context_id: int, command: Command, status: int, comment: str = "") -> None:
        pdu = wire.command_pdu(context_id, response(command, status, comment))
        wire.send(self._connection, pdu, NETWORK_TIMEOUT_S)


def _status(error: Error | OSError) -> tuple[int, str]:
    """The C-STORE status of a refusal (PS3.4 table B.2-1) and its ErrorComment."""
    if isinstance(error, RefusedObjectError):
        status = DATA_SET_MISMATCH if error.reason in MISMATCHES else CANNOT_UNDERSTAND
        return status, error.reason
    if isinstance(error, StorageFullError | OSError):
        return OUT_OF_RESOURCES, StorageFullError.code
    return PROCESSING_FAILURE, error.code
