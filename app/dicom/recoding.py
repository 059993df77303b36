"""A data set written anew in another encoding: byte order, explicit or implicit VR (PS3.5 7).

Values are moved, not understood: only words of binary values are turned where the byte order
changes, so that broken or unknown text comes out as it went in. Group lengths and trailing padding,
which would no longer be true, are left out.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from app.dicom.elements import (
    ITEM,
    LONG_VRS,
    SEQUENCE_END,
    SHORT_VRS,
    UNDEFINED,
    DataSet,
    Element,
    Encoding,
)
from app.dicom.representations import PIXEL_REPRESENTATION, SEQUENCE, UNKNOWN, representation
from app.dicom.sameness import TRAILING_PADDING, WORDS

PIXEL_DATA = 0x7FE00010
BITS_ALLOCATED = 0x00280100
ICON_IMAGES = 0x00880200
MAX_SHORT = 0xFFFE
PIECE = 1 << 20


def recoded(
    data_set: DataSet,
    encoding: Encoding,
    replaced: Mapping[int, bytes] | None = None,
    *,
    is_signed: bool = False,
) -> bytes:
    """The elements of `data_set` in `encoding`, in ascending order.

    `replaced` gives whole elements, already in `encoding`, that take the place of those of the same
    tag or are added; an empty one takes an element away. `is_signed` is what holds for an item
    without a PixelRepresentation of its own.
    """
    return b"".join(
        piece
        for _, pieces in elements(data_set, encoding, replaced, is_signed=is_signed)
        for piece in pieces
    )


def elements(
    data_set: DataSet,
    encoding: Encoding,
    replaced: Mapping[int, bytes] | None = None,
    *,
    is_signed: bool = False,
) -> Iterator[tuple[int, Iterable[bytes]]]:
    """The same one by one, by tag; large pixel data comes in pieces."""
    if PIXEL_REPRESENTATION in data_set:
        is_signed = _number(data_set, PIXEL_REPRESENTATION) == 1
    new = replaced or {}
    for tag in sorted(data_set.elements.keys() | new.keys()):
        if tag in new:
            yield tag, [new[tag]]
        elif tag == PIXEL_DATA:
            yield tag, _pixels(data_set, data_set.elements[tag], encoding)
        elif tag & 0xFFFF and tag != TRAILING_PADDING:
            found = data_set.elements[tag]
            yield tag, [_rewritten(data_set, tag, found, encoding, is_signed=is_signed)]


def element(tag: int, vr: bytes, value: bytes, encoding: Encoding) -> bytes:
    """One encoded element; `value` is padded to an even length."""
    if len(value) % 2:
        value += b"\0" if vr in (b"OB", b"UN", b"UI") else b" "
    return element_head(tag, vr, len(value), encoding) + value


def _rewritten(
    data_set: DataSet, tag: int, found: Element, encoding: Encoding, *, is_signed: bool
) -> bytes:
    vr = found.vr
    if vr not in SHORT_VRS and vr not in LONG_VRS:
        vr = representation(data_set, tag, is_signed=is_signed) if not vr else UNKNOWN
        if found.items >= 0:
            vr = SEQUENCE
    if vr == UNKNOWN and found.items >= 0:
        return _unknown_sequence(data_set, tag, found, encoding)
    if vr == SEQUENCE:
        items = [each for each in data_set.items(tag) if not _is_compressed_icon(tag, each)]
        if items or found.length == 0 or tag == ICON_IMAGES:
            encoded = (recoded(item, encoding, is_signed=is_signed) for item in items)
            return sequence(tag, encoded, encoding)
        vr = UNKNOWN
    value = data_set.raw(tag, found.length)
    if data_set.encoding.little_endian != encoding.little_endian:
        value = turned(value, WORDS.get(vr, 1))
    return element(tag, vr, value, encoding)


def sequence(tag: int, items: Iterable[bytes], encoding: Encoding) -> bytes:
    """One encoded sequence of encoded items."""
    order = "<" if encoding.little_endian else ">"
    pieces = [
        struct.pack(f"{order}HHI", ITEM >> 16, ITEM & 0xFFFF, len(item)) + item for item in items
    ]
    return element(tag, SEQUENCE, b"".join(pieces), encoding)


def _unknown_sequence(data_set: DataSet, tag: int, found: Element, encoding: Encoding) -> bytes:
    """A sequence under UN stays as it is: implicit VR, little endian, everywhere (PS3.5 6.2.2)."""
    end = struct.pack("<HHI", SEQUENCE_END >> 16, SEQUENCE_END & 0xFFFF, 0)
    return element_head(tag, UNKNOWN, UNDEFINED, encoding) + data_set.raw(tag, found.length) + end


def _pixels(data_set: DataSet, found: Element, encoding: Encoding) -> Iterator[bytes]:
    """Pixel data, native ones in words of the byte order and encapsulated ones as they are.

    Native ones keep their representation: OW has 8-bit samples by pairs in big endian.
    """
    if found.items >= 0:
        yield element_head(PIXEL_DATA, b"OB", UNDEFINED, encoding)
        yield from _slices(data_set, found)
        yield struct.pack("<HHI", SEQUENCE_END >> 16, SEQUENCE_END & 0xFFFF, 0)
        return
    vr, word = found.vr or b"OW", 1
    if data_set.encoding.little_endian != encoding.little_endian:
        bits = _number(data_set, BITS_ALLOCATED)
        word = bits // 8 if bits > 8 else WORDS.get(vr, 1)
    padding = b"\0" * (found.length % 2)
    yield element_head(PIXEL_DATA, vr, found.length + len(padding), encoding)
    for piece in _slices(data_set, found):
        yield turned(piece, word)
    yield padding


def _slices(data_set: DataSet, found: Element) -> Iterator[bytes]:
    """A value in pieces of whole words."""
    end = found.start + found.length
    for start in range(found.start, end, PIECE):
        yield data_set.buffer[start : min(start + PIECE, end)]


def _is_compressed_icon(tag: int, item: DataSet) -> bool:
    pixels = item.elements.get(PIXEL_DATA)
    return tag == ICON_IMAGES and pixels is not None and pixels.items >= 0


def unsigned_short(tag: int, number: int, encoding: Encoding) -> bytes:
    """One encoded element of a single US."""
    value = number.to_bytes(2, "little" if encoding.little_endian else "big")
    return element(tag, b"US", value, encoding)


def element_head(tag: int, vr: bytes, length: int, encoding: Encoding) -> bytes:
    """What stands before a value of so many bytes; UNDEFINED is a length too."""
    order = "<" if encoding.little_endian else ">"
    group, number = tag >> 16, tag & 0xFFFF
    if not encoding.explicit:
        return struct.pack(f"{order}HHI", group, number, length)
    if vr in SHORT_VRS:
        if length <= MAX_SHORT:
            return struct.pack(f"{order}HH2sH", group, number, vr, length)
        vr = b"OW" if vr in (b"US", b"SS") else UNKNOWN  # PS3.5 6.2.2
    return struct.pack(f"{order}HH2sHI", group, number, vr, 0, length)


def _number(data_set: DataSet, tag: int) -> int:
    raw = data_set.raw(tag, 2)
    return int.from_bytes(raw, "little" if data_set.encoding.little_endian else "big")


def turned(value: bytes, word: int) -> bytes:
    """`value` with its words of so many bytes in the other byte order; what is left over stays."""
    whole = len(value) // word * word if word else 0
    if word <= 1 or not whole:
        return value
    return np.frombuffer(value, f"u{word}", whole // word).byteswap().tobytes() + value[whole:]
