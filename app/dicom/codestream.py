"""The headers of compressed frames, read before any decoder sees them.

A decoder is only started on a codestream whose size agrees with the object: a header that claims
65,500 × 65,500 pixels in a small image never costs the memory for them.
"""

import struct
from dataclasses import dataclass

from app.dicom.undecodable import UndecodableError, UndecodableReason

_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_LS_FRAME = 0xF7
_STANDALONE = frozenset(range(0xD0, 0xD9)) | {0x01}
_SCAN = 0xDA


@dataclass(frozen=True, slots=True)
class Codestream:
    """What a codestream says of itself.

    `is_rgb` is True or False where the stream tells whether its decoded components are RGB, else
    None.
    """

    rows: int
    columns: int
    components: int
    precision: int
    is_signed: bool = False
    is_rgb: bool | None = None


def jpeg(data: bytes) -> Codestream:
    """The frame header of a JPEG or JPEG-LS stream, with what APP markers say of colour."""
    position, is_rgb = 2, None
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            break
        marker = data[position + 1]
        if marker == 0xFF or marker in _STANDALONE:
            position += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[position + 2 : position + 4])
        segment = data[position + 4 : position + 2 + length]
        if marker == 0xEE and segment[:5] == b"Adobe" and len(segment) >= 12:
            is_rgb = segment[11] == 0
        if marker in _JPEG_FRAMES or marker == _JPEG_LS_FRAME:
            return _jpeg_frame(segment, is_rgb=is_rgb)
        if marker == _SCAN or length < 2:
            break
        position += 2 + length
    raise UndecodableError(UndecodableReason.CORRUPT, "no JPEG frame header")


def _jpeg_frame(segment: bytes, *, is_rgb: bool | None) -> Codestream:
    if len(segment) < 6:
        raise UndecodableError(UndecodableReason.CORRUPT, "JPEG frame header cut short")
    precision, rows, columns, components = struct.unpack_from(">BHHB", segment)
    if is_rgb is None and segment[6::3][:3] == b"RGB":
        is_rgb = True
    return Codestream(rows, columns, components, precision, is_rgb=is_rgb)


def jpeg2000(data: bytes) -> Codestream:
    """The SIZ and COD segments of a JPEG 2000 or HTJ2K codestream, bare or in a JP2 file."""
    start = data.find(b"\xff\x4f\xff\x51", 0, 1 << 16)
    if start < 0 or len(data) < start + 47:
        raise UndecodableError(UndecodableReason.CORRUPT, "no JPEG 2000 codestream")
    x1, y1, x0, y0, tile_x, tile_y, tile_x0, tile_y0 = struct.unpack_from(">8I", data, start + 8)
    components, depth = struct.unpack_from(">HB", data, start + 40)
    if not (tile_x and tile_y and x0 < x1 and y0 < y1):
        raise UndecodableError(UndecodableReason.CORRUPT, "impossible JPEG 2000 size")
    if ((x1 - tile_x0) // tile_x + 1) * ((y1 - tile_y0) // tile_y + 1) > 65536:
        raise UndecodableError(UndecodableReason.CORRUPT, "too many JPEG 2000 tiles")
    return Codestream(
        rows=y1 - y0,
        columns=x1 - x0,
        components=components,
        precision=(depth & 0x7F) + 1,
        is_signed=bool(depth & 0x80),
        is_rgb=True if _has_component_transform(data, start) else None,
    )


def _has_component_transform(data: bytes, start: int) -> bool:
    """Whether COD names the multiple component transform, which decoders undo to RGB."""
    position = start + 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4])
        if marker == 0x52:
            return len(data) > position + 8 and data[position + 8] == 1
        if marker == 0x90 or length < 2:
            break
        position += 2 + length
    return False
