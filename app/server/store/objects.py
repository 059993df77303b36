"""The objects of an archive: staged on this machine, then kept on a shelf under a key.

An object is written into `staging` under its key and made safe, and kept only after its row is
committed; so a crash at any moment leaves either a staged file without a row, which the next start
drops, or one with a row, which it keeps. Needs one process on one folder.
"""

import errno
import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import partial
from io import SEEK_END, FileIO, RawIOBase
from pathlib import Path
from typing import Self

from app.domain.errors import StorageFullError, UnavailableError
from app.domain.storage import WATERMARKS, Watermarks
from app.server.store.data_keys import DataKeys
from app.server.store.disk import Disk
from app.server.store.folder import Folder
from app.server.store.sealed import opened, seal, sealed_size
from app.server.store.shelf import Listed, Shelf
from app.server.store.staging import Kept, Staged, Staging
from app.server.store.suspects import Suspects
from app.server.store.thumbnails import Thumbnails
from app.settings import Settings

__all__ = ["Kept", "ObjectStore", "Staged"]

CHUNK = 1 << 20
THREADS = 8
LARGE = 2 * CHUNK
"""Bytes of an object that takes longer to sync than others should wait with a transaction open."""
SEALED = ".sealed"
"""How the keys of encrypted objects end: a file can't be passed off as one of the other kind."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class ObjectStore:
    """The objects of one archive, with a place for thumbnails.

    `folder` is this machine's part; `shelf` is where objects are kept, in that folder if not said.
    With `keys`, new objects are encrypted; those that were stored plain are read as they are.
    """

    def __init__(
        self,
        folder: Path,
        watermarks: Watermarks = WATERMARKS,
        keys: DataKeys | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        self._staging = Staging(folder / "staging")
        self._shelf: Shelf = shelf or Folder(folder, self._staging)
        self._keys = keys
        self.suspects = Suspects()
        self.thumbnails = Thumbnails(folder / "thumbnails", sealed=keys is not None)
        self.disk = Disk(self._staging.folder, watermarks)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="objects")

    @classmethod
    def of(cls, settings: Settings, keys: DataKeys | None = None) -> Self:
        """The objects where `settings` say. Raises ConfigurationError."""
        folder = settings.data_dir
        watermarks = Watermarks(settings.disk_low_percent, settings.disk_full_percent)
        if not settings.object_store:
            return cls(folder, watermarks, keys)
        from app.server.store.bucket import Bucket, remote_of
        from app.server.store.read_cache import ReadCache

        staging = Staging(folder / "staging")
        limit = settings.object_cache_mb * 1024 * 1024
        cache = ReadCache(folder / "cache", limit, Disk(staging.folder, watermarks))
        shelf = Bucket(remote_of(settings), folder / "dropped", staging, cache)
        return cls(folder, watermarks, keys, shelf)

    def close(self) -> None:
        """End the threads that make objects safe; objects can still be read."""
        self._pool.shutdown()

    def identity(self) -> str | None:
        """Of which archive the objects are, None before anyone has said. Raises as `open`."""
        return self._shelf.identity()

    def identify(self, identity: str) -> None:
        """Say of which archive they are, for good. Raises as `open`."""
        self._shelf.identify(identity)

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
        data: bytes | Path | FileIO,
        start: int,
    ) -> Staged:
        """Write `head` and then `data` from byte `start` on.

        The bytes are on their way to the disk from then on, while others are still committed. For
        those of a large object, and for all that this machine does not keep alone, this waits: no
        transaction does, in which others wait too. Raises StorageFullError, and UnavailableError.
        """
        data_key = self._keys.of_study(study_uid) if self._keys else None
        shard = hashlib.sha256(series_uid.encode()).hexdigest()
        name = f"{sop_instance_uid}-{secrets.token_hex(4)}{SEALED if data_key else ''}"
        key = f"{shard[:2]}/{shard[2:4]}/{name}"
        path = self._staging.path(key)
        digest = hashlib.sha256()
        with _told_when_full():
            size = len(head) + max(_length(data) - start, 0)
            self._require_space(size)
            file = FileIO(path, "xb")
            try:
                pieces = _hashed(_chunks(head, data, start), digest)
                for each in seal(pieces, size, data_key, key) if data_key else pieces:
                    _write(file, each)
                safe = self._begin(partial(self._shelf.bring, path, key, file))
            except BaseException:
                file.close()
                path.unlink()
                raise
        staged = Staged(key, path, size, digest.hexdigest(), safe, data_key)
        if size > LARGE or not self._shelf.is_here:
            try:
                with _told_when_full():
                    safe.result()
            except BaseException:
                self.discard(staged)
                raise
        return staged

    @contextmanager
    def syncing(self, staged: Sequence[Staged]) -> Iterator[Callable[[], None]]:
        """While `staged` are made safe; what it gives waits for that, and raises as `stage`."""
        under_way = [*(each.safe for each in staged), self._begin(self._staging.sync)]

        def wait_for_all() -> None:
            with _told_when_full():
                for each in under_way:
                    each.result()

        try:
            yield wait_for_all
        finally:
            wait(under_way)

    def keep(self, staged: Staged) -> None:
        """Bring an object whose row is committed to its place. Raises OSError."""
        self._shelf.keep(staged.path, staged.key)

    def leave(self, staged: Staged) -> None:
        """Leave it to the next start to keep or drop the object: its row's fate is unknown."""
        wait([staged.safe])

    def discard(self, staged: Staged) -> None:
        """Forget an object, synced or not. Raises OSError."""
        wait([staged.safe])
        self._shelf.drop(staged.path, staged.key)

    def remove(self, *keys: str) -> None:
        """Delete objects; one that is gone already is no error.

        Raises OSError, and UnavailableError.
        """
        self._shelf.remove(*keys)

    def open(self, key: str) -> RawIOBase:
        """The object, to be read from anywhere by one thread, and closed.

        Raises NotFoundError when it is gone, or DamagedError, which reading may raise too; OSError,
        and UnavailableError.
        """
        return self._plain(self._shelf.open(key), key)

    def _plain(self, file: RawIOBase, key: str) -> RawIOBase:
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
        if not key.endswith(SEALED):
            return self._shelf.size(key)
        with self.open(key) as file:
            return file.seek(0, SEEK_END)

    @property
    def is_here(self) -> bool:
        """Whether objects lie on this machine, so that `is_whole` costs next to nothing."""
        return self._shelf.is_here

    def is_whole(self, key: str, size: int) -> bool:
        """Whether an object of `size` bytes lies there for good; a copy proves nothing.

        Raises as `open`.
        """
        return self._shelf.stat(key) == (sealed_size(size) if key.endswith(SEALED) else size)

    def plain_file(self, key: str) -> Path | None:
        """Where the object lies as it was stored, for who reads files of this machine by himself.

        None where it can only be read by `open`. Raises NotFoundError, or DamagedError.
        """
        return None if key.endswith(SEALED) else self._shelf.plain_file(key)

    def digest(self, key: str) -> str:
        """The SHA-256 of the plain bytes of what lies there now. Raises as `open`."""
        with self._plain(self._shelf.read_back(key), key) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def listed(self, before: datetime) -> Iterator[Sequence[Listed]]:
        """Those that were written before that moment, some at a time. That takes long.

        Raises OSError, and UnavailableError.
        """
        for some in self._shelf.listed():
            yield [each for each in some if each.written_at < before]

    def set_apart(self, key: str) -> None:
        """Bring a damaged object where nobody reads it. Raises as `open`."""
        self._shelf.set_apart(key)

    def tidy(self) -> None:
        """Do what was put off; to be called now and then. Raises OSError, and UnavailableError."""
        self._shelf.tidy()

    def recover(self, known: Callable[[list[str]], set[str]]) -> int:
        """After a crash: keep what has a row, drop what has none; answers how many were kept.

        `known` tells which of the given keys have a row.
        """
        staged = self._staging.all()
        kept = known(list(staged))
        for key, path in staged.items():
            if key not in kept:
                self._shelf.drop(path, key)
            elif self._shelf.is_here:
                self._shelf.keep(path, key)
            else:  # it was brought, and the crash may have spoiled what was never synced here
                path.unlink()
        return len(kept)

    def _begin(self, work: Callable[[], None]) -> Future[None]:
        try:
            return self._pool.submit(work)
        except RuntimeError as error:  # the pool takes nothing after `close`
            raise UnavailableError("the archive is closing") from error

    def _require_space(self, size: int) -> None:
        if self.disk.room() < size:
            raise StorageFullError("the disk")


@contextmanager
def _told_when_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFullError("the disk") from error
        raise UnavailableError(f"the disk: {error.strerror}") from error


def _length(data: bytes | Path | FileIO) -> int:
    if isinstance(data, Path):
        return data.stat().st_size
    return len(data) if isinstance(data, bytes) else data.seek(0, SEEK_END)


def _chunks(head: bytes, data: bytes | Path | FileIO, start: int) -> Iterator[bytes | memoryview]:
    yield head
    if isinstance(data, bytes):
        yield memoryview(data)[start:]
        return
    with FileIO(data) if isinstance(data, Path) else nullcontext(data) as file:
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
