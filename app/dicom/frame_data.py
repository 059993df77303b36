"""The bytes of one frame inside PixelData (PS3.5 8.2, A.4)."""

import struct
from dataclasses import dataclass
from itertools import pairwise

from app.dicom.elements import DataSet, fragments
from app.dicom.undecodable import UndecodableError, UndecodableReason
from app.domain.image import PixelFormat

PIXEL_DATA = 0x7FE00010
EXTENDED_OFFSETS = 0x7FE00001
MAX_FRAME_DATA = 1 << 30
_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ", b"\xff\x0a")


def native_frame(data_set: DataSet, tag: int, frame: int, size: int) -> bytes:
    """`size` bytes: the whole of native frame `frame`."""
    element = data_set.elements[tag]
    start = frame * size
    if start + size > element.length:
        raise UndecodableError(UndecodableReason.SHORT, "the pixel data ends early")
    return data_set.buffer[element.start + start : element.start + start + size]


def native_bits(data_set: DataSet, frame: int, bits: int) -> tuple[bytes, int]:
    """(bytes that hold single-bit frame `frame` of `bits` pixels, its first bit in them)."""
    element = data_set.elements[PIXEL_DATA]
    first, behind = frame * bits, (frame + 1) * bits
    if (behind + 7) // 8 > element.length:
        raise UndecodableError(UndecodableReason.SHORT, "the pixel data ends early")
    start = element.start + first // 8
    return data_set.buffer[start : element.start + (behind + 7) // 8], first % 8


@dataclass(frozen=True, slots=True, eq=False)
class EncapsulatedFrames:
    """Where the frames of encapsulated pixel data lie: its fragments listed once.

    `pieces` are (start, length) of the fragments, `starts` the first fragment of each frame and
    their number; too few where frames can't be told apart.
    """

    data_set: DataSet
    pieces: list[tuple[int, int]]
    starts: list[int]

    @classmethod
    def of(cls, data_set: DataSet, form: PixelFormat) -> "EncapsulatedFrames":
        """The frames of an object."""
        found = fragments(data_set.buffer, data_set.elements[PIXEL_DATA], data_set.encoding)
        if len(found) < 2:
            return cls(data_set, [], [])
        table, pieces = found[0], found[1:]
        return cls(data_set, pieces, [*_starts(data_set, form, table, pieces), len(pieces)])

    def frame(self, form: PixelFormat, frame: int) -> bytes:
        """The joined fragments of a frame. Raises UndecodableError."""
        if not self.pieces:
            raise UndecodableError(UndecodableReason.NO_PIXELS, "encapsulated without a fragment")
        if len(self.starts) <= form.frames:
            raise UndecodableError(UndecodableReason.CORRUPT, "fragments can't be told apart")
        chosen = self.pieces[self.starts[frame] : self.starts[frame + 1]]
        if not chosen or sum(length for _, length in chosen) > MAX_FRAME_DATA:
            raise UndecodableError(UndecodableReason.CORRUPT, "no usable fragment for this frame")
        buffer = self.data_set.buffer
        return b"".join(buffer[start : start + length] for start, length in chosen)


def _starts(
    data_set: DataSet, form: PixelFormat, table: tuple[int, int], pieces: list[tuple[int, int]]
) -> list[int]:
    """The first fragment of each frame.

    By the offset tables where they are sound, else one fragment a frame, else by the marks with
    which codestreams begin.
    """
    if form.frames == 1:
        return [0]
    starts = _by_offsets(_offsets(data_set, table), form.frames, pieces)
    if starts is None and len(pieces) == form.frames:
        starts = list(range(len(pieces)))
    if starts is None:
        starts = [
            index
            for index, (start, _) in enumerate(pieces)
            if data_set.buffer[start : start + 12].startswith(_STARTS)
        ]
    return starts


def _offsets(data_set: DataSet, table: tuple[int, int]) -> tuple[int, ...]:
    extended = data_set.raw(EXTENDED_OFFSETS, 1 << 23)
    if extended:
        return struct.unpack_from(f"<{len(extended) // 8}Q", extended)
    start, length = table
    basic = data_set.buffer[start : start + length]
    return struct.unpack_from(f"<{len(basic) // 4}I", basic)


def _by_offsets(
    offsets: tuple[int, ...], frames: int, pieces: list[tuple[int, int]]
) -> list[int] | None:
    """Index of each frame's first fragment, or None when the table does not fit the fragments."""
    if len(offsets) != frames or not pieces:
        return None
    base = pieces[0][0] - 8
    index_at = {start - 8 - base: index for index, (start, _) in enumerate(pieces)}
    starts = [index_at.get(offset, -1) for offset in offsets]
    is_sound = starts[0] == 0 and all(a < b for a, b in pairwise(starts))
    return starts if is_sound else None
