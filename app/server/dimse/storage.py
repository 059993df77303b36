"""C-STORE (PS3.4 B): a data set arrives in pieces and goes through the one door.

It is collected as a Part 10 file whose meta information names the transfer syntax of the
presentation context.
"""

from pathlib import Path

from app.dicom.part10 import stored_head
from app.domain.access import Actor
from app.domain.errors import Error, ForbiddenError, StorageFullError, UnavailableError
from app.domain.ingest import (
    RefusalReason,
    RefusedObjectError,
    Source,
    SourceKind,
    StoreOutcome,
)
from app.domain.nodes import Caller
from app.server.dimse.commands import Command
from app.server.dimse.service import Answer, Context, Door
from app.server.dimse.status import Status
from app.server.store.spool import Spool

MISMATCHES = {
    RefusalReason.MISSING_UID,
    RefusalReason.BAD_UID,
    RefusalReason.NO_SOP_CLASS,
    RefusalReason.NOT_ANNOUNCED,
}


class IncomingObject:
    """The object of one C-STORE while it arrives on `context`; `close` forgets it."""

    def __init__(self, context: Context, spool: Spool, max_size: int) -> None:
        self.has_failed = False
        head = stored_head(context.transfer_syntax_uid, context.sop_class_uid, "")
        self._incoming = spool.incoming(max_size, head)

    @property
    def is_too_large(self) -> bool:
        """Whether more came than is accepted; what came after that was dropped."""
        return self._incoming.is_too_large

    def append(self, data: memoryview) -> None:
        """Take the next piece; raises StorageFullError once, and drops what comes after it."""
        if self.has_failed:
            return
        self._incoming.append(data)
        if self._incoming.wants_to_write:
            try:
                self._incoming.write()
            except StorageFullError:
                self.has_failed = True
                raise

    def content(self) -> bytes | Path:
        """The whole Part 10 file, in memory or where it lies until `close`."""
        return self._incoming.content()

    def close(self) -> None:
        """Forget the bytes; a file on disk is gone with it."""
        self._incoming.close()


def keep(door: Door, caller: Caller, command: Command, incoming: IncomingObject) -> Answer:
    """Store the whole object of `command` and say how that went; `incoming` is closed."""
    try:
        return _kept(door, caller, command, incoming)
    finally:
        incoming.close()


def _kept(door: Door, caller: Caller, command: Command, incoming: IncomingObject) -> Answer:
    if incoming.has_failed:
        return Answer(Status.OUT_OF_RESOURCES, comment=StorageFullError.code)
    if incoming.is_too_large:
        return Answer(Status.OUT_OF_RESOURCES, comment=RefusalReason.TOO_LARGE)
    source = Source(
        SourceKind.C_STORE,
        caller.ae_title,
        caller.address,
        caller.character_set,
        caller.called_ae_title,
        (command.sop_class_uid, command.sop_instance_uid),
    )
    return put(door, caller.actor, source, incoming.content())


def put(door: Door, actor: Actor, source: Source, content: bytes | Path) -> Answer:
    """Store a Part 10 file, and what C-STORE answers to that."""
    try:
        result = door.store(actor, source, content)
    except (Error, OSError) as error:
        return _refusal(error)
    if result.outcome is StoreOutcome.CONFLICT:
        return Answer(Status.DUPLICATE_INSTANCE, comment=StoreOutcome.CONFLICT)
    return Answer(Status.COERCED) if result.is_coerced else Answer()


def _refusal(error: Error | OSError) -> Answer:
    """The C-STORE status of a refusal (PS3.4 table B.2-1) and its ErrorComment."""
    if isinstance(error, RefusedObjectError):
        is_mismatch = error.reason in MISMATCHES
        status = Status.DATA_SET_MISMATCH if is_mismatch else Status.CANNOT_UNDERSTAND
        return Answer(status, comment=error.reason)
    if isinstance(error, OSError):
        return Answer(Status.OUT_OF_RESOURCES, comment=StorageFullError.code)
    if isinstance(error, StorageFullError | UnavailableError):  # senders keep it, and try again
        return Answer(Status.OUT_OF_RESOURCES, comment=error.code)
    if isinstance(error, ForbiddenError):
        return Answer(Status.NOT_AUTHORIZED, comment=error.code)
    return Answer(Status.PROCESSING_FAILURE, comment=error.code)
