"""A PNG is kept only when it is one, whole and of bounded size."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from app.domain.errors import InvalidError
from app.server.core.png import check_png


def encoded(shape=(20, 30, 3), dtype=np.uint8) -> bytes:
    pixels = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    return cv2.imencode(".png", pixels)[1].tobytes()


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((20, 30), "uint8"), ((20, 30, 3), "uint8"), ((5, 7, 4), "uint8"), ((9, 9), "uint16")],
)
def test_an_ordinary_png_is_taken(shape, dtype):
    check_png(encoded(shape, dtype))


@pytest.mark.parametrize("kept", [0, 7, 8, 20, 33, 60, -13, -1])
def test_a_png_that_is_cut_off_is_refused(kept):
    with pytest.raises(InvalidError):
        check_png(encoded()[:kept])


def test_a_changed_bit_is_noticed():
    data = bytearray(encoded())
    data[len(data) // 2] ^= 1
    with pytest.raises(InvalidError):
        check_png(bytes(data))


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xe0", b"x" * (17 * 1024 * 1024)])
def test_what_is_no_png_is_refused(data):
    with pytest.raises(InvalidError):
        check_png(data)


def made(
    width, height, *, depth=8, colour=0, interlace=0, pixels=b"", packed=b"", more=b""
) -> bytes:
    def chunk(kind, content):
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    parts = ((b"IHDR", header + more), (b"IDAT", packed or zlib.compress(pixels)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def test_the_made_png_is_taken():
    check_png(made(4, 2, pixels=bytes(10)))


@pytest.mark.parametrize(
    "data",
    [
        made(0, 2),
        made(100_000, 2),
        made(8000, 8000),
        made(4, 2, colour=5, pixels=bytes(10)),
        made(4, 2, depth=3, pixels=bytes(10)),
        made(4, 2, interlace=1, pixels=bytes(10)),
        made(4, 2, pixels=bytes(9)),
        made(4, 2, pixels=bytes(50_000_000)),
        made(4, 2, packed=b"not packed"),
        made(4, 2, pixels=bytes(10), more=b"more"),
        encoded()[:8] + encoded()[33:],
        encoded()[:8],
    ],
)
def test_a_png_whose_pixels_do_not_fit_its_header_is_refused(data):
    with pytest.raises(InvalidError):
        check_png(data)
