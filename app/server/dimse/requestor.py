"""Associations that we open (PS3.8 7.1): negotiated, spoken on by one thread, released or aborted.

The same blocking line as for callers, without a reactor: sub-operations and forwarding go at the
speed of the peer.
"""

import contextlib
import itertools
import math
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydicom.uid import UID
from pynetdicom.pdu import A_ASSOCIATE_RJ

from app.domain.errors import UnavailableError
from app.domain.nodes import EchoOutcome, RemoteNode
from app.server.dimse import commands, proposals, wire
from app.server.dimse.commands import Values
from app.server.dimse.messages import Inbox, Message
from app.server.dimse.proposals import Proposal
from app.server.dimse.service import Answer, Context
from app.server.dimse.status import PENDING
from app.server.dimse.wire import HEADER, Line, PduType
from app.server.store.spool import Spool

CONNECT_S = 10
ASSOCIATE_S = 30
RELEASE_S = 5
LOOK_S = 0.5
"""So often who waits for a peer looks whether its answer is still wanted."""
BATCH_BYTES = 256 * 1024
RELEASE_RQ = HEADER.pack(PduType.RELEASE_RQ, 4) + bytes(4)
ABORT = HEADER.pack(PduType.ABORT, 4) + bytes(4)


@dataclass(frozen=True, slots=True)
class Peer:
    """A remote application entity; `tls` is how it is met where it speaks TLS.

    `character_set` is how texts are read that it sends without saying so.
    """

    host: str
    port: int
    ae_title: str
    tls: ssl.SSLContext | None = None
    character_set: str = ""

    @classmethod
    def of(cls, node: RemoteNode, tls: ssl.SSLContext) -> Self:
        """Where `node` is; `tls` is made by `tls.for_nodes`."""
        spoken = tls if node.tls else None
        return cls(node.host, node.port, node.ae_title, spoken, node.character_set)


@dataclass(frozen=True, slots=True)
class Objects:
    """Where objects go that come on an association of ours.

    `take` is given each as a Part 10 file, which is gone afterwards, and answers a C-STORE status.
    """

    spool: Spool
    max_size: int
    take: Callable[[bytes | Path], int]


class NoAssociationError(UnavailableError):
    """There is no association with a peer; `outcome` is what a C-ECHO says of that."""

    def __init__(self, outcome: EchoOutcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome


class NotOfferedError(NoAssociationError):
    """The peer does not offer a service that is asked for."""


class UnwantedError(Exception):
    """What was asked for is not wanted any more: the association is aborted, and that is all."""


Look = Callable[[], None]
"""Called now and then while something is waited for or sent; may raise UnwantedError."""


def at_nothing() -> None:
    """For what is wanted to its end."""


class Requestor:
    """An established association; what goes wrong on it is an UnavailableError that says what."""

    def __init__(
        self, line: Line, peer: Peer, contexts: Mapping[int, Context], max_pdu_length: int
    ) -> None:
        self.contexts = tuple(contexts.values())
        self._line = line
        self._peer = peer
        self._max_pdu_length = max_pdu_length
        self._inbox = Inbox(contexts, None, 0)
        self._by_id = contexts
        self._messages: deque[Message] = deque()
        self._ids = itertools.cycle(range(1, 0x10000))

    def take_objects(self, objects: Objects) -> None:
        """Let C-STORE requests of the peer come in (C-GET)."""
        self._inbox = Inbox(self._by_id, objects.spool, objects.max_size)

    def context(self, sop_class_uid: str) -> Context:
        """The accepted context of a SOP class. Raises UnavailableError."""
        for each in self.contexts:
            if each.sop_class_uid == sop_class_uid:
                return each
        reason = f"does not offer {UID(sop_class_uid).name}"
        raise NotOfferedError(EchoOutcome.REJECTED, f"{self._peer.ae_title} {reason}")

    def ask(
        self,
        context: Context,
        field: int,
        values: Values,
        data: bytes | memoryview = b"",
        *,
        timeout_s: float = wire.RESPONSE_TIMEOUT_S,
        look: Look = at_nothing,
    ) -> "Question":
        """Send a request; its answers are what iterating over it gives."""
        message_id = next(self._ids)
        command = commands.request(field, message_id, values, has_data_set=bool(data))
        self._send(context.id, command, data, look)
        return Question(self, context, message_id, timeout_s)

    def final(
        self,
        context: Context,
        field: int,
        values: Values,
        data: bytes | memoryview = b"",
        *,
        look: Look = at_nothing,
    ) -> Message:
        """Send a request and wait for its one answer."""
        *_, last = self.ask(context, field, values, data, look=look)
        return last

    def answer(self, request: Message, answer: Answer) -> None:
        """Answer a request of the peer."""
        command = commands.response(request.command, answer.status, answer.comment, answer.elements)
        self._send(request.context.id, command, b"")

    def next(self, timeout_s: float, look: Look = at_nothing) -> Message:
        """The next message of the peer, which may be silent for so long."""
        with self._reported():
            while not self._messages:
                self._wait(timeout_s, look)
                kind, body = self._line.read_pdu(wire.NETWORK_TIMEOUT_S)
                if kind == PduType.ABORT:
                    raise self._error("aborted the association")
                if kind != PduType.DATA:
                    raise self._error("left the association")
                for fragment in wire.fragments(body):
                    message = self._inbox.take(fragment)
                    if message:
                        self._messages.append(message)
        return self._messages.popleft()

    def _wait(self, timeout_s: float, look: Look) -> None:
        deadline = time.monotonic() + timeout_s
        while not self._line.has_pdu(min(LOOK_S, max(0.0, deadline - time.monotonic()))):
            if time.monotonic() >= deadline:
                raise wire.SilentError("silent")
            look()

    def cancel(self, context: Context, message_id: int) -> None:
        """Ask the peer to stop answering a request."""
        self._send(context.id, commands.cancel(message_id), b"")

    def release(self) -> None:
        """End in good order; a peer that does not answer is left.

        One that asks for the same at the same time is answered first (PS3.8 9.2.3, Sta9).
        """
        with contextlib.suppress(wire.PeerGoneError, wire.ProtocolError):
            self._line.send(RELEASE_RQ, RELEASE_S)
            deadline = time.monotonic() + RELEASE_S
            while (left := deadline - time.monotonic()) > 0:
                kind, _body = self._line.read_pdu(left)
                if kind == PduType.RELEASE_RQ:
                    self._line.send(wire.release_reply_pdu(), RELEASE_S)
                elif kind != PduType.DATA:
                    return

    def close(self, *, abort: bool) -> None:
        """Hang up, with A-ABORT unless it was released."""
        if abort:
            with contextlib.suppress(wire.PeerGoneError):
                self._line.send(ABORT, RELEASE_S)
        self._inbox.close()
        for message in self._messages:
            if message.incoming:
                message.incoming.close()
        self._line.close()

    def _send(
        self, context_id: int, command: bytes, data: bytes | memoryview, look: Look = at_nothing
    ) -> None:
        batch, size = [], 0
        with self._reported():
            for is_command, part in ((True, command), (False, data)):
                pdus = wire.data_pdus(context_id, part, self._max_pdu_length, is_command=is_command)
                for pdu in pdus:
                    batch.append(pdu)
                    size += len(pdu)
                    if size >= BATCH_BYTES:
                        self._line.send(b"".join(batch), wire.NETWORK_TIMEOUT_S)
                        batch, size = [], 0
                        look()
            if batch:
                self._line.send(b"".join(batch), wire.NETWORK_TIMEOUT_S)

    @contextlib.contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except wire.PeerGoneError as error:
            raise self._error(f"is gone: {error}") from error
        except wire.ProtocolError as error:
            raise self._error(f"breaks the protocol: {error}") from error

    def _error(self, reason: str) -> UnavailableError:
        return UnavailableError(f"{self._peer.ae_title} {reason}")


class Question:
    """A request that was sent: iterating gives the answers, the final one last.

    Requests that the peer sends in between come too; whoever asks answers them.
    """

    def __init__(
        self, requestor: Requestor, context: Context, message_id: int, timeout_s: float
    ) -> None:
        self._requestor = requestor
        self._context = context
        self._message_id = message_id
        self._timeout_s = timeout_s

    def __iter__(self) -> Iterator[Message]:
        """Each message as it comes."""
        return self.answers(at_nothing)

    def answers(self, look: Look) -> Iterator[Message]:
        """The same; `look` is called after each, too."""
        while True:
            message = self._requestor.next(self._timeout_s, look)
            command = message.command
            is_answer = command.is_response and command.message_id == self._message_id
            if is_answer or not command.is_response:
                yield message
            if is_answer and command.number(0x0900) not in PENDING:
                return
            look()

    def cancel(self) -> None:
        """Ask the peer to stop; the final answer still comes."""
        self._requestor.cancel(self._context, self._message_id)


@contextlib.contextmanager
def associated(
    peer: Peer, calling: str, proposed: Sequence[Proposal], *, within_s: float = math.inf
) -> Iterator[Requestor]:
    """An association with `peer`, released at the end and aborted by an exception.

    UnwantedError ends in it. All that is said on it has to be said `within_s` from now. Raises
    NoAssociationError that says why there is none.
    """
    until = time.monotonic() + within_s
    line = Line(_connected(peer, min(CONNECT_S, within_s)), until)
    try:
        requestor = _negotiated(line, peer, calling, proposed)
    except BaseException:
        line.close()
        raise
    try:
        yield requestor
    except UnwantedError:
        requestor.close(abort=True)
        return
    except BaseException:
        requestor.close(abort=True)
        raise
    requestor.release()
    requestor.close(abort=False)


def _connected(peer: Peer, timeout_s: float) -> socket.socket:
    try:
        connection = socket.create_connection((peer.host, peer.port), timeout_s)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", "") or str(error)
        raise _none(peer, EchoOutcome.UNREACHABLE, f"can't be reached: {reason}") from error
    if peer.tls is None:
        return connection
    try:
        return peer.tls.wrap_socket(connection, server_hostname=peer.host)
    except (OSError, ValueError) as error:
        connection.close()
        reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
        raise _none(peer, EchoOutcome.NOT_TRUSTED, f"can't be trusted: {reason}") from error


def _none(peer: Peer, outcome: EchoOutcome, reason: str) -> NoAssociationError:
    return NoAssociationError(outcome, f"{peer.ae_title} {reason}")


def _negotiated(line: Line, peer: Peer, calling: str, proposed: Sequence[Proposal]) -> Requestor:
    failed, rejected = EchoOutcome.FAILED, EchoOutcome.REJECTED
    try:
        line.send(proposals.request(peer.ae_title, calling, proposed), ASSOCIATE_S)
        kind, body = line.read_pdu(ASSOCIATE_S)
    except (wire.PeerGoneError, wire.ProtocolError) as error:
        reason = f"does not answer the association request: {error}"
        raise _none(peer, failed, reason) from error
    if kind == PduType.ASSOCIATE_RJ:
        rejection = A_ASSOCIATE_RJ()
        rejection.decode(HEADER.pack(kind, len(body)) + bytes(body))
        raise _none(peer, rejected, f"rejects: {rejection.reason_str}")
    if kind != PduType.ASSOCIATE_AC:
        raise _none(peer, failed, "aborts the association")
    try:
        contexts, max_pdu_length = proposals.accepted(bytes(body), proposed)
    except Exception as error:
        raise _none(peer, failed, "accepts in words nobody can read") from error
    if not contexts:
        reason = f"{peer.ae_title} offers nothing of what is asked for"
        raise NotOfferedError(rejected, reason)
    return Requestor(line, peer, contexts, max_pdu_length)
