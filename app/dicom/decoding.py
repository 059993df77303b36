"""From an object's bytes to the pixels of one frame, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.dicom import codecs, colour, frame_data, luts, part10
from app.dicom.codestream import Codestream
from app.dicom.image_header import DOUBLE_PIXEL_DATA, FLOAT_PIXEL_DATA, PIXEL_DATA, frame_bytes
from app.dicom.undecodable import UndecodableError, UndecodableReason
from app.dicom.values import Values
from app.domain.image import Image, PixelFormat

Array = NDArray[np.generic]
MAX_FRAME_BYTES = 512 * 1024 * 1024
MONOCHROME = frozenset({"MONOCHROME1", "MONOCHROME2"})
KEEPS_WORDS = part10.NATIVE | {codecs.RLE, codecs.DEFLATED_FRAME, part10.ENCAPSULATED_UNCOMPRESSED}
"""Transfer syntaxes whose frames are the words of native pixel data, whatever their bits mean."""


def decode(source: part10.Source, image: Image, frame: int = 0) -> Array:
    """The pixels of one frame of the object in `source`, whose header gave `image`.

    (rows, columns) stored values in the smallest type of their sign and BitsAllocated (float for
    float pixel data; signed where a JPEG 2000 stream is signed), or (rows, columns, 3) uint8 RGB
    for colour. The array may be read-only.
    Safe to call from many threads. Raises UndecodableError.
    """
    _check(image.format, frame)
    with opened(source, image) as pixels:
        return pixels.frame(frame)


@contextmanager
def opened(source: part10.Source, image: Image) -> "Iterator[ObjectPixels]":
    """The object in `source`, whose header gave `image`, scanned once for all of its frames."""
    with part10.opened(source) as buffer:
        yield ObjectPixels(Values.of(part10.data_set(buffer)), image)


class ObjectPixels:
    """An opened object; safe for many threads, which may decode its frames side by side."""

    def __init__(self, values: Values, image: Image) -> None:
        self._values = values
        self._image = image

    def frame(self, frame: int) -> Array:
        """What `decode` gives of one frame. Raises UndecodableError."""
        values, form, found = self._values, self._image.format, self._values.elements
        for tag, dtype in ((FLOAT_PIXEL_DATA, "f4"), (DOUBLE_PIXEL_DATA, "f8")):
            if tag in found:
                _check(form, frame)
                return _native(values, tag, form, frame, dtype)
        return _finished(values, form, *self.samples(frame))

    def samples(self, frame: int) -> tuple[Array, Codestream]:
        """(rows, columns[, 3]) samples of one frame as they are kept, and what its stream says.

        They are unsigned words with all of their bits where the syntax is one of `KEEPS_WORDS`,
        else what the codec gave. Raises UndecodableError.
        """
        values, form = self._values, self._image.format
        _check(form, frame)
        if PIXEL_DATA not in values.elements:
            raise UndecodableError(UndecodableReason.NO_PIXELS)
        if form.transfer_syntax_uid in part10.NATIVE:
            return _native_samples(values, form, frame)
        codecs.require(form.transfer_syntax_uid)
        return codecs.decode(self._encapsulated.frame(form, frame), form)

    def stored_values(self, samples: Array, header: Codestream) -> Array:
        """Samples with their sign, without bits that are not pixel."""
        return _stored_values(self._values, self._image.format, samples, header)

    @cached_property
    def _encapsulated(self) -> frame_data.EncapsulatedFrames:
        return frame_data.EncapsulatedFrames.of(self._values.elements, self._image.format)

    def modality_values(self, stored: Array) -> NDArray[np.float32]:
        """Stored values in modality units: by the object's table, else slope and intercept."""
        image = self._image
        table = luts.modality_lut(self._values) if image.has_luts else None
        return table.apply(stored).astype(np.float32) if table else rescaled(image, stored)

    def voi_luts(self) -> tuple[luts.Lut, ...]:
        """The object's VOI LUTs, the default one first; they take modality values."""
        return luts.voi_luts(self._values) if self._image.has_luts else ()


def rescaled(image: Image, stored: Array) -> NDArray[np.float32]:
    """Stored values in modality units by slope and intercept."""
    return stored.astype(np.float32) * np.float32(image.slope) + np.float32(image.intercept)


def _check(form: PixelFormat, frame: int) -> None:
    if not form.rows or not form.columns:
        raise UndecodableError(UndecodableReason.DIMENSIONS, f"{form.rows} × {form.columns}")
    if form.bits_allocated not in (1, 8, 16, 32, 64):
        raise UndecodableError(UndecodableReason.BITS, f"{form.bits_allocated} allocated")
    if not 0 < form.bits_stored <= form.bits_allocated:
        raise UndecodableError(UndecodableReason.BITS, f"{form.bits_stored} stored")
    if form.samples_per_pixel not in (1, 3):
        raise UndecodableError(UndecodableReason.COLOUR, f"{form.samples_per_pixel} samples")
    if not 0 <= frame < form.frames:
        raise UndecodableError(UndecodableReason.NO_SUCH_FRAME, f"{frame} of {form.frames}")
    if frame_bytes(form) > MAX_FRAME_BYTES:
        raise UndecodableError(UndecodableReason.TOO_LARGE, f"{frame_bytes(form)} bytes a frame")


def _native_samples(values: Values, form: PixelFormat, frame: int) -> tuple[Array, Codestream]:
    """Samples as they are stored, unsigned."""
    header = Codestream(form.rows, form.columns, form.samples_per_pixel, form.bits_stored)
    if form.photometric_interpretation in ("YBR_FULL_422", "YBR_PARTIAL_422"):
        size = form.rows * form.columns * 2
        data = frame_data.native_frame(values.elements, PIXEL_DATA, frame, size)
        return colour.expand_422(data, form.rows, form.columns), header
    if form.bits_allocated == 1:
        return _single_bits(values, form, frame), header
    return _native(values, PIXEL_DATA, form, frame, f"u{form.bits_allocated // 8}"), header


def _native(values: Values, tag: int, form: PixelFormat, frame: int, dtype: str) -> Array:
    order = "<" if values.elements.encoding.little_endian else ">"
    stored = np.dtype(order + dtype)
    count = form.rows * form.columns * form.samples_per_pixel
    if order == ">" and stored.itemsize == 1 and _is_word(values, tag):
        data = _from_words(values, frame, count)
    else:
        data = frame_data.native_frame(values.elements, tag, frame, count * stored.itemsize)
    array = np.frombuffer(data, stored).astype(stored.newbyteorder("="), copy=False)
    if form.samples_per_pixel == 1:
        return array.reshape(form.rows, form.columns)
    if form.planar_configuration:
        planes = array.reshape(form.samples_per_pixel, form.rows, form.columns)
        return np.ascontiguousarray(np.moveaxis(planes, 0, 2))
    return array.reshape(form.rows, form.columns, form.samples_per_pixel)


def _is_word(values: Values, tag: int) -> bool:
    return values.elements.elements[tag].vr == b"OW"


def _from_words(values: Values, frame: int, count: int) -> bytes:
    """`count` 8-bit samples of a frame that big endian writes as 16-bit words."""
    first = frame * count
    words = values.elements.raw(PIXEL_DATA, (first + count + 1) // 2 * 2)
    swapped = np.frombuffer(words, "<u2", len(words) // 2).byteswap().tobytes()
    if len(swapped) < first + count:
        raise UndecodableError(UndecodableReason.SHORT, "the pixel data ends early")
    return swapped[first : first + count]


def _single_bits(values: Values, form: PixelFormat, frame: int) -> Array:
    count = form.rows * form.columns
    if not values.elements.encoding.little_endian and _is_word(values, PIXEL_DATA):
        data, first = _from_words(values, 0, ((frame + 1) * count + 7) // 8), frame * count
    else:
        data, first = frame_data.native_bits(values.elements, frame, count)
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    return bits[first : first + count].reshape(form.rows, form.columns)


def _finished(values: Values, form: PixelFormat, samples: Array, header: Codestream) -> Array:
    if form.samples_per_pixel == 3:
        return colour.to_rgb(
            samples, form.photometric_interpretation, form.bits_stored, is_rgb=header.is_rgb
        )
    stored = _stored_values(values, form, samples, header)
    if form.photometric_interpretation == "PALETTE COLOR":
        palette = luts.palette(values)
        if palette is None:
            raise UndecodableError(UndecodableReason.COLOUR, "the palette is missing")
        return colour.from_palette(stored, palette)
    if form.photometric_interpretation not in MONOCHROME:
        raise UndecodableError(UndecodableReason.COLOUR, form.photometric_interpretation)
    return stored


def _stored_values(values: Values, form: PixelFormat, samples: Array, header: Codestream) -> Array:
    """Samples with their sign: BitsStored bits up to HighBit count, the rest is not pixel."""
    is_signed = form.pixel_representation == 1
    if form.bits_allocated == 1:
        return samples
    dtype = np.dtype(f"{'i' if is_signed else 'u'}{form.bits_allocated // 8}")
    if header.is_signed:  # the codestream knows better than PixelRepresentation
        return samples.astype(f"i{dtype.itemsize}", copy=False)
    bits, shift = form.bits_stored, 0
    if form.transfer_syntax_uid in KEEPS_WORDS:
        high_bit = values.integer(0x00280102, bits - 1)
        shift = high_bit - bits + 1 if bits - 1 <= high_bit < form.bits_allocated else 0
    else:
        bits = header.precision
    return _with_sign(samples, bits, shift, dtype)


def _with_sign(samples: Array, bits: int, shift: int, dtype: np.dtype[np.generic]) -> Array:
    width = dtype.itemsize * 8
    unsigned = samples.astype(f"u{dtype.itemsize}", copy=False)
    if bits == width:
        return unsigned.view(dtype)
    left = width - bits - shift
    return ((unsigned << left).view(dtype) >> (width - bits)).astype(dtype, copy=False)
