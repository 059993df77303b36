"""Frames into encapsulated pixel data (PS3.5 A.4): one fragment a frame, and where each begins."""

import struct
from collections.abc import Iterable, Iterator, Sequence

PIXEL_DATA = 0x7FE00010
EXTENDED_OFFSETS = 0x7FE00001
EXTENDED_LENGTHS = 0x7FE00002
MAX_BASIC_OFFSET = 0xFFFFFFFF
_ITEM = struct.Struct("<HHI")
_LONG = struct.Struct("<HH2sHI")


class Encapsulation:
    """Encapsulated pixel data of frames of so many bytes, explicit little endian.

    Offsets beyond what the basic table can say go into the extended one (PS3.3 C.7.6.3.1.8).
    """

    def __init__(self, lengths: Sequence[int], *, max_basic_offset: int = MAX_BASIC_OFFSET) -> None:
        self._lengths = [length + length % 2 for length in lengths]
        self._offsets, position = [], 0
        for length in self._lengths:
            self._offsets.append(position)
            position += _ITEM.size + length
        self._is_basic = self._offsets[-1] <= max_basic_offset

    def tables(self) -> dict[int, bytes]:
        """The elements before the pixel data by tag; an empty one shall not be there."""
        if self._is_basic:
            return {EXTENDED_OFFSETS: b"", EXTENDED_LENGTHS: b""}
        return {
            EXTENDED_OFFSETS: _very_long(EXTENDED_OFFSETS, self._offsets),
            EXTENDED_LENGTHS: _very_long(EXTENDED_LENGTHS, self._lengths),
        }

    def pixel_data(self, frames: Iterable[bytes]) -> Iterator[bytes]:
        """The pixel data with all `frames`, in pieces."""
        yield _LONG.pack(0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
        table = struct.pack(f"<{len(self._offsets)}I", *self._offsets) if self._is_basic else b""
        yield _ITEM.pack(0xFFFE, 0xE000, len(table)) + table
        for length, frame in zip(self._lengths, frames, strict=True):
            yield _ITEM.pack(0xFFFE, 0xE000, length)
            yield frame + b"\0" * (length - len(frame))
        yield _ITEM.pack(0xFFFE, 0xE0DD, 0)


def encapsulated(frames: Sequence[bytes]) -> dict[int, bytes]:
    """The elements of encapsulated pixel data that has `frames`, by tag."""
    found = Encapsulation([len(frame) for frame in frames])
    return found.tables() | {PIXEL_DATA: b"".join(found.pixel_data(frames))}


def _very_long(tag: int, numbers: Sequence[int]) -> bytes:
    value = struct.pack(f"<{len(numbers)}Q", *numbers)
    return _LONG.pack(tag >> 16, tag & 0xFFFF, b"OV", 0, len(value)) + value
