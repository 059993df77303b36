"""C-STORE (PS3.4 B): a data set arrives in pieces and goes through the one door.

Small objects are collected in memory, large ones in a file, always as a Part 10 file whose meta
information names the transfer syntax of the presentation context.
"""

import secrets
from io import FileIO
from pathlib import Path

from app.dicom.part10 import stored_head
from app.server.dimse.commands import Command
from app.server.dimse.negotiation import Context

IN_MEMORY = 8 * 1024 * 1024
PREFIX = "c-store-"


class IncomingObject:
    """The object of one C-STORE while it arrives on `context_id`; `close` forgets it."""

    def __init__(
        self, command: Command, context_id: int, context: Context, folder: Path, max_size: int
    ) -> None:
        self.command = command
        self.context_id = context_id
        self.size = 0
        self.has_failed = False
        self._path = folder / f"{PREFIX}{secrets.token_hex(8)}"
        self._max_size = max_size
        self._memory = bytearray(
            stored_head(context.transfer_syntax_uid, context.sop_class_uid, "")
        )
        self._file: FileIO | None = None

    @property
    def is_too_large(self) -> bool:
        """Whether more came than is accepted; what came after that was dropped."""
        return self.size > self._max_size

    def append(self, data: memoryview) -> None:
        """Take the next piece. Raises OSError when the disk takes no more."""
        self.size += len(data)
        if self.is_too_large or self.has_failed:
            return
        if self._file is None:
            self._memory += data
            if len(self._memory) <= IN_MEMORY:
                return
            self._file = FileIO(self._path, "xb")
            data = memoryview(self._memory)
            self._memory = bytearray()
        while data:
            data = data[self._file.write(data) :]

    def fail(self) -> None:
        """Drop what comes from now on: it can't be kept."""
        self.has_failed = True

    def content(self) -> bytes | Path:
        """The whole Part 10 file, in memory or where it lies until `close`."""
        return bytes(self._memory) if self._file is None else self._path

    def close(self) -> None:
        """Forget the bytes; a file on disk is gone with it."""
        if self._file:
            self._file.close()
            self._path.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed process was receiving."""
    for path in folder.glob(f"{PREFIX}*"):
        path.unlink()
