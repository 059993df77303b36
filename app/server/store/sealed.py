"""Objects under encryption: AES-256-GCM in chunks, so that any part is read without the rest.

The bytes are cut into chunks of CHUNK, and each is encrypted with its index as nonce, under a key
that serves this one object: HKDF-SHA256 makes it of the study's data key, a random salt, and what
the chunks must agree with, the header and the object's key in the store. It is the construction of
Tink's streaming AES-GCM-HKDF, whose segments are found in the same way. A chunk that was changed,
cut off, moved, or taken from another object does not open.

The header has HEADER.size bytes: MAGIC with the version, the number of the data key, how many plain
bytes there are, the salt.
"""

import secrets
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import SEEK_CUR, SEEK_END, SEEK_SET, RawIOBase
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.domain.errors import DamagedError, UnavailableError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAGIC = b"KLSEAL\x00\x01"
HEADER = struct.Struct(">8s16sQ32s")
KEY_SIZE = 32
SALT_SIZE = 32
NONCE_SIZE = 12
TAG_SIZE = 16
CHUNK = 256 * 1024
"""Plain bytes of a chunk. Smaller ones cost more calls, larger ones more for a header alone."""
AT_ONCE = 16
"""Chunks that are read and opened together at most."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key of a study's objects, `id` in hexadecimal digits; `secret` never leaves memory.

    `wrapped` is what is kept of it, `wrapped_by` names the key-encryption key.
    """

    id: str
    study_uid: str
    secret: bytes = field(repr=False)
    wrapped: bytes = field(repr=False)
    wrapped_by: str


def seal(
    pieces: Iterable[bytes | memoryview], size: int, key: DataKey, name: str
) -> Iterator[bytes]:
    """What is written of an object of `size` bytes that comes in `pieces`; `name` is its key.

    Raises UnavailableError when `pieces` are not that long: then nothing of it can be read.
    """
    header = HEADER.pack(MAGIC, bytes.fromhex(key.id), size, secrets.token_bytes(SALT_SIZE))
    cipher = _cipher(header, key.secret, name)
    yield header
    taken = 0
    for index, chunk in enumerate(_chunks(pieces)):
        taken += len(chunk)
        yield cipher.encrypt(_nonce(index), chunk, None)
    if taken != size:
        raise UnavailableError("what is stored changed while it was read")


class ChunkReader(RawIOBase):
    """The `size` plain bytes of chunks that lie in `raw` from `start` on, to be read from anywhere.

    It closes `raw` with itself. Reading raises DamagedError when a chunk does not open.
    """

    def __init__(self, raw: RawIOBase, cipher: AESGCM, size: int, start: int = 0) -> None:
        super().__init__()
        self._raw = raw
        self._cipher = cipher
        self._size = size
        self._start = start
        self._at = 0
        self._first = 0
        self._opened: list[bytes] = []

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """As in a file."""
        base = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def tell(self) -> int:
        """Where it stands."""
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """As many bytes as are wanted, or all that are left. Raises DamagedError and OSError."""
        target = memoryview(buffer).cast("B")
        filled = 0
        for part in self._parts(len(target)):
            target[filled : filled + len(part)] = part
            filled += len(part)
        return filled

    def readall(self) -> bytes:
        """All that is left. Raises as `readinto`."""
        return b"".join(self._parts(self._size))

    def chunk(self, index: int, last: int) -> bytes:
        """One chunk; those behind it up to `last` are read with it, as far as AT_ONCE.

        Raises as `readinto`.
        """
        if not self._first <= index < self._first + len(self._opened):
            self._opened = self._open(index, min(last - index + 1, AT_ONCE))
            self._first = index
        return self._opened[index - self._first]

    def close(self) -> None:
        """Close what is below as well."""
        self._raw.close()
        super().close()

    def _parts(self, wanted: int) -> Iterator[memoryview]:
        stop = min(self._at + wanted, self._size)
        while self._at < stop:
            index, start = divmod(self._at, CHUNK)
            chunk = self.chunk(index, (stop - 1) // CHUNK)
            part = memoryview(chunk)[start : start + stop - self._at]
            if not part:
                raise DamagedError("a sealed object is cut off")
            self._at += len(part)
            yield part

    def _open(self, first: int, count: int) -> list[bytes]:
        step = CHUNK + TAG_SIZE
        self._raw.seek(self._start + first * step)
        sealed = memoryview(_read(self._raw, count * step))
        try:
            return [
                self._cipher.decrypt(_nonce(first + index), sealed[index * step :][:step], None)
                for index in range(count)
            ]
        except InvalidTag:
            raise DamagedError("a sealed object was changed") from None


def opened(raw: RawIOBase, name: str, secret_of: Callable[[str], bytes]) -> ChunkReader:
    """A reader of what was sealed under `name`; `secret_of` tells a data key by its id.

    Raises DamagedError when another header lies there than was written, and as `secret_of`.
    """
    header = _read(raw, HEADER.size)
    if len(header) != HEADER.size or not header.startswith(MAGIC):
        raise DamagedError("a sealed object does not begin as one")
    _, number, size, _ = HEADER.unpack(header)
    if raw.seek(0, SEEK_END) != sealed_size(size):
        raise DamagedError("a sealed object is too short or too long")
    reader = ChunkReader(raw, _cipher(header, secret_of(number.hex()), name), size, HEADER.size)
    reader.chunk(0, 0)  # opens under this header alone: from here on it is known to be right
    return reader


def sealed_size(size: int) -> int:
    """Bytes that `size` plain ones take when they are sealed."""
    return HEADER.size + size + TAG_SIZE * max(-(-size // CHUNK), 1)


def _cipher(header: bytes, secret: bytes, name: str) -> AESGCM:
    *_, salt = HEADER.unpack(header)
    return AESGCM(HKDF(SHA256(), KEY_SIZE, salt, header + name.encode()).derive(secret))


def _nonce(index: int) -> bytes:
    return index.to_bytes(NONCE_SIZE, "big")


def _chunks(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    """`pieces` cut anew: all CHUNK long but the last, and one even of nothing."""
    rest: bytes | memoryview = b""
    for piece in pieces:
        view = memoryview(piece)
        if rest:
            missing = CHUNK - len(rest)
            rest, view = bytes(rest) + view[:missing], view[missing:]
            if not view:
                continue
            yield rest
        while len(view) > CHUNK:
            yield view[:CHUNK]
            view = view[CHUNK:]
        rest = view
    yield rest


def _read(raw: RawIOBase, size: int) -> bytes:
    """`size` bytes, or all that are left."""
    parts = []
    while size and (part := raw.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
