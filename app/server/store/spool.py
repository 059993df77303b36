"""Objects while they arrive, whichever way: small ones in memory, large ones in a folder.

Nothing here asks who sends, so a sender must not be able to fill the disk: the spool never holds
more than could still be stored beside it, and never touches the reserve.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from app.domain.errors import StorageFullError
from app.domain.storage import WATERMARKS, Watermarks
from app.server.store.disk import Disk

PIECE = 4 * 1024 * 1024
"""Bytes of one object that are kept in memory before they are written."""


class Spool:
    """The folder of half-received objects; what a crash left there is removed."""

    def __init__(self, folder: Path, watermarks: Watermarks = WATERMARKS) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for leftover in folder.iterdir():
            leftover.unlink()
        self._folder = folder
        self._disk = Disk(folder, watermarks)
        self._lock = threading.Lock()
        self._held = 0
        self._promised = 0

    def incoming(self, max_size: int, head: bytes = b"") -> "Incoming":
        """A new object, which begins with `head` and may have `max_size` bytes after it."""
        return Incoming(self, self._folder / secrets.token_hex(8), max_size, head)

    @contextmanager
    def room(self, size: int) -> Iterator[None]:
        """While `size` bytes are written. Raises StorageFullError when there is no room for them.

        Who asks at the same time is counted, so that all together stay within what is free.
        """
        with self._lock:
            held = self._held + size
            if self._disk.room() - self._promised - size < held:
                raise StorageFullError("the spool")
            self._promised += size
            self._held = held
        try:
            yield
        finally:
            with self._lock:
                self._promised -= size

    def forget(self, size: int) -> None:
        """That many bytes are held no more."""
        with self._lock:
            self._held -= size


class Incoming:
    """One object while it arrives; `close` forgets it."""

    def __init__(self, spool: Spool, path: Path, max_size: int, head: bytes) -> None:
        self._spool = spool
        self._path = path
        self._max_size = max_size
        self._memory = bytearray(head)
        self._file: FileIO | None = None
        self._held = 0
        self.size = 0

    @property
    def is_too_large(self) -> bool:
        """Whether more came than is accepted; what came after that was dropped."""
        return self.size > self._max_size

    @property
    def wants_to_write(self) -> bool:
        """Whether `write` is due, which blocks."""
        return len(self._memory) > PIECE

    def append(self, data: bytes | memoryview) -> None:
        """Take the next piece."""
        self.size += len(data)
        if not self.is_too_large:
            self._memory += data

    def write(self) -> None:
        """Bring what is in memory to the disk. Raises StorageFullError and keeps nothing then."""
        data, self._memory = memoryview(self._memory), bytearray()
        try:
            with self._spool.room(len(data)):
                self._held += len(data)
                if self._file is None:
                    self._file = FileIO(self._path, "xb")
                while data:
                    data = data[self._file.write(data) :]
        except OSError as error:
            raise StorageFullError("the spool") from error

    def content(self) -> bytes | Path:
        """The whole object, in memory or where it lies until `close`. Raises as `write`."""
        if self._file is None:
            return bytes(self._memory)
        self.write()
        return self._path

    def close(self) -> None:
        """Forget the bytes; a file on disk is gone with it."""
        if self._file is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)
        self._spool.forget(self._held)
        self._held = 0
