"""C-STORE (PS3.4 B): a data set arrives in pieces and goes through the one door.

It is collected as a Part 10 file whose meta information names the transfer syntax of the
presentation context.
"""

from pathlib import Path

from app.dicom.part10 import stored_head
from app.domain.errors import StorageFullError
from app.server.dimse.commands import Command
from app.server.dimse.negotiation import Context
from app.server.store.spool import Spool


class IncomingObject:
    """The object of one C-STORE while it arrives on `context_id`; `close` forgets it."""

    def __init__(
        self, command: Command, context_id: int, context: Context, spool: Spool, max_size: int
    ) -> None:
        self.command = command
        self.context_id = context_id
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
