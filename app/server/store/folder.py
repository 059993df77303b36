"""A shelf of files on this machine."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from io import FileIO, RawIOBase
from pathlib import Path
from typing import TypeVar

from app.domain.errors import DamagedError, NotFoundError
from app.server.store.shelf import IDENTITY, LISTED_AT_ONCE, Listed
from app.server.store.staging import Staging, flat_name, sync_folder

T = TypeVar("T")

LOOKS, LOOK_S = 50, 0.001
"""How often to look for an object that is still staged: it is moved when its row is there."""


class Folder:
    """Objects in `folder`, moved there from `staging`, which lies on the same disk."""

    is_here = True

    def __init__(self, folder: Path, staging: Staging) -> None:
        self._objects = folder / "objects"
        self._damaged = folder / "damaged"
        for each in (self._objects, self._damaged):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._identity = folder / IDENTITY
        self._staging = staging

    def identity(self) -> str | None:
        """What the file says."""
        try:
            return self._identity.read_text("ascii").strip()
        except FileNotFoundError:
            return None

    def identify(self, identity: str) -> None:
        """Write the file, whole or not at all."""
        new = self._identity.with_suffix(".new")
        file = FileIO(new, "wb")
        file.write(f"{identity}\n".encode("ascii"))
        _sync_and_close(file)
        new.replace(self._identity)
        sync_folder(self._identity.parent)

    def bring(self, staged: Path, key: str, file: FileIO) -> None:
        """Sync the bytes where they are."""
        del staged, key
        _sync_and_close(file)

    def keep(self, staged: Path, key: str) -> None:
        """Move the file to its place."""
        target = self._placed(key)
        try:
            staged.rename(target)
        except FileNotFoundError:  # the first of its series
            Path(target).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            staged.rename(target)

    def drop(self, staged: Path, key: str) -> None:
        """Delete the file."""
        del key
        staged.unlink(missing_ok=True)

    def open(self, key: str) -> RawIOBase:
        """The file, in its place or on its way there."""
        return self._found(key, FileIO)

    def read_back(self, key: str) -> RawIOBase:
        """There is one file alone."""
        return self.open(key)

    def size(self, key: str) -> int:
        """Bytes of the file."""
        return self._found(key, os.stat).st_size

    def stat(self, key: str) -> int:
        """There is one file alone."""
        return self.size(key)

    def plain_file(self, key: str) -> Path | None:
        """The file itself."""
        return self._path(key)

    def listed(self) -> Iterator[Sequence[Listed]]:
        """All files in their places."""
        found: list[Listed] = []
        for folder, _, names in os.walk(self._objects):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):  # it is removed just now
                    is_now = path.stat()
                    written_at = datetime.fromtimestamp(is_now.st_mtime, UTC)
                    key = path.relative_to(self._objects).as_posix()
                    found.append(Listed(key, is_now.st_size, written_at))
                if len(found) == LISTED_AT_ONCE:
                    yield found
                    found = []
        yield found

    def set_apart(self, key: str) -> None:
        """Move the file to the damaged ones."""
        self._path(key).rename(self._damaged_path(key))

    def remove(self, *keys: str) -> None:
        """Delete the files, wherever they are."""
        for key in keys:
            for path in (self._staging.path(key), self._objects / key, self._damaged_path(key)):
                path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Nothing is put off here."""

    def _found(self, key: str, look: Callable[[str], T]) -> T:
        """What `look` finds of the file, in its place or on its way there."""
        staged = self._staging.path
        for place in (self._placed, staged, self._placed):  # it may be moved just now
            try:
                return look(str(place(key)))
            except (FileNotFoundError, NotADirectoryError):
                continue
        raise self._missing(key)

    def _placed(self, key: str) -> str:
        """A text, since thousands are looked for: a Path takes longer than the look."""
        return f"{self._objects}/{key}"

    def _path(self, key: str) -> Path:
        placed, staged = self._objects / key, self._staging.path(key)
        for _ in range(LOOKS):  # the path of one that is moved just now would soon lead nowhere
            if placed.exists() or not staged.exists():
                break
            time.sleep(LOOK_S)
        for candidate in (placed, staged):
            if candidate.exists():
                return candidate
        raise self._missing(key)

    def _missing(self, key: str) -> NotFoundError:
        if self._damaged_path(key).exists():
            return DamagedError("the object's file is damaged")
        return NotFoundError("the object's file is gone")

    def _damaged_path(self, key: str) -> Path:
        return self._damaged / flat_name(key)


def _sync_and_close(file: FileIO) -> None:
    with file:
        if sys.platform == "darwin":
            import fcntl

            fcntl.fcntl(file, fcntl.F_FULLFSYNC)  # fsync leaves it in the drive's cache there
        elif sys.platform == "win32":
            os.fsync(file.fileno())
        else:
            os.fdatasync(file.fileno())
