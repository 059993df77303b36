"""A lean walker over encoded data sets (PS3.5 7): finds elements without copying their values.

It reads explicit and implicit VR in both byte orders, looks only at element headers, jumps over
values, and is bounded in depth and steps. Values are decoded by whoever asks (`app.dicom.values`).
"""

import mmap
import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from app.domain.ingest import RefusalReason, RefusedObjectError

Buffer = bytes | mmap.mmap

MAX_DEPTH = 64
MAX_STEPS = 1_000_000
MAX_RUN = 1000
UNDEFINED = 0xFFFFFFFF
ITEM = 0xFFFEE000
ITEM_END = 0xFFFEE00D
SEQUENCE_END = 0xFFFEE0DD
PIXEL_GROUP = 0x7FE0
PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
LONG_VRS = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
SHORT_VRS = frozenset(
    (
        b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US"  # PS3.5 7.1.2
    ).split()
)
VRS = LONG_VRS | SHORT_VRS


class Encoding(NamedTuple):
    """How a data set is written."""

    explicit: bool
    little_endian: bool


EXPLICIT_LE = Encoding(explicit=True, little_endian=True)
IMPLICIT_LE = Encoding(explicit=False, little_endian=True)
EXPLICIT_BE = Encoding(explicit=True, little_endian=False)


class Element(NamedTuple):
    """Where a value lies: `start` and `length` in bytes, without delimiters.

    `items` counts the items of a value of undefined length, -1 for a defined length.
    """

    vr: bytes
    start: int
    length: int
    items: int


class Formats(NamedTuple):
    """The structs of one byte order."""

    short: struct.Struct
    implicit: struct.Struct
    long: struct.Struct


_LITTLE = Formats(struct.Struct("<HH2sH"), struct.Struct("<HHI"), struct.Struct("<I"))
_BIG = Formats(struct.Struct(">HH2sH"), struct.Struct(">HHI"), struct.Struct(">I"))


@dataclass(slots=True)
class Budget:
    """Steps that may still be taken for one object: hostile input ends here, not in minutes."""

    steps: int = MAX_STEPS

    def spend(self, steps: int = 1) -> None:
        """Take `steps`, or refuse the object."""
        self.steps -= steps
        if self.steps < 0:
            raise RefusedObjectError(RefusalReason.CORRUPT, "more elements than any real object")


@dataclass(slots=True)
class DataSet:
    """The elements of one data set or item; sequences are opened when asked for."""

    buffer: Buffer
    encoding: Encoding
    elements: dict[int, Element]
    end: int
    budget: Budget = field(default_factory=Budget)
    depth: int = 0

    def __contains__(self, tag: int) -> bool:
        return tag in self.elements

    def raw(self, tag: int, limit: int = 1 << 20) -> bytes:
        """The value's bytes, at most `limit`; empty when absent."""
        element = self.elements.get(tag)
        if element is None:
            return b""
        return self.buffer[element.start : element.start + min(element.length, limit)]

    def items(self, tag: int, limit: int = 100_000) -> "list[DataSet]":
        """The items of a sequence, at most `limit`; none when absent or not a sequence."""
        element = self.elements.get(tag)
        if element is None or element.length < 8:
            return []
        if self.depth >= MAX_DEPTH:
            raise RefusedObjectError(RefusalReason.TOO_DEEP)
        encoding = IMPLICIT_LE if element.vr == b"UN" else self.encoding
        return _items(self, element, encoding, limit)


def scan(
    buffer: Buffer,
    start: int,
    end: int,
    encoding: Encoding,
    budget: Budget,
    *,
    depth: int = 0,
) -> DataSet:
    """The elements from `start` to an item delimiter or `end`.

    Raises RefusedObjectError when an element runs past `end` or the structure makes no sense.
    What follows the pixel data is not needed: rubbish there ends the scan quietly.
    """
    elements: dict[int, Element] = {}
    position, has_pixels = start, False
    while position + 8 <= end:
        if not has_pixels:
            behind, count = _plain_run(buffer, position, end, encoding, elements)
            if count:
                budget.spend(count)
                position = behind
                continue
        try:
            tag, element, position = _next(buffer, position, end, encoding, budget, depth)
        except RefusedObjectError:
            if has_pixels:
                break
            raise
        if tag in (ITEM_END, 0):  # zeros are padding
            break
        elements.setdefault(tag, element)
        has_pixels = has_pixels or tag in PIXELS
    if position < end < position + 8 and not has_pixels and any(buffer[position:end]):
        raise RefusedObjectError(RefusalReason.TRUNCATED, "the object ends inside an element")
    return DataSet(buffer, encoding, elements, position, budget, depth)


def _plain_run(
    buffer: Buffer, position: int, end: int, encoding: Encoding, elements: dict[int, Element]
) -> tuple[int, int]:
    """(position behind, count) of the next elements of the plain kind, most of any header.

    Plain are those with a 16-bit length, or with any defined one in implicit VR, below the pixel
    data. They are taken at speed, no more than `MAX_RUN`, so that the budget is asked again.
    """
    formats = _LITTLE if encoding.little_endian else _BIG
    unpack = formats.short.unpack_from if encoding.explicit else formats.implicit.unpack_from
    vr, count = b"", 0
    while position + 8 <= end and count < MAX_RUN:
        if encoding.explicit:
            group, number, vr, length = unpack(buffer, position)
            if vr not in SHORT_VRS:
                break
        else:
            group, number, length = unpack(buffer, position)
        behind = position + 8 + length
        if behind > end or group >= PIXEL_GROUP or not group:
            break
        elements.setdefault(group << 16 | number, Element(vr, position + 8, length, -1))
        position = behind
        count += 1
    return position, count


def _next(
    buffer: Buffer, position: int, end: int, encoding: Encoding, budget: Budget, depth: int
) -> tuple[int, Element, int]:
    """(tag, element, position behind it) of the element at `position`."""
    budget.spend()
    tag, vr, value, length = read_header(buffer, position, end, encoding)
    if tag == ITEM_END:
        return tag, Element(vr, value, 0, -1), value
    if length == UNDEFINED:
        nested = IMPLICIT_LE if vr == b"UN" else encoding
        length, items, position = _skip(buffer, value, end, nested, budget, depth)
        return tag, Element(vr, value, length, items), position
    if value + length > end:
        raise RefusedObjectError(RefusalReason.TRUNCATED, f"({tag:08x}) runs past the end")
    return tag, Element(vr, value, length, -1), value + length


def read_header(
    buffer: Buffer, position: int, end: int, encoding: Encoding
) -> tuple[int, bytes, int, int]:
    """(tag, VR, start of the value, length) of the element at `position`; VR is empty if implicit.

    An unknown VR is read in the long form when its reserved bytes are zero, else in the short one;
    bytes that can't be a VR mean an element that was written implicitly.
    """
    formats = _LITTLE if encoding.little_endian else _BIG
    group, number, vr, short = formats.short.unpack_from(buffer, position)
    tag = group << 16 | number
    if not encoding.explicit or group == 0xFFFE:
        return tag, b"", position + 8, formats.long.unpack_from(buffer, position + 4)[0]
    if vr in SHORT_VRS:
        return tag, vr, position + 8, short
    if vr not in LONG_VRS:
        if not (vr.isalpha() and vr.isupper()):
            return tag, b"", position + 8, formats.long.unpack_from(buffer, position + 4)[0]
        if short:
            return tag, vr, position + 8, short
    if position + 12 > end:
        raise RefusedObjectError(RefusalReason.TRUNCATED, f"({tag:08x}) has no length")
    return tag, vr, position + 12, formats.long.unpack_from(buffer, position + 8)[0]


def _skip(
    buffer: Buffer, start: int, end: int, encoding: Encoding, budget: Budget, depth: int
) -> tuple[int, int, int]:
    """(length, items, position behind) of the value of undefined length that begins at `start`.

    The stack holds, for each open level, the encoding around it and whether it is a sequence.
    """
    stack: list[tuple[bool, Encoding]] = [(True, encoding)]
    position, items = start, 0
    while stack:
        budget.spend()
        if position + 8 > end:
            if position == end and len(stack) == 1 and items:
                return position - start, items, position  # only the last delimiter is missing
            raise RefusedObjectError(RefusalReason.TRUNCATED, "the object ends inside a sequence")
        in_sequence, around = stack[-1]
        tag, vr, value, length = read_header(buffer, position, end, around)
        if tag == (SEQUENCE_END if in_sequence else ITEM_END):
            stack.pop()
            if not stack:
                return position - start, items, value
            position = value
            continue
        if in_sequence and tag != ITEM:
            raise RefusedObjectError(RefusalReason.CORRUPT, f"({tag:08x}) between two items")
        items += len(stack) == 1
        if length != UNDEFINED:
            position = value + length
            continue
        if len(stack) + depth * 2 >= MAX_DEPTH * 2:
            raise RefusedObjectError(RefusalReason.TOO_DEEP)
        stack.append((not in_sequence, IMPLICIT_LE if vr == b"UN" else around))
        position = value
    raise AssertionError  # the loop returns when the stack empties


def _items(parent: DataSet, element: Element, encoding: Encoding, limit: int) -> list[DataSet]:
    buffer, position, end = parent.buffer, element.start, element.start + element.length
    found: list[DataSet] = []
    while position + 8 <= end and len(found) < limit:
        tag, _, value, length = read_header(buffer, position, end, encoding)
        if tag != ITEM:
            break
        item_end = end if length == UNDEFINED else value + length
        if item_end > end:
            raise RefusedObjectError(RefusalReason.TRUNCATED, "an item runs past its sequence")
        item = scan(buffer, value, item_end, encoding, parent.budget, depth=parent.depth + 1)
        found.append(item)
        position = item.end if length == UNDEFINED else item_end
    return found


def fragments(
    buffer: Buffer, element: Element, encoding: Encoding, limit: int = 1_000_000
) -> list[tuple[int, int]]:
    """(start, length) of each fragment of encapsulated pixel data, its offset table first."""
    position, end = element.start, element.start + element.length
    found: list[tuple[int, int]] = []
    while position + 8 <= end and len(found) < limit:
        tag, _, value, length = read_header(buffer, position, end, encoding)
        if tag != ITEM or value + length > end:
            break
        found.append((value, length))
        position = value + length
    return found
