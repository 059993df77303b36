"""Decoders of compressed frames, by transfer syntax.

imagecodecs does the work and releases the interpreter lock; what it raises becomes
UndecodableError. A codec gets only streams whose header fits the object (`codestream`).
"""

import struct
import zlib
from collections.abc import Callable

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from app.dicom import codestream
from app.dicom.codestream import Codestream
from app.dicom.undecodable import UndecodableError, UndecodableReason
from app.domain.image import PixelFormat

Array = NDArray[np.generic]
Decoded = tuple[Array, Codestream]
_JPEG = "1.2.840.10008.1.2.4."
RLE = "1.2.840.10008.1.2.5"
DEFLATED_FRAME = "1.2.840.10008.1.2.8.1"
JPEG_END, JPEG_END_WITHIN = b"\xff\xd9", 1024
_FAILURES = (RuntimeError, ValueError, TypeError, MemoryError)  # imagecodecs' errors among them


def require(transfer_syntax_uid: str) -> "Codec":
    """The codec of a transfer syntax; UndecodableError where there is none (video, JPIP)."""
    codec = _CODECS.get(transfer_syntax_uid)
    if codec is None:
        raise UndecodableError(UndecodableReason.TRANSFER_SYNTAX, transfer_syntax_uid)
    return codec


def decode(data: bytes, form: PixelFormat) -> Decoded:
    """(array, what its codestream says): (rows, columns) or (rows, columns, samples).

    RLE and deflated frames have no header of their own; theirs repeats the object's.
    Raises UndecodableError.
    """
    codec = require(form.transfer_syntax_uid)
    try:
        array, header = codec(data, form)
    except _FAILURES as error:
        raise UndecodableError(UndecodableReason.CORRUPT, "the codec gave up") from error
    shape = (form.rows, form.columns)
    expected = shape if form.samples_per_pixel == 1 else (*shape, form.samples_per_pixel)
    if array.shape != expected:
        raise UndecodableError(UndecodableReason.DIMENSIONS, f"{array.shape} decoded")
    return array, header


def _checked(header: Codestream, form: PixelFormat) -> Codestream:
    if (header.rows, header.columns) != (form.rows, form.columns):
        raise UndecodableError(
            UndecodableReason.DIMENSIONS, f"{header.rows} × {header.columns} in the stream"
        )
    if header.components != form.samples_per_pixel:
        raise UndecodableError(UndecodableReason.COLOUR, f"{header.components} components")
    if header.precision > form.bits_allocated:
        raise UndecodableError(UndecodableReason.BITS, f"{header.precision} bits in the stream")
    return header


def _jpeg_header(data: bytes, form: PixelFormat) -> Codestream:
    """The checked header of a whole JPEG stream: libjpeg would fill what is cut off with grey."""
    header = _checked(codestream.jpeg(data), form)
    if JPEG_END not in data[-JPEG_END_WITHIN:]:
        raise UndecodableError(UndecodableReason.SHORT, "the JPEG stream has no end")
    return header


def _jpeg(data: bytes, form: PixelFormat) -> Decoded:
    header = _jpeg_header(data, form)
    if header.components == 1:
        return imagecodecs.jpeg8_decode(data), header
    is_rgb = header.is_rgb
    if is_rgb is None:
        is_rgb = form.photometric_interpretation == "RGB"
    array = imagecodecs.jpeg8_decode(
        data, colorspace="RGB" if is_rgb else "YCBCR", outcolorspace="RGB"
    )
    return array, Codestream(header.rows, header.columns, 3, header.precision, is_rgb=True)


def _jpeg_lossless(data: bytes, form: PixelFormat) -> Decoded:
    header = _jpeg_header(data, form)
    if header.components == 1:
        return imagecodecs.jpeg8_decode(data), header
    array = imagecodecs.jpeg8_decode(data, colorspace="RGB", outcolorspace="RGB")
    return array, Codestream(header.rows, header.columns, 3, header.precision)


def _jpeg_ls(data: bytes, form: PixelFormat) -> Decoded:
    header = _checked(codestream.jpeg(data), form)
    array = imagecodecs.jpegls_decode(data)
    if array.ndim == 3 and array.shape[0] == 3 and array.shape[2] != 3:
        array = np.moveaxis(array, 0, 2)
    return array, header


def _jpeg_2000(data: bytes, form: PixelFormat) -> Decoded:
    """OpenJPEG, for HTJ2K too: OpenJPH wraps lossy samples that overshoot, and hides failures."""
    header = _checked(codestream.jpeg2000(data), form)
    return imagecodecs.jpeg2k_decode(data), header


def _jpeg_xl(data: bytes, form: PixelFormat) -> Decoded:
    array = imagecodecs.jpegxl_decode(data, numthreads=1)
    header = Codestream(form.rows, form.columns, form.samples_per_pixel, form.bits_stored)
    return array, header


def _rle(data: bytes, form: PixelFormat) -> Decoded:
    """PS3.5 G: a segment for each byte of each sample, most significant byte first."""
    size, sample_bytes = form.rows * form.columns, form.bits_allocated // 8
    if form.bits_allocated == 1:
        size, sample_bytes = (size + 7) // 8, 1
    count = form.samples_per_pixel * sample_bytes
    planes = [_unpacked(segment, size) for segment in _rle_segments(data, count)]
    header = Codestream(form.rows, form.columns, form.samples_per_pixel, form.bits_stored)
    if form.bits_allocated == 1:
        return _from_bits(planes[0].tobytes(), form), header
    samples = np.stack(planes, axis=-1).reshape(size, form.samples_per_pixel, sample_bytes)
    array = np.ascontiguousarray(samples).view(f">u{sample_bytes}")[..., 0]
    array = array.astype(f"<u{sample_bytes}", copy=False)
    if form.samples_per_pixel == 1:
        return array.reshape(form.rows, form.columns), header
    return array.reshape(form.rows, form.columns, form.samples_per_pixel), header


def _rle_segments(data: bytes, count: int) -> list[bytes]:
    if len(data) < 64:
        raise UndecodableError(UndecodableReason.CORRUPT, "no RLE header")
    declared, *offsets = struct.unpack_from("<16I", data)
    starts = offsets[:count]
    if declared != count or count > 15 or starts != sorted(starts) or starts[0] < 64:
        raise UndecodableError(UndecodableReason.CORRUPT, f"{declared} RLE segments")
    if starts[-1] >= len(data):
        raise UndecodableError(UndecodableReason.CORRUPT, "an RLE segment lies outside the frame")
    ends = [*starts[1:], len(data)]
    return [data[start:end] for start, end in zip(starts, ends, strict=True)]


def _unpacked(segment: bytes, size: int) -> NDArray[np.uint8]:
    """`size` bytes of a PackBits segment; what padding makes beyond them is dropped."""
    unpacked = imagecodecs.packbits_decode(segment, out=size + 130)
    if len(unpacked) < size:
        raise UndecodableError(UndecodableReason.SHORT, "an RLE segment ends early")
    return np.frombuffer(unpacked, np.uint8, size)


def _deflated(data: bytes, form: PixelFormat) -> Decoded:
    """One raw deflate stream a frame (PS3.5 A.4.13)."""
    bits = form.rows * form.columns * form.samples_per_pixel * form.bits_allocated
    size = (bits + 7) // 8
    try:
        raw = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size)
    except zlib.error as error:
        raise UndecodableError(UndecodableReason.CORRUPT, "the deflated frame is broken") from error
    return _uncompressed(raw, form)


def _uncompressed(data: bytes, form: PixelFormat) -> Decoded:
    header = Codestream(form.rows, form.columns, form.samples_per_pixel, form.bits_stored)
    if form.bits_allocated == 1:
        return _from_bits(data, form), header
    dtype = f"<u{form.bits_allocated // 8}"
    count = form.rows * form.columns * form.samples_per_pixel
    array = np.frombuffer(data, dtype, count)
    if form.samples_per_pixel == 1:
        return array.reshape(form.rows, form.columns), header
    if form.planar_configuration:
        planes = array.reshape(form.samples_per_pixel, form.rows, form.columns)
        return np.moveaxis(planes, 0, 2), header
    return array.reshape(form.rows, form.columns, form.samples_per_pixel), header


def _from_bits(data: bytes, form: PixelFormat) -> Array:
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    return bits[: form.rows * form.columns].reshape(form.rows, form.columns)


Codec = Callable[[bytes, PixelFormat], Decoded]
_CODECS: dict[str, Codec] = {
    _JPEG + "50": _jpeg,
    _JPEG + "51": _jpeg,
    _JPEG + "57": _jpeg_lossless,
    _JPEG + "70": _jpeg_lossless,
    _JPEG + "80": _jpeg_ls,
    _JPEG + "81": _jpeg_ls,
    _JPEG + "90": _jpeg_2000,
    _JPEG + "91": _jpeg_2000,
    _JPEG + "92": _jpeg_2000,
    _JPEG + "93": _jpeg_2000,
    _JPEG + "110": _jpeg_xl,
    _JPEG + "111": _jpeg_xl,
    _JPEG + "112": _jpeg_xl,
    _JPEG + "201": _jpeg_2000,
    _JPEG + "202": _jpeg_2000,
    _JPEG + "203": _jpeg_2000,
    RLE: _rle,
    DEFLATED_FRAME: _deflated,
    "1.2.840.10008.1.2.1.98": _uncompressed,
}
DECODABLE = frozenset(_CODECS)
"""The transfer syntaxes of compressed frames that `decode` knows."""
