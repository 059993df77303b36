"""The bytes of one frame inside PixelData (PS3.5 8.2, A.4)."""

import struct
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


def encapsulated_frame(data_set: DataSet, form: PixelFormat, frame: int) -> bytes:
    """The joined fragments of encapsulated frame `frame`."""
    found = fragments(data_set.buffer, data_set.elements[PIXEL_DATA], data_set.encoding)
    if len(found) < 2:
        raise UndecodableError(UndecodableReason.NO_PIXELS, "encapsulated without a fragment")
    table, pieces = found[0], found[1:]
    first, behind = _pieces_of_frame(data_set, form, frame, table, pieces)
    chosen = pieces[first:behind]
    if not chosen or sum(length for _, length in chosen) > MAX_FRAME_DATA:
        raise UndecodableError(UndecodableReason.CORRUPT, "no usable fragment for this frame")
    return b"".join(data_set.buffer[start : start + length] for start, length in chosen)


def _pieces_of_frame(
    data_set: DataSet,
    form: PixelFormat,
    frame: int,
    table: tuple[int, int],
    pieces: list[tuple[int, int]],
) -> tuple[int, int]:
    """(first, behind the last) fragment of a frame.

    By the offset tables where they are sound, else one fragment a frame, else by the marks with
    which codestreams begin.
    """
    if form.frames == 1:
        return 0, len(pieces)
    starts = _by_offsets(_offsets(data_set, table), form.frames, pieces)
    if starts is None and len(pieces) == form.frames:
        starts = list(range(len(pieces)))
    if starts is None:
        starts = [
            index
            for index, (start, _) in enumerate(pieces)
            if data_set.buffer[start : start + 12].startswith(_STARTS)
        ]
    if len(starts) < form.frames:
        raise UndecodableError(UndecodableReason.CORRUPT, "fragments can't be told apart")
    starts.append(len(pieces))
    return starts[frame], starts[frame + 1]


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
