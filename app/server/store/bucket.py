"""A shelf in a bucket of an S3-compatible service, which several servers may share.

An object is uploaded under its key before its row is committed; its staged file stays until then,
so that the next start of this server, and of no other, removes what was uploaded and got no row.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from io import SEEK_CUR, SEEK_END, FileIO, RawIOBase
from pathlib import Path
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.domain.errors import (
    ConfigurationError,
    DamagedError,
    NotFoundError,
    StorageFullError,
    UnavailableError,
)
from app.server.store.read_cache import ReadCache
from app.server.store.shelf import IDENTITY, LISTED_AT_ONCE, Listed
from app.server.store.staging import Staging, flat_name, key_of
from app.settings import Settings

PART = 8 * 1024 * 1024
"""Bytes that are sent or fetched by one request."""
PARTS_AT_ONCE = 2
MAX_RETRIES = 3
RETRY_FOR = timedelta(seconds=20)
CONNECT_TIMEOUT, TIMEOUT = timedelta(seconds=5), timedelta(seconds=60)
DELETED_AT_ONCE = 500
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"})


class Bucket:
    """Objects in `remote`; `folder` keeps the names of those that have to be deleted there."""

    is_here = False

    def __init__(self, remote: S3Store, folder: Path, staging: Staging, cache: ReadCache) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._remote = remote
        self._dropped = folder
        self._staging = staging
        self._cache = cache

    def identity(self) -> str | None:
        """What the object of that name says."""
        try:
            with _translated():
                return bytes(obstore.get(self._remote, IDENTITY).bytes()).decode("ascii").strip()
        except FileNotFoundError:
            return None

    def identify(self, identity: str) -> None:
        """Store it."""
        with _translated():
            obstore.put(self._remote, IDENTITY, f"{identity}\n".encode("ascii"))

    def bring(self, staged: Path, key: str, file: FileIO) -> None:
        """Upload it."""
        file.close()
        self._upload(staged, key)

    def keep(self, staged: Path, key: str) -> None:
        """The file becomes a copy for readers."""
        self._cache.adopt(staged, key)

    def drop(self, staged: Path, key: str) -> None:
        """Note that the upload has to be deleted; that needs no answer of the bucket now."""
        with suppress(FileNotFoundError):
            os.truncate(staged, 0)
            staged.rename(self._dropped / flat_name(key))
        self._cache.forget(key)

    def open(self, key: str) -> RawIOBase:
        """A copy on this machine where there is room for one, else the object piece by piece."""
        with self._cache.turn(key):
            copy = self._cache.open(key)
            if copy:
                return copy
            remote = self._remote_object(key)
            return self._cache.fill(key, remote, remote.size) or remote

    def read_back(self, key: str) -> "RemoteObject":
        """The object in the bucket, piece by piece; a copy, which may be why, is dropped."""
        self._cache.forget(key)
        return self._remote_object(key)

    def _remote_object(self, key: str) -> "RemoteObject":
        try:
            return RemoteObject(partial(self._range, _placed(key)))
        except FileNotFoundError:
            raise self._missing(key) from None

    def size(self, key: str) -> int:
        """Bytes of the copy, or of the object in the bucket."""
        size = self._cache.size(key)
        if size is not None:
            return size
        with self._remote_object(key) as remote:
            return remote.size

    def stat(self, key: str) -> int:
        """Bytes of the object in the bucket."""
        try:
            with _translated():
                return obstore.head(self._remote, _placed(key))["size"]
        except FileNotFoundError:
            raise self._missing(key) from None

    def plain_file(self, key: str) -> None:
        """None: a copy may go at any moment."""
        del key

    def listed(self) -> Iterator[Sequence[Listed]]:
        """All objects in their places."""
        with _translated():
            for some in obstore.list(self._remote, _placed(""), chunk_size=LISTED_AT_ONCE):
                yield [
                    Listed(
                        each["path"].removeprefix(_placed("")),
                        each["size"],
                        each["last_modified"],
                    )
                    for each in some
                ]

    def set_apart(self, key: str) -> None:
        """Move the object to the damaged ones."""
        try:
            with _translated():
                obstore.rename(self._remote, _placed(key), _damaged(key))
        except FileNotFoundError:
            raise self._missing(key) from None
        self._cache.forget(key)

    def remove(self, *keys: str) -> None:
        """Delete the objects and what this machine has of them."""
        for start in range(0, len(keys), DELETED_AT_ONCE):
            some = keys[start : start + DELETED_AT_ONCE]
            paths = [place(key) for key in some for place in (_placed, _damaged)]
            with _translated():
                obstore.delete(self._remote, paths)
        for key in keys:
            self._cache.forget(key)
            self._staging.path(key).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Delete uploads that got no row, and trim the copies."""
        dropped = list(self._dropped.iterdir())
        for start in range(0, len(dropped), DELETED_AT_ONCE):
            some = dropped[start : start + DELETED_AT_ONCE]
            with _translated():
                obstore.delete(self._remote, [_placed(key_of(each)) for each in some])
            for each in some:
                each.unlink()
        self._cache.trim()

    def _upload(self, file: Path, key: str) -> None:
        with _translated():
            obstore.put(
                self._remote, _placed(key), file, chunk_size=PART, max_concurrency=PARTS_AT_ONCE
            )

    def _range(self, path: str, start: int, end: int) -> tuple[bytes, int]:
        with _translated():
            result = obstore.get(self._remote, path, options={"range": (start, end)})
            return bytes(result.bytes()), result.meta["size"]

    def _missing(self, key: str) -> NotFoundError:
        try:
            with _translated():
                obstore.head(self._remote, _damaged(key))
        except FileNotFoundError:
            return NotFoundError("the object is not in the bucket")
        return DamagedError("the object is damaged")


class RemoteObject(RawIOBase):
    """An object that is fetched in parts as it is read.

    `fetch` gives the bytes between two positions, and the size of the whole.
    """

    def __init__(self, fetch: Callable[[int, int], tuple[bytes, int]]) -> None:
        self._fetch = fetch
        self._position = self._start = 0
        self._part, self.size = fetch(0, PART)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go on elsewhere."""
        self._position = offset + {SEEK_CUR: self._position, SEEK_END: self.size}.get(whence, 0)
        return self._position

    def tell(self) -> int:
        """Where it is read next."""
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # any buffer is one
        """Fill `buffer`, less at the end or where a part ends."""
        wanted = min(len(buffer), self.size - self._position)
        if wanted <= 0:
            return 0
        if not self._start <= self._position < self._start + len(self._part):
            self._part, _ = self._fetch(self._position, min(self._position + PART, self.size))
            self._start = self._position
        first = self._position - self._start
        piece = self._part[first : first + wanted]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def readall(self) -> bytes:
        """What is left, in parts."""
        found = bytearray(max(self.size - self._position, 0))
        view = memoryview(found)
        while view:
            view = view[self.readinto(view) :]
        return bytes(found)


def remote_of(settings: Settings) -> S3Store:
    """The bucket that `object_store` names. Raises ConfigurationError."""
    url = urlsplit(settings.object_store)
    if url.scheme != "s3" or not url.netloc:
        raise ConfigurationError("object_store must be s3://bucket or s3://bucket/prefix")
    secret = settings.object_store_secret.get_secret_value()
    given = {
        "endpoint": settings.object_store_endpoint,
        "region": settings.object_store_region,
        "access_key_id": settings.object_store_key_id,
        "secret_access_key": secret,
    }
    try:
        return S3Store(
            url.netloc,
            prefix=url.path.strip("/") or None,
            client_options={
                "allow_http": settings.object_store_endpoint.startswith("http://"),
                "connect_timeout": CONNECT_TIMEOUT,
                "timeout": TIMEOUT,
            },
            retry_config={"max_retries": MAX_RETRIES, "retry_timeout": RETRY_FOR},
            config={name: value for name, value in given.items() if value},  # type: ignore[arg-type]  # its keys
        )
    except (BaseError, ValueError) as error:
        raise ConfigurationError("object_store can't be used as it is set") from error


@contextmanager
def _translated() -> Iterator[None]:
    """Failures as ours; texts of the service name keys, and stay out of the log."""
    try:
        yield
    except FileNotFoundError as error:
        if _code_in(error) == "NoSuchBucket":
            raise UnavailableError("the bucket is not there") from None
        raise
    except BaseError as error:
        code = _code_in(error)
        if code in FULL or "507 Insufficient Storage" in str(error):
            raise StorageFullError("the bucket") from None
        raise UnavailableError(f"the bucket: {code or type(error).__name__}") from None


def _code_in(error: Exception) -> str:
    found = _CODE.search(str(error))
    return found[1] if found else ""


def _placed(key: str) -> str:
    return f"objects/{key}"


def _damaged(key: str) -> str:
    return f"damaged/{key}"
