"""Objects as files: staged, synced, then kept under a key.

An object is written into `staging` under its key, synced with that folder, and only after its row
is committed moved to its place; so a crash at any moment leaves either a staged file without a row,
which the next start removes, or one with a row, which it moves. Needs one process on one folder.
"""

import errno
import hashlib
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import SEEK_END, FileIO, RawIOBase
from pathlib import Path
from typing import NamedTuple, TypeVar

from app.domain.errors import DamagedError, NotFoundError, StorageFullError, UnavailableError
from app.domain.storage import WATERMARKS, Watermarks
from app.server.store.data_keys import DataKeys
from app.server.store.disk import Disk
from app.server.store.sealed import DataKey, opened, seal
from app.server.store.suspects import Suspects
from app.server.store.thumbnails import Thumbnails

_T = TypeVar("_T")

CHUNK = 1 << 20
SYNC_THREADS = 8
SEPARATOR = "+"
SEALED = ".sealed"
"""How the keys of encrypted objects end: a file can't be passed off as one of the other kind."""
LOOKS, LOOK_S = 50, 0.001
"""How often to look for an object that is still in `staging`: it is moved when its row is there."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Kept(NamedTuple):
    """The file of an object; `size` and `sha256` are of its plain bytes.

    `received_sha256` is what it would be had nothing been changed on receive, None where it is.
    """

    key: str
    size: int
    sha256: str
    received_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """An object that is written, not yet safe; `size` and `sha256` are of its plain bytes.

    `synced` is done when the bytes are on the disk, or could not be brought there; `data_key` is
    what encrypts them, if anything.
    """

    key: str
    path: Path
    size: int
    sha256: str
    synced: Future[None]
    data_key: DataKey | None

    @property
    def kept(self) -> Kept:
        """The file it will be."""
        return Kept(self.key, self.size, self.sha256)


class ObjectStore:
    """The objects of one archive in `folder`, with a place for thumbnails.

    With `keys`, new objects are encrypted; those that were stored plain are read as they are.
    """

    def __init__(
        self, folder: Path, watermarks: Watermarks = WATERMARKS, keys: DataKeys | None = None
    ) -> None:
        self._objects = folder / "objects"
        self._staging = folder / "staging"
        self._damaged = folder / "damaged"
        for each in (self._objects, self._staging, self._damaged):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._keys = keys
        self.suspects = Suspects()
        self.thumbnails = Thumbnails(folder / "thumbnails", sealed=keys is not None)
        self.disk = Disk(self._staging, watermarks)
        self._pool = ThreadPoolExecutor(SYNC_THREADS, thread_name_prefix="sync")

    def close(self) -> None:
        """End the threads that sync; objects can still be read."""
        self._pool.shutdown()

    def forget_keys(self) -> None:
        """Drop data keys from memory, because some were removed."""
        if self._keys:
            self._keys.forget()

    def stage(
        self,
        study_uid: str,
        series_uid: str,
        sop_instance_uid: str,
        head: bytes,
        data: bytes | Path,
        start: int,
    ) -> Staged:
        """Write `head` and then `data` from byte `start` on.

        The bytes are on their way to the disk from then on, while others are still committed.
        Raises StorageFullError, and UnavailableError.
        """
        data_key = self._keys.of_study(study_uid) if self._keys else None
        shard = hashlib.sha256(series_uid.encode()).hexdigest()
        name = f"{sop_instance_uid}-{secrets.token_hex(4)}{SEALED if data_key else ''}"
        key = f"{shard[:2]}/{shard[2:4]}/{name}"
        path = self._staged_path(key)
        digest = hashlib.sha256()
        with _told_when_full():
            length = len(data) if isinstance(data, bytes) else data.stat().st_size
            size = len(head) + max(length - start, 0)
            self._require_space(size)
            file = FileIO(path, "xb")
            try:
                pieces = _hashed(_chunks(head, data, start), digest)
                for each in seal(pieces, size, data_key, key) if data_key else pieces:
                    _write(file, each)
                synced = self._begin(_sync_and_close, file)
            except BaseException:
                file.close()
                path.unlink()
                raise
        return Staged(key, path, size, digest.hexdigest(), synced, data_key)

    @contextmanager
    def syncing(self, staged: Sequence[Staged]) -> Iterator[Callable[[], None]]:
        """While the bytes and names of `staged` go to the disk; what it gives waits for them.

        The wait raises as `stage`.
        """
        names = self._begin(_sync_folder, self._staging)
        under_way = [*(each.synced for each in staged), names]

        def wait_for_all() -> None:
            with _told_when_full():
                for each in under_way:
                    each.result()

        try:
            yield wait_for_all
        finally:
            wait(under_way)

    def keep(self, staged: Staged) -> None:
        """Move an object whose row is committed to its place. Raises OSError."""
        self._place(staged.path, staged.key)

    def leave(self, staged: Staged) -> None:
        """Leave it to the next start to keep or remove the object: its row's fate is unknown."""
        wait([staged.synced])

    def discard(self, staged: Staged) -> None:
        """Forget an object, synced or not. Raises OSError."""
        wait([staged.synced])
        staged.path.unlink(missing_ok=True)

    def remove(self, key: str) -> None:
        """Delete an object's file; one that is gone already is no error. Raises OSError."""
        for path in (self._staged_path(key), self._objects / key, self._damaged_path(key)):
            path.unlink(missing_ok=True)

    def open(self, key: str) -> RawIOBase:
        """The object, to be read from anywhere by one thread, and closed.

        Raises NotFoundError when its file is gone, or DamagedError, which reading may raise too;
        and OSError.
        """
        file = self._opened(key)
        if not key.endswith(SEALED):
            return file
        assert self._keys  # noqa: S101 - no server starts without those of its objects
        try:
            return opened(file, key, self._keys.secret)
        except BaseException:
            file.close()
            raise

    def size(self, key: str) -> int:
        """Bytes of the object. Raises as `open`."""
        with self.open(key) as file:
            return file.seek(0, SEEK_END)

    def plain_file(self, key: str) -> Path | None:
        """Where the object lies as it was stored, for who reads files of this machine by himself.

        None where it can only be read by `open`. Raises NotFoundError, or DamagedError.
        """
        return None if key.endswith(SEALED) else self._path(key)

    def digest(self, key: str) -> str:
        """The SHA-256 of the object's plain bytes as they are now. Raises as `open`."""
        with self.open(key) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def set_apart(self, key: str) -> None:
        """Move a damaged file where nobody reads it. Raises OSError."""
        self._path(key).rename(self._damaged_path(key))

    def recover(self, known: Callable[[list[str]], set[str]]) -> int:
        """After a crash: keep what has a row, remove what has none; answers how many were kept.

        `known` tells which of the given keys have a row.
        """
        names = {path.name.replace(SEPARATOR, "/"): path for path in self._staging.iterdir()}
        kept = known(list(names))
        for key, path in names.items():
            if key in kept:
                self._place(path, key)
            else:
                path.unlink()
        return len(kept)

    def _opened(self, key: str) -> FileIO:
        placed = self._objects / key
        for path in (placed, self._staged_path(key), placed):  # it may be moved just now
            with suppress(FileNotFoundError, NotADirectoryError):
                return FileIO(path)
        raise self._missing(key)

    def _path(self, key: str) -> Path:
        placed, staged = self._objects / key, self._staged_path(key)
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

    def _begin(self, work: Callable[[_T], None], argument: _T) -> Future[None]:
        try:
            return self._pool.submit(work, argument)
        except RuntimeError as error:  # the pool takes nothing after `close`
            raise UnavailableError("the archive is closing") from error

    def _staged_path(self, key: str) -> Path:
        return self._staging / key.replace("/", SEPARATOR)

    def _damaged_path(self, key: str) -> Path:
        return self._damaged / key.replace("/", SEPARATOR)

    def _require_space(self, size: int) -> None:
        if self.disk.room() < size:
            raise StorageFullError("the disk")

    def _place(self, path: Path, key: str) -> None:
        target = self._objects / key
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.rename(target)


@contextmanager
def _told_when_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFullError("the disk") from error
        raise UnavailableError(f"the disk: {error.strerror}") from error


def _chunks(head: bytes, data: bytes | Path, start: int) -> Iterator[bytes | memoryview]:
    yield head
    if isinstance(data, bytes):
        yield memoryview(data)[start:]
        return
    with data.open("rb", buffering=0) as file:
        file.seek(start)
        while chunk := file.read(CHUNK):
            yield chunk


def _hashed(
    pieces: Iterable[bytes | memoryview], digest: "hashlib._Hash"
) -> Iterator[bytes | memoryview]:
    for each in pieces:
        digest.update(each)
        yield each


def _write(file: FileIO, chunk: bytes | memoryview) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]


def _sync_and_close(file: FileIO) -> None:
    with file:
        if sys.platform == "darwin":
            import fcntl

            fcntl.fcntl(file, fcntl.F_FULLFSYNC)  # fsync leaves it in the drive's cache there
        elif sys.platform == "win32":
            os.fsync(file.fileno())
        else:
            os.fdatasync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # NTFS logs names by itself, and has no call for it
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
