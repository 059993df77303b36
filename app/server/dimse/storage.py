"""C-STORE (PS3.4 B): a data set arrives in pieces and goes through the one door.

Small objects are collected in memory, large ones in a file, always as a Part 10 file whose meta
information comes from the command and the presentation context.
"""

import io
import tempfile
from pathlib import Path
from typing import IO

from pydicom.dataset import FileMetaDataset
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import UID
from pynetdicom import PYNETDICOM_IMPLEMENTATION_UID

from app.server.dimse.commands import Command
from app.server.dimse.negotiation import IMPLEMENTATION_VERSION, Context

IN_MEMORY = 32 * 1024 * 1024
PREAMBLE = bytes(128) + b"DICM"


class IncomingObject:
    """The object of one C-STORE while it arrives; `close` forgets it."""

    def __init__(self, command: Command, context: Context, folder: Path, max_size: int) -> None:
        self.command = command
        self.size = 0
        self.has_failed = False
        self._folder = folder
        self._max_size = max_size
        self._memory = bytearray(_part10_start(command, context))
        self._file: IO[bytes] | None = None

    @property
    def is_too_large(self) -> bool:
        """Whether more came than is accepted; what came after that was dropped."""
        return self.size > self._max_size

    def append(self, data: memoryview) -> None:
        """Take the next piece. Raises OSError when the disk takes no more."""
        self.size += len(data)
        if self.is_too_large or self.has_failed:
            return
        if self._file:
            self._file.write(data)
            return
        self._memory += data
        if len(self._memory) > IN_MEMORY:
            self._file = tempfile.NamedTemporaryFile(dir=self._folder, prefix="c-store-")  # noqa: SIM115 - close() closes it
            self._file.write(self._memory)
            self._memory.clear()

    def fail(self) -> None:
        """Drop what comes from now on: it can't be kept."""
        self.has_failed = True

    def content(self) -> bytes | Path:
        """The whole Part 10 file, in memory or where it lies until `close`."""
        if self._file is None:
            return bytes(self._memory)
        self._file.flush()
        return Path(self._file.name)

    def close(self) -> None:
        """Forget the bytes; a file on disk is gone with it."""
        if self._file:
            self._file.close()


def _part10_start(command: Command, context: Context) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(command.sop_class_uid)
    meta.MediaStorageSOPInstanceUID = UID(command.sop_instance_uid)
    meta.TransferSyntaxUID = UID(context.transfer_syntax_uid)
    meta.ImplementationClassUID = PYNETDICOM_IMPLEMENTATION_UID
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION
    buffer = io.BytesIO()
    buffer.write(PREAMBLE)
    write_file_meta_info(buffer, meta, enforce_standard=True)
    return buffer.getvalue()
