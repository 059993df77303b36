"""Whether two objects say the same, however each is written.

Senders write a data set anew: in another uncompressed transfer syntax, with or without group
lengths, sequences of defined or undefined length, other padding. None of that changes what it says.
Compressed pixel data is the same only byte by byte: nothing is decoded here.
"""

from collections.abc import Iterator

import numpy as np
from pydicom.datadict import keyword_for_tag

from app.dicom.elements import PIXELS, Budget, Buffer, DataSet, Element, scan
from app.dicom.part10 import Source, body, opened
from app.domain.ingest import RefusedObjectError

PADDING = b"\0 "
TRAILING_PADDING = 0xFFFCFFFC
MODIFIED_AT = 0x04000562
"""When an attribute was changed (OriginalAttributesSequence), which says nothing of the object."""
PIECE = 1 << 20
WORDS = (
    dict.fromkeys((b"US", b"SS", b"OW", b"AT"), 2)
    | dict.fromkeys((b"UL", b"SL", b"FL", b"OF", b"OL"), 4)
    | dict.fromkeys((b"FD", b"OD", b"SV", b"UV", b"OV"), 8)
)
"""Bytes that byte order turns around, by value representation (PS3.5 7.3)."""


def say_the_same(one: Source, other: Source) -> bool:
    """Whether the data sets of two Part 10 files have the same elements with the same values."""
    try:
        with opened(one) as first, opened(other) as second:
            return _are_same(_data_set(first), _data_set(second))
    except RefusedObjectError:
        return False


def differences(one: Source, other: Source) -> tuple[str, ...]:
    """The elements that two Part 10 files do not both say: keywords, or tags of private ones.

    Raises RefusedObjectError when one can't be read.
    """
    with opened(one) as first, opened(other) as second:
        tags = sorted(_differing(_data_set(first), _data_set(second)))
    return tuple(keyword_for_tag(tag) or f"{tag:08X}" for tag in tags)


def _data_set(buffer: Buffer) -> DataSet:
    found = body(buffer)
    return scan(found.buffer, found.start, len(found.buffer), found.encoding, Budget())


def _are_same(one: DataSet, other: DataSet) -> bool:
    return next(_differing(one, other), None) is None


def _differing(one: DataSet, other: DataSet) -> Iterator[int]:
    first, second = _said(one), _said(other)
    yield from first.keys() ^ second.keys()
    for tag in first.keys() & second.keys():
        if not _is_same_value(tag, one, first[tag], other, second[tag]):
            yield tag


def _said(data_set: DataSet) -> dict[int, Element]:
    """The elements without group lengths, padding and when others were changed."""
    return {
        tag: element
        for tag, element in data_set.elements.items()
        if tag & 0xFFFF and tag not in (TRAILING_PADDING, MODIFIED_AT)
    }


def _is_same_value(tag: int, one: DataSet, first: Element, other: DataSet, second: Element) -> bool:
    if _have_same_bytes(one, first, other, second):
        return True
    if tag in PIXELS:
        return False
    items, others = one.items(tag), other.items(tag)
    return bool(items) and len(items) == len(others) and all(map(_are_same, items, others))


def _have_same_bytes(one: DataSet, first: Element, other: DataSet, second: Element) -> bool:
    """Compared in pieces, in the same byte order, apart from one byte of padding."""
    is_turned = one.encoding.little_endian != other.encoding.little_endian
    word = WORDS.get(first.vr, WORDS.get(second.vr, 1)) if is_turned else 1
    length = min(first.length, second.length)
    for start in range(0, length, PIECE):
        size = min(PIECE, length - start)
        piece = one.buffer[first.start + start : first.start + start + size]
        if _turned(piece, word) != other.buffer[second.start + start : second.start + start + size]:
            return False
    longer, element = (one, first) if first.length > length else (other, second)
    return element.length - length <= 1 and all(
        byte in PADDING for byte in longer.buffer[element.start + length : _end(element)]
    )


def _end(element: Element) -> int:
    return element.start + element.length


def _turned(piece: bytes, word: int) -> bytes:
    if word == 1 or len(piece) % word:
        return piece
    return np.frombuffer(piece, f"u{word}").byteswap().tobytes()
