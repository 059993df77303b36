"""The file around a data set (PS3.10 7): preamble, meta information, transfer syntax, deflation.

Bare data sets and wrong meta information are accepted where the data set itself tells how it is
written; what is stored always gets an empty preamble and meta information that agrees with it.
"""

import mmap
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import SEEK_END, RawIOBase
from pathlib import Path

from app.dicom import elements
from app.dicom.elements import (
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT_LE,
    Budget,
    Buffer,
    DataSet,
    Encoding,
)
from app.domain.ingest import RefusalReason, RefusedObjectError

PREAMBLE = bytes(128)
PREFIX = b"DICM"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
ENCAPSULATED_UNCOMPRESSED = "1.2.840.10008.1.2.1.98"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
NATIVE = frozenset({IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN})
_NEWER = frozenset(  # than pydicom's dictionary: JPEG XL, Deflated Image Frame
    {f"1.2.840.10008.1.2.4.{number}" for number in (110, 111, 112)}
    | {ENCAPSULATED_UNCOMPRESSED, "1.2.840.10008.1.2.8.1"}
)
Source = Buffer | Path | RawIOBase
"""Where an object is read from: memory, a file by its path, or what is open and can be sought in.
Whoever opened it closes it; it is read from its start wherever it stands."""
MAX_INFLATED = 256 * 1024 * 1024
MAX_META = 64 * 1024
IMPLEMENTATION_UID = "2.25.26286441087819092535386176791931686624"
IMPLEMENTATION_NAME = "KLINIKA_PRO"


@dataclass(frozen=True, slots=True)
class Body:
    """The data set of an object: `buffer[start:]` in `encoding`, inflated if it was deflated.

    `transfer_syntax_uid` is how it is really written, `meta` holds the declared UIDs by tag, and
    the data set begins at `file_start` of the file.
    """

    buffer: Buffer
    start: int
    encoding: Encoding
    transfer_syntax_uid: str
    meta: dict[int, str]
    file_start: int


@contextmanager
def opened(source: Source) -> Iterator[Buffer]:
    """The bytes of an object; a file is mapped, not read."""
    if isinstance(source, Buffer):
        yield source
        return
    buffer = _buffer(source)
    try:
        yield buffer
    finally:
        if not isinstance(buffer, bytes):
            buffer.close()


def _buffer(source: Path | RawIOBase) -> Buffer:
    if isinstance(source, Path):
        with source.open("rb", buffering=0) as file:
            return _buffer(file)
    if source.seek(0, SEEK_END) == 0:
        return b""
    try:
        descriptor = source.fileno()
    except OSError:  # no file of this machine
        source.seek(0)
        return source.readall()
    return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)


def body(buffer: Buffer, *, max_inflated: int = MAX_INFLATED) -> Body:
    """Find the data set. Raises RefusedObjectError when `buffer` is no DICOM object."""
    meta, start = _meta(buffer)
    declared = meta.get(0x00020010, "")
    if declared and declared not in known_transfer_syntaxes():
        raise RefusedObjectError(RefusalReason.TRANSFER_SYNTAX, declared[:64])
    if declared == DEFLATED:
        inflated = _inflate(buffer[start:], max_inflated)
        return Body(inflated, 0, EXPLICIT_LE, DEFLATED, meta, start)
    expected = _encoding(declared) if declared else None
    encoding = _sniffed(buffer, start, expected)
    syntax = declared
    if encoding != expected and (not declared or declared in NATIVE):
        syntax = native_syntax(encoding)
    return Body(buffer, start, encoding, syntax, meta, start)


def without_meta(source: Source) -> memoryview:
    """The data set of a Part 10 file as it is written there, for a peer who was told the syntax.

    A file is mapped, not read, as long as the view is there; `source` may be closed before.
    """
    buffer = source if isinstance(source, Buffer) else _buffer(source)
    return memoryview(buffer)[_meta(buffer)[1] :]


def has_preamble(source: Source) -> bool:
    """Whether something stands where nothing has to, which may make another file of it."""
    with opened(source) as buffer:
        return buffer[128:132] == PREFIX and buffer[:128] != PREAMBLE


def data_set(buffer: Buffer) -> DataSet:
    """The elements of the object in `buffer`. Raises RefusedObjectError."""
    found = body(buffer)
    return elements.scan(found.buffer, found.start, len(found.buffer), found.encoding, Budget())


@cache
def known_transfer_syntaxes() -> frozenset[str]:
    """Every transfer syntax of PS3.6 A that is not private; the rest can't be trusted."""
    from pydicom.uid import AllTransferSyntaxes, UID_dictionary

    listed = {uid for uid, entry in UID_dictionary.items() if entry[1] == "Transfer Syntax"}
    return frozenset(listed | {str(uid) for uid in AllTransferSyntaxes} | _NEWER)


def stored_head(transfer_syntax_uid: str, sop_class_uid: str, sop_instance_uid: str) -> bytes:
    """Preamble, prefix and meta information for a stored object (PS3.10 7.1)."""
    values = b"".join(
        [
            _meta_element(0x0001, b"OB", b"\0\1"),
            _meta_element(0x0002, b"UI", sop_class_uid.encode("ascii")),
            _meta_element(0x0003, b"UI", sop_instance_uid.encode("ascii")),
            _meta_element(0x0010, b"UI", transfer_syntax_uid.encode("ascii")),
            _meta_element(0x0012, b"UI", IMPLEMENTATION_UID.encode("ascii")),
            _meta_element(0x0013, b"SH", IMPLEMENTATION_NAME.encode("ascii")),
        ]
    )
    length = _meta_element(0x0000, b"UL", struct.pack("<I", len(values)))
    return PREAMBLE + PREFIX + length + values


def deflated(data_set: bytes) -> bytes:
    """An encoded data set as the deflated transfer syntax has it (PS3.5 A.5)."""
    return b"".join(deflated_pieces([data_set]))


def deflated_pieces(data_set: Iterable[bytes]) -> Iterator[bytes]:
    """The same of one that comes in pieces."""
    deflater, size = zlib.compressobj(wbits=-zlib.MAX_WBITS), 0
    for piece in data_set:
        packed = deflater.compress(piece)
        size += len(packed)
        yield packed
    packed = deflater.flush()
    yield packed + b"\0" * ((size + len(packed)) % 2)


def _meta_element(number: int, vr: bytes, value: bytes) -> bytes:
    value += (b" " if vr == b"SH" else b"\0") * (len(value) % 2)
    if vr == b"OB":
        return struct.pack("<HH2sHI", 2, number, vr, 0, len(value)) + value
    return struct.pack("<HH2sH", 2, number, vr, len(value)) + value


def _meta(buffer: Buffer) -> tuple[dict[int, str], int]:
    """(declared values by tag, start of the data set); the group length is not believed."""
    if len(buffer) < 8:
        raise RefusedObjectError(RefusalReason.NOT_DICOM)
    start = 132 if buffer[128:132] == PREFIX else 0
    if start == 0 and buffer[:4] == PREFIX:
        start = 4
    if start == len(buffer):
        raise RefusedObjectError(RefusalReason.TRUNCATED)
    if buffer[start : start + 2] != b"\2\0":
        return {}, start
    encoding = EXPLICIT_LE if buffer[start + 4 : start + 6] in elements.VRS else IMPLICIT_LE
    position, found = start, {0x00020002: "", 0x00020003: "", 0x00020010: ""}
    end = min(len(buffer), start + MAX_META)
    while position + 8 <= end and buffer[position : position + 2] == b"\2\0":
        tag, _, value, length = elements.read_header(buffer, position, end, encoding)
        if value + length > len(buffer):
            raise RefusedObjectError(RefusalReason.TRUNCATED, "in the meta information")
        if tag in found:
            found[tag] = buffer[value : value + min(length, 1024)].decode("latin_1").strip(" \0")
        position = value + length
    return found, position


def native_syntax(encoding: Encoding) -> str:
    """The transfer syntax of uncompressed data in `encoding`."""
    return {IMPLICIT_LE: IMPLICIT, EXPLICIT_BE: BIG_ENDIAN}.get(encoding, EXPLICIT)


def _encoding(transfer_syntax_uid: str) -> Encoding:
    if transfer_syntax_uid == IMPLICIT:
        return IMPLICIT_LE
    return EXPLICIT_BE if transfer_syntax_uid == BIG_ENDIAN else EXPLICIT_LE


def _sniffed(buffer: Buffer, start: int, expected: Encoding | None) -> Encoding:
    """How the data set is really written, by its first element (its group is below 0x0100)."""
    if len(buffer) - start < 8:
        raise RefusedObjectError(RefusalReason.TRUNCATED, "no data set")
    little_group, little_number, vr, _ = struct.unpack_from("<HH2sH", buffer, start)
    if vr in elements.VRS:
        return EXPLICIT_LE if little_group < 0x0100 else EXPLICIT_BE
    if expected is None or expected.explicit:
        _require_implicit(buffer, start, little_group, little_number)
    return IMPLICIT_LE


def _require_implicit(buffer: Buffer, start: int, group: int, number: int) -> None:
    """Refuse what can't be an implicit data set: an odd first tag or a length past the end."""
    length = struct.unpack_from("<I", buffer, start + 4)[0]
    is_plausible = 2 < group <= 0x0020 and number <= 0x3000 and length <= len(buffer) - start - 8
    if not is_plausible:
        raise RefusedObjectError(RefusalReason.NOT_DICOM)


def _inflate(deflated: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(deflated, limit)
    except zlib.error as error:
        raise RefusedObjectError(
            RefusalReason.CORRUPT, "the deflated data set is broken"
        ) from error
    if inflater.unconsumed_tail:
        raise RefusedObjectError(RefusalReason.TOO_LARGE, "the data set inflates beyond the limit")
    if not inflater.eof:
        raise RefusedObjectError(RefusalReason.TRUNCATED, "the deflated data set ends early")
    return inflated
