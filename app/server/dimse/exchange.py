"""Messages to and from the peer of one association, one operation at a time (PS3.7 D.3.3.3).

While a request is answered, what comes in between is looked at: a C-CANCEL, the answer to a request
of ours, the peer's wish to leave. Another request waits until its turn. A notice is a request of
ours whose answer nobody waits for.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping

from app.server.dimse import commands, wire
from app.server.dimse.commands import Command, CommandField, Values
from app.server.dimse.messages import Inbox, Message
from app.server.dimse.service import Answer, Context, PeerLeavingError
from app.server.dimse.wire import AbortReason, Line, PduType, ProtocolError

MAX_WAITING = 4
STATUS = 0x0900
FLUSH_BYTES = 64 * 1024
FLUSH_S = 0.05


class PeerAbortedError(Exception):
    """The peer sent A-ABORT."""


class Exchange:
    """Both directions of one association after its negotiation.

    Between two messages the peer may be silent for `idle_s`.
    """

    def __init__(
        self,
        line: Line,
        contexts: Mapping[int, Context],
        max_pdu_length: int,
        inbox: Inbox,
        idle_s: float,
    ) -> None:
        self.contexts = tuple(contexts.values())
        self._line = line
        self._max_pdu_length = max_pdu_length
        self._inbox = inbox
        self._idle_s = idle_s
        self._waiting: deque[Message] = deque()
        self._is_peer_leaving = False
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._unsent_since = 0.0
        self._message_id = 0
        self._repeated: tuple[Message | None, tuple[int, bool], bytes] = (None, (0, False), b"")
        self._cancelled: set[int] = set()
        self._noticed: dict[int, Callable[[int | None], None]] = {}

    def next(self) -> Message | None:
        """The next request, or None when the peer asks to release the association."""
        while not self._waiting:
            if self._is_peer_leaving:
                return None
            if not self._inbox.is_begun:
                self._line.rest(self._idle_s)
            self._read_pdu(wire.NETWORK_TIMEOUT_S)
        return self._waiting.popleft()

    def answer(self, request: Message, answer: Answer, *, may_wait: bool = False) -> bool:
        """Send one answer; one that `may_wait` goes with those after it. Whether it is gone."""
        self._append(request.context.id, self._response(request, answer), answer.data)
        is_due = time.monotonic() - self._unsent_since > FLUSH_S
        if not may_wait or is_due:
            self.flush()
        return not self._unsent

    def _response(self, request: Message, answer: Answer) -> bytes:
        """The command set of `answer`; those of the thousands that a C-FIND may have are alike."""
        kind = answer.status, bool(answer.data)
        before, of_kind, command = self._repeated
        if before is request and of_kind == kind and not (answer.comment or answer.elements):
            return command
        command = commands.response(
            request.command,
            answer.status,
            answer.comment,
            answer.elements,
            has_data_set=bool(answer.data),
        )
        if not (answer.comment or answer.elements):
            self._repeated = request, kind, command
        return command

    def flush(self) -> None:
        """Send what waits."""
        if self._unsent:
            data = self._unsent[0] if len(self._unsent) == 1 else b"".join(self._unsent)
            self._line.send(data, wire.NETWORK_TIMEOUT_S)
            self._unsent, self._unsent_bytes = [], 0

    def is_cancelled(self, request: Command) -> bool:
        """Whether the peer cancelled `request` or asks to leave; looks, but never waits."""
        while len(self._waiting) < MAX_WAITING and not self._is_peer_leaving:
            if not self._line.has_pdu():
                break
            self._read_pdu(wire.NETWORK_TIMEOUT_S)
        return self._is_peer_leaving or request.message_id in self._cancelled

    def is_free(self, for_s: float) -> bool:
        """Whether the peer may be told something: it owes no answer, and is silent for so long."""
        is_busy = self._noticed or self._waiting or self._is_peer_leaving
        return not (is_busy or self._line.has_pdu(for_s))

    def notify(
        self,
        context: Context,
        field: int,
        values: Values,
        data: bytes,
        at_answer: Callable[[int | None], None],
    ) -> None:
        """Send a request and don't wait; `at_answer` is told the status whenever that comes.

        It is told None when the association ends before.
        """
        self._noticed[self._send(context, field, values, data)] = at_answer

    def request(
        self, context: Context, field: int, values: Values, data: bytes | memoryview = b""
    ) -> int:
        """Send a request of ours and answer the status. Raises PeerLeavingError."""
        message_id = self._send(context, field, values, data)
        deadline = time.monotonic() + wire.RESPONSE_TIMEOUT_S
        while not self._is_peer_leaving:
            if len(self._waiting) > MAX_WAITING:
                raise ProtocolError(AbortReason.UNEXPECTED_PDU)
            answer = self._read_pdu(max(0.0, deadline - time.monotonic()))
            if answer is not None and answer.message_id == message_id:
                return answer.number(STATUS)
        raise PeerLeavingError

    def _send(self, context: Context, field: int, values: Values, data: bytes | memoryview) -> int:
        """Send a request; its message ID."""
        self._message_id = self._message_id % 0xFFFF + 1
        command = commands.request(field, self._message_id, values, has_data_set=bool(data))
        self._append(context.id, command, data)
        self.flush()
        return self._message_id

    def _append(self, context_id: int, command: bytes, data: bytes | memoryview) -> None:
        if not self._unsent:
            self._unsent_since = time.monotonic()
        for is_command, part in ((True, command), (False, data)):
            pdus = wire.data_pdus(context_id, part, self._max_pdu_length, is_command=is_command)
            for pdu in pdus:
                self._unsent.append(pdu)
                self._unsent_bytes += len(pdu)
                if self._unsent_bytes >= FLUSH_BYTES:
                    self.flush()

    def _read_pdu(self, timeout_s: float) -> Command | None:
        """Take the next PDU in; the answer to a request of ours, if it brings one."""
        kind, body = self._line.read_pdu(timeout_s)
        if kind == PduType.ABORT:
            raise PeerAbortedError
        if self._is_peer_leaving or kind not in (PduType.DATA, PduType.RELEASE_RQ):
            raise ProtocolError(AbortReason.UNEXPECTED_PDU)
        if kind == PduType.RELEASE_RQ:
            self._is_peer_leaving = True
            return None
        answer = None
        for fragment in wire.fragments(body):
            message = self._inbox.take(fragment)
            if message is None:
                continue
            if message.command.is_response:
                answer = message.command
                if at_answer := self._noticed.pop(answer.message_id, None):
                    at_answer(answer.number(STATUS))
            elif message.command.field == CommandField.C_CANCEL:
                self._cancelled.add(message.command.message_id)
            else:  # a C-CANCEL that came before was for another of that ID
                self._cancelled.discard(message.command.message_id)
                self._waiting.append(message)
        return answer

    def close(self) -> None:
        """Forget what came and was not answered, and wait no more for answers."""
        for at_answer in self._noticed.values():
            at_answer(None)
        self._inbox.close()
        for message in self._waiting:
            if message.incoming:
                message.incoming.close()
