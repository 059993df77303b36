"""Frames into encapsulated pixel data (PS3.5 A.4): one fragment a frame, and where each begins."""

import struct
from collections.abc import Sequence

PIXEL_DATA = 0x7FE00010
EXTENDED_OFFSETS = 0x7FE00001
EXTENDED_LENGTHS = 0x7FE00002
MAX_BASIC_OFFSET = 0xFFFFFFFF
_ITEM = struct.Struct("<HHI")
_LONG = struct.Struct("<HH2sHI")


def encapsulated(
    frames: Sequence[bytes], *, max_basic_offset: int = MAX_BASIC_OFFSET
) -> dict[int, bytes]:
    """The elements of encapsulated pixel data by tag, explicit little endian.

    Offsets beyond what the basic table can say go into the extended one (PS3.3 C.7.6.3.1.8).
    """
    padded = [frame + b"\0" * (len(frame) % 2) for frame in frames]
    offsets, position = [], 0
    for frame in padded:
        offsets.append(position)
        position += _ITEM.size + len(frame)
    is_basic = offsets[-1] <= max_basic_offset
    table = struct.pack(f"<{len(offsets)}I", *offsets) if is_basic else b""
    pieces = [_LONG.pack(0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)]
    for fragment in (table, *padded):
        pieces.append(_ITEM.pack(0xFFFE, 0xE000, len(fragment)))
        pieces.append(fragment)
    pieces.append(_ITEM.pack(0xFFFE, 0xE0DD, 0))
    elements = {PIXEL_DATA: b"".join(pieces), EXTENDED_OFFSETS: b"", EXTENDED_LENGTHS: b""}
    if not is_basic:
        lengths = [len(frame) for frame in padded]
        elements[EXTENDED_OFFSETS] = _very_long(EXTENDED_OFFSETS, offsets)
        elements[EXTENDED_LENGTHS] = _very_long(EXTENDED_LENGTHS, lengths)
    return elements


def _very_long(tag: int, numbers: Sequence[int]) -> bytes:
    value = struct.pack(f"<{len(numbers)}Q", *numbers)
    return _LONG.pack(tag >> 16, tag & 0xFFFF, b"OV", 0, len(value)) + value
