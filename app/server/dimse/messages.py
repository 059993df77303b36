"""Messages, put together from the fragments that PDUs bring (PS3.8 annex E, PS3.7 6.3)."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from app.domain.errors import StorageFullError
from app.server.dimse.commands import MAX_COMMAND_LENGTH, Command, CommandField, parse
from app.server.dimse.service import Context
from app.server.dimse.storage import IncomingObject
from app.server.dimse.wire import AbortReason, Fragment, ProtocolError
from app.server.store.spool import Spool

MAX_DATA_SET = 4 * 1024 * 1024
"""Of any request but C-STORE: an MPPS that names some 30,000 images."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Message:
    """A command with its data set; only the object of a C-STORE goes to the spool."""

    command: Command
    context: Context
    data: bytes = b""
    incoming: IncomingObject | None = None
    is_too_large: bool = False


class Inbox:
    """Puts one message after another together; `close` forgets an unfinished one.

    Without a spool no object may come.
    """

    def __init__(
        self, contexts: Mapping[int, Context], spool: Spool | None, max_object_size: int
    ) -> None:
        self._contexts = contexts
        self._spool = spool
        self._max_object_size = max_object_size
        self._context_id = 0
        self._command_bytes = bytearray()
        self._command: Command | None = None
        self._data = bytearray()
        self._is_too_large = False
        self._incoming: IncomingObject | None = None

    @property
    def is_begun(self) -> bool:
        """Whether there is a part of a message, whose rest must come."""
        return self._command is not None or bool(self._command_bytes)

    def take(self, fragment: Fragment) -> Message | None:
        """The message that `fragment` completes. Raises ProtocolError for one out of place."""
        context = self._contexts.get(fragment.context_id)
        if context is None:
            raise ProtocolError(AbortReason.INVALID_PARAMETER)
        if self.is_begun and self._context_id != fragment.context_id:
            raise ProtocolError(AbortReason.UNEXPECTED_PDU)
        if fragment.is_command == (self._command is not None):
            raise ProtocolError(AbortReason.UNEXPECTED_PDU)
        self._context_id = fragment.context_id
        if self._command is None:
            return self._take_command(fragment, context)
        return self._take_data(fragment, context, self._command)

    def close(self) -> None:
        """Forget what has come of an unfinished message."""
        if self._incoming:
            self._incoming.close()
            self._incoming = None

    def _take_command(self, fragment: Fragment, context: Context) -> Message | None:
        self._command_bytes += fragment.data
        if len(self._command_bytes) > MAX_COMMAND_LENGTH:
            raise ProtocolError(AbortReason.INVALID_PARAMETER)
        if not fragment.is_last:
            return None
        command = parse(bytes(self._command_bytes))
        self._command_bytes.clear()
        if not command.has_data_set:
            return Message(command, context)
        self._command = command
        if command.field == CommandField.C_STORE:
            if self._spool is None:
                raise ProtocolError(AbortReason.UNEXPECTED_PDU)
            self._incoming = IncomingObject(context, self._spool, self._max_object_size)
        return None

    def _take_data(self, fragment: Fragment, context: Context, command: Command) -> Message | None:
        if self._incoming:
            try:
                self._incoming.append(fragment.data)
            except StorageFullError:
                log.warning("spool-full")
        elif len(self._data) + len(fragment.data) > MAX_DATA_SET:
            self._is_too_large = True
        else:
            self._data += fragment.data
        if not fragment.is_last:
            return None
        data = b"" if self._is_too_large else bytes(self._data)
        message = Message(command, context, data, self._incoming, self._is_too_large)
        self._command, self._incoming, self._is_too_large = None, None, False
        self._data = bytearray()
        return message
