"""One association: negotiate, then answer requests until the peer releases, aborts or goes away.

It runs in a thread of its own and blocks on its socket; nothing it does can hold up another.
"""

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Protocol

import structlog

from app.domain.errors import Error, ForbiddenError, InvalidError, NotFoundError
from app.domain.nodes import Caller
from app.server.dimse import services, storage, wire
from app.server.dimse.commands import CommandField, Values
from app.server.dimse.exchange import Exchange, PeerAbortedError
from app.server.dimse.messages import Inbox, Message
from app.server.dimse.negotiation import SERVICE_CLASSES, negotiate, supported
from app.server.dimse.service import (
    Answer,
    Context,
    NodeParts,
    PeerLeavingError,
    Request,
    Service,
)
from app.server.dimse.status import PENDING, WARNINGS, Status
from app.server.dimse.wire import AbortReason, Line, PduType, ProtocolError

STATUS_OF_ERROR = {
    ForbiddenError: Status.NOT_AUTHORIZED,
    NotFoundError: Status.NO_SUCH_INSTANCE,
    InvalidError: Status.INVALID_ATTRIBUTE_VALUE,
}
"""Where the handler of a service knows none more exact (PS3.7 annex C)."""

log = structlog.get_logger()


class Seat(Protocol):
    """One of the associations that may be there at once; an idle connection takes none."""

    def take_seat(self) -> bool:
        """Whether there is one left."""

    def leave_seat(self) -> None:
        """Let another have it."""


class Association:
    """The acceptor's side of one association."""

    def __init__(
        self,
        connection: socket.socket,
        address: str,
        parts: NodeParts,
        seat: Seat,
    ) -> None:
        self._line = Line(connection)
        self._address = address
        self._parts = parts
        self._seat = seat
        self._has_seat = False

    @property
    def idle_since(self) -> float | None:
        """Since when the peer is silent between two messages, on the monotonic clock."""
        return self._line.idle_since

    def run(self) -> None:
        """Serve the peer to the end; every way out closes the connection."""
        try:
            farewell = self._farewell()
            self._leave_seat()
            if farewell:
                self._line.say_farewell(farewell)
        finally:
            self._leave_seat()
            self._line.close()

    def _farewell(self) -> bytes:
        """Serve the peer; the PDU to part with, or nothing when it is gone already."""
        try:
            return self._converse()
        except ProtocolError as error:
            log.warning("association-aborted", peer=self._address, reason=error.reason.name)
            self._abort(error.reason)
        except PeerAbortedError:
            log.info("peer-aborted", peer=self._address)
        except wire.PeerGoneError as error:
            log.info("peer-gone", peer=self._address, reason=str(error))
            if self._can_be_told(error):
                self._abort(AbortReason.NOT_SPECIFIED)
            else:
                self._line.drop_what_waits()
        except Exception:  # the outermost edge: one peer's trouble must not stop the node
            log.exception("association-failed", peer=self._address)
            self._abort(AbortReason.NOT_SPECIFIED)
        return b""

    def _can_be_told(self, error: wire.PeerGoneError) -> bool:
        """Whether an A-ABORT may reach who was silent in an association, or had to make room."""
        is_idle = self._line.idle_since is not None
        return is_idle or (self._has_seat and type(error) is wire.SilentError)

    def _abort(self, reason: AbortReason) -> None:
        """Tell it and hang up at once: whoever breaks the protocol may never do so itself."""
        with contextlib.suppress(wire.PeerGoneError):
            self._line.send(wire.abort_pdu(reason), wire.ARTIM_S)

    def _leave_seat(self) -> None:
        if self._has_seat:
            self._has_seat = False
            self._seat.leave_seat()

    def _converse(self) -> bytes:
        kind, body = self._line.read_pdu(wire.ARTIM_S)
        if kind == PduType.ABORT:
            raise PeerAbortedError
        if kind != PduType.ASSOCIATE_RQ:
            raise ProtocolError(AbortReason.UNEXPECTED_PDU)
        self._has_seat = self._seat.take_seat()
        return self._negotiate(bytes(body))

    def _negotiate(self, body: bytes) -> bytes:
        agreement = negotiate(
            body,
            self._address,
            self._parts.callers,
            supported(self._parts.private_storage_classes),
            is_full=not self._has_seat,
        )
        if agreement.caller is None:
            log.warning(
                "association-rejected",
                peer=self._address,
                ae_title=agreement.calling_ae_title,
                reason=agreement.reason,
            )
            return agreement.answer
        self._line.send(agreement.answer, wire.ARTIM_S)
        inbox = Inbox(agreement.contexts, self._parts.spool, self._parts.max_object_size)
        exchange = Exchange(
            self._line, agreement.contexts, agreement.max_pdu_length, inbox, self._parts.idle_s
        )
        try:
            return self._serve(exchange, agreement.caller)
        finally:
            exchange.close()

    def _serve(self, exchange: Exchange, caller: Caller) -> bytes:
        while (message := exchange.next()) is not None:
            self._dispatch(exchange, caller, message)
        return wire.release_reply_pdu()

    def _dispatch(self, exchange: Exchange, caller: Caller, message: Message) -> None:
        sop_class_uid = message.context.sop_class_uid
        service = services.BY_OPERATION.get((sop_class_uid, message.command.field))
        if message.incoming and sop_class_uid not in SERVICE_CLASSES:
            answer = storage.keep(self._parts.door, caller, message.command, message.incoming)
        elif message.is_too_large:
            answer = Answer(Status.RESOURCE_LIMITATION)
        elif service is None:
            answer = Answer(Status.UNRECOGNIZED_OPERATION)
        else:
            self._run(service, exchange, caller, message)
            return
        if message.incoming:
            message.incoming.close()
        self._tell(answer, message)
        exchange.answer(message, answer)

    def _run(self, service: Service, exchange: Exchange, caller: Caller, message: Message) -> None:
        request = Request(message.command, message.data, message.context, caller)
        channel = _Channel(exchange, message)
        answers = service.handler(self._parts, request, channel)
        try:
            for answer in _until_cancelled(answers, service, channel):
                if answer.status not in PENDING:
                    self._tell(answer, message)
                channel.answer(answer)
        except Error as error:
            status = STATUS_OF_ERROR.get(type(error), Status.PROCESSING_FAILURE)
            answer = Answer(status, comment=error.code)
            self._tell(answer, message)
            channel.answer(answer)
        except PeerLeavingError:
            log.info("peer-leaves-early", peer=self._address)

    def _tell(self, answer: Answer, message: Message) -> None:
        is_kept = message.incoming is not None and answer.status in WARNINGS
        if answer.status not in (Status.SUCCESS, Status.CANCEL) and not is_kept:
            log.warning(
                "request-not-done",
                peer=self._address,
                field=message.command.field,
                status=answer.status,
                reason=answer.comment,
            )


def _until_cancelled(
    answers: Iterator[Answer], service: Service, channel: "_Channel"
) -> Iterator[Answer]:
    """The answers of a handler; a cancelled C-FIND ends here, others have counts to tell."""
    for answer in answers:
        yield answer
        is_find = service.field == CommandField.C_FIND and answer.status in PENDING
        if is_find and channel.is_flushed and channel.is_cancelled():
            yield Answer(Status.CANCEL)
            return


class _Channel:
    """The exchange as the handler of `message` sees it."""

    def __init__(self, exchange: Exchange, message: Message) -> None:
        self._exchange = exchange
        self._message = message
        self.contexts = exchange.contexts
        self.is_flushed = True

    def answer(self, answer: Answer) -> None:
        """Send `answer`; those of a C-FIND are many and short, and go together."""
        may_wait = self._message.command.field == CommandField.C_FIND and answer.status in PENDING
        self.is_flushed = self._exchange.answer(self._message, answer, may_wait=may_wait)

    def is_cancelled(self) -> bool:
        return self._exchange.is_cancelled(self._message.command)

    def is_free(self, for_s: float) -> bool:
        return self._exchange.is_free(for_s)

    def notify(
        self,
        context: Context,
        command_field: int,
        elements: Values,
        data: bytes,
        at_answer: Callable[[int | None], None],
    ) -> None:
        self._exchange.notify(context, command_field, elements, data, at_answer)

    def store(self, context: Context, sop_instance_uid: str, data: bytes | memoryview) -> int:
        elements: Values = {
            0x0002: context.sop_class_uid,
            0x0700: 0,
            0x1000: sop_instance_uid,
        }
        return self._exchange.request(context, CommandField.C_STORE, elements, data)
