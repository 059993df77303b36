"""PNG files from outside: their structure is checked before they are kept (ISO/IEC 15948)."""

import struct
import zlib

from app.domain.errors import InvalidError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_SIZE = 16 * 1024 * 1024
MAX_SIDE = 8192
MAX_PIXELS = 16_000_000
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples a pixel of each colour type."""


def check_png(data: bytes) -> None:
    """Raise InvalidError unless `data` is one whole PNG of bounded size whose pixels unpack."""
    if len(data) > MAX_SIZE:
        raise InvalidError("PNG too large")
    if not data.startswith(SIGNATURE):
        raise InvalidError("not a PNG")
    chunks = _chunks(data)
    if not chunks or chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND":
        raise InvalidError("PNG without its first or last chunk")
    expected = _unpacked_size(chunks[0][1])
    packed = b"".join(content for kind, content in chunks if kind == b"IDAT")
    unpacking = zlib.decompressobj()
    try:
        length = len(unpacking.decompress(packed, expected + 1))
    except zlib.error as error:
        raise InvalidError("PNG with broken pixels") from error
    if length != expected:
        raise InvalidError("PNG with too few or too many pixels")


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks = []
    position = len(SIGNATURE)
    while position < len(data):
        if position + 12 > len(data):
            raise InvalidError("PNG cut off")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        if end + 4 > len(data):
            raise InvalidError("PNG cut off")
        content = data[position + 8 : end]
        if zlib.crc32(kind + content) != int.from_bytes(data[end : end + 4], "big"):
            raise InvalidError("PNG with a wrong checksum")
        chunks.append((kind, content))
        position = end + 4
    return chunks


def _unpacked_size(header: bytes) -> int:
    """Bytes of the filtered scan lines that the header promises; interlaced files are refused."""
    if len(header) != 13:
        raise InvalidError("PNG with a broken header")
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(
        ">IIBBBBB", header
    )
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise InvalidError("PNG with an impossible size")
    if colour not in SAMPLES or depth not in {1, 2, 4, 8, 16}:
        raise InvalidError("PNG with an unknown format")
    if compression or filtering or interlace:
        raise InvalidError("PNG with an unknown or interlaced format")
    return int(height * (1 + (width * depth * SAMPLES[colour] + 7) // 8))
