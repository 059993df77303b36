"""Copies on this machine of objects that lie elsewhere: those that were read last."""

import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO, RawIOBase
from pathlib import Path

from app.domain.storage import DiskLevel
from app.server.store.disk import Disk
from app.server.store.staging import flat_name

PIECE = 1 << 20
TURNS = 64
MOST_OF_IT = 4
"""An object larger than this part of the cache would drive out too many others: it is not kept."""
KEPT_S = 24 * 3600
"""So long a copy is used at most: another server may have removed the object, or set it apart."""


@dataclass(frozen=True, slots=True)
class _Copy:
    path: Path
    size: int
    until: float


class ReadCache:
    """At most `limit` bytes of copies in `folder`; the one that was read longest ago goes first.

    Copies of an earlier run are removed, because a crash may have spoiled what was never synced.
    They leave the disk to the archive before it is low.
    """

    def __init__(
        self, folder: Path, limit: int, disk: Disk, clock: Callable[[], float] = time.monotonic
    ) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._limit = limit
        self._disk = disk
        self._clock = clock
        self._copies: OrderedDict[str, _Copy] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()
        self._turns = [threading.Lock() for _ in range(TURNS)]

    @contextmanager
    def turn(self, key: str) -> Iterator[None]:
        """While one thread fetches an object, others that want it wait."""
        with self._turns[hash(key) % TURNS]:
            yield

    def open(self, key: str) -> FileIO | None:
        """The copy, or None; it can be read to its end even when it leaves the cache meanwhile."""
        with self._lock:
            found = self._copies.get(key)
            if found is None:
                return None
            self._copies.move_to_end(key)
            if found.until > self._clock():
                with suppress(OSError):  # somebody cleared the folder
                    return FileIO(found.path)
            self._forget(key)
        return None

    def size(self, key: str) -> int | None:
        """Bytes of the copy, or None without one."""
        with self._lock:
            found = self._copies.get(key)
            return found.size if found and found.until > self._clock() else None

    def adopt(self, path: Path, key: str) -> None:
        """Take over a file that is the object, if there is room; it is gone from `path`."""
        size = path.stat().st_size
        if self._has_room(size):
            self._enter(key, path, size).close()
        else:
            path.unlink()

    def fill(self, key: str, source: RawIOBase, size: int) -> FileIO | None:
        """Copy an object and open the copy; None where it can't be kept. Raises as `source`."""
        if not self._has_room(size):
            return None
        path = self._folder / secrets.token_hex(8)
        try:
            with path.open("xb") as copy:
                shutil.copyfileobj(source, copy, PIECE)
        except OSError:  # the disk does not take it: the object is read without a copy
            path.unlink(missing_ok=True)
            return None
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return self._enter(key, path, size)

    def forget(self, key: str) -> None:
        """Drop a copy."""
        with self._lock:
            self._forget(key)

    def trim(self) -> None:
        """Drop what is old, and what a disk that is low has no room for."""
        with self._lock:
            for key in [key for key, each in self._copies.items() if each.until <= self._clock()]:
                self._forget(key)
            while self._copies and self._is_low():
                self._forget(next(iter(self._copies)))

    def _has_room(self, size: int) -> bool:
        return size <= self._limit // MOST_OF_IT and not self._is_low()

    def _is_low(self) -> bool:
        return self._disk.state().level is not DiskLevel.GOOD

    def _enter(self, key: str, path: Path, size: int) -> FileIO:
        target = self._folder / flat_name(key)
        with self._lock:
            self._forget(key)
            path.rename(target)
            file = FileIO(target)
            self._copies[key] = _Copy(target, size, self._clock() + KEPT_S)
            self._held += size
            while self._held > self._limit:
                self._forget(next(iter(self._copies)))
        return file

    def _forget(self, key: str) -> None:
        found = self._copies.pop(key, None)
        if found:
            self._held -= found.size
            with suppress(OSError):  # Windows keeps what is open; the next start removes it
                found.path.unlink(missing_ok=True)
