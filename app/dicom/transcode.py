"""An object or its frames in another transfer syntax (PS3.5 8, A), for peers and readers.

Between uncompressed syntaxes every value stays; into a lossless one every pixel does. The SOP
Instance UID stays too: what loses (`jpeg_quality`) needs a new one and the attributes of PS3.3
C.7.6.1.1.5 (LossyImageCompression, ratio, method, DerivationDescription), which are the caller's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from app.dicom import codecs, colour, decoding, encoders, header, overlays, part10
from app.dicom.elements import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, DataSet, Encoding
from app.dicom.encapsulation import EXTENDED_LENGTHS, EXTENDED_OFFSETS, PIXEL_DATA, encapsulated
from app.dicom.image_header import LOSSY_SYNTAXES, frame_bytes
from app.dicom.recoding import element, recoded, unsigned_short
from app.dicom.undecodable import UndecodableError
from app.dicom.values import Values
from app.domain.errors import InvalidError
from app.domain.image import Image, PixelFormat
from app.domain.ingest import RefusedObjectError

Array = NDArray[np.generic]
MAX_DECODED = 2 * 1024**3
_FAILURES = (RuntimeError, ValueError, TypeError, MemoryError)  # imagecodecs' errors among them
_ENCODINGS = {part10.IMPLICIT: IMPLICIT_LE, part10.BIG_ENDIAN: EXPLICIT_BE}


class UntranscodableError(InvalidError):
    """The object can't be written in the wanted transfer syntax; `detail` says why."""

    code: ClassVar[str] = "untranscodable"


def can_transcode(source_uid: str, target_uid: str) -> bool:
    """Whether `transcode` knows both syntaxes; what an object holds may still prevent it."""
    is_read = source_uid in part10.NATIVE or source_uid in codecs.DECODABLE
    is_written = target_uid in part10.NATIVE or target_uid in encoders.LOSSLESS
    return source_uid == target_uid or (is_read and is_written)


def transcode(
    data: part10.Source, transfer_syntax_uid: str, *, jpeg_quality: int | None = None
) -> bytes:
    """The Part 10 object in `data`, written in `transfer_syntax_uid`.

    JPEG baseline, of `jpeg_quality` 1 to 100, is the one target that loses; without that number it
    is refused. Raises UntranscodableError.
    """
    try:
        with part10.opened(data) as buffer:
            parsed = header.read_object(buffer)
            source = parsed.transfer_syntax_uid
            if source == transfer_syntax_uid:
                return parsed.head + buffer[parsed.data_start :]
            data_set = part10.data_set(buffer)
            target = _Target(transfer_syntax_uid, jpeg_quality)
            changes = _changes(data_set, source, parsed.image, target)
            encoded = recoded(data_set, target.encoding, changes)
    except (UndecodableError, RefusedObjectError) as error:
        raise UntranscodableError(error.detail) from error
    if transfer_syntax_uid == part10.DEFLATED:
        encoded = part10.deflated(encoded)
    identity = parsed.sop_class_uid, parsed.sop_instance_uid
    return part10.stored_head(transfer_syntax_uid, *identity) + encoded


def transcoded_frames(
    data: part10.Source, transfer_syntax_uid: str, numbers: Sequence[int]
) -> list[bytes]:
    """The frames `numbers`, counted from 0, as `transcode` writes them; others are not decoded.

    Raises UntranscodableError, also for a number that is no frame's.
    """
    try:
        with part10.opened(data) as buffer:
            image = header.read_object(buffer).image
            if image is None:
                raise UntranscodableError("there are no pixels")
            values = Values.of(part10.data_set(buffer))
            target = _Target(transfer_syntax_uid, None)
            frames = _decoded(values, image, target, {}, numbers)
    except (UndecodableError, RefusedObjectError) as error:
        raise UntranscodableError(error.detail) from error
    if target.is_native:
        return [_native_value([array], frames.form, target) for array in frames.arrays]
    return _codestreams(frames, target)


@dataclass(frozen=True, slots=True)
class _Target:
    """The wanted syntax."""

    uid: str
    jpeg_quality: int | None

    @property
    def encoding(self) -> Encoding:
        return _ENCODINGS.get(self.uid, EXPLICIT_LE)

    @property
    def is_native(self) -> bool:
        return self.uid in part10.NATIVE

    @property
    def keeps_words(self) -> bool:
        return self.uid in decoding.KEEPS_WORDS

    def encode(self, values: Array, samples: encoders.Samples) -> bytes:
        try:
            if self.uid == encoders.JPEG_BASELINE and self.jpeg_quality is not None:
                return encoders.jpeg_baseline(values, samples, self.jpeg_quality)
            return encoders.LOSSLESS[self.uid](values, samples)
        except KeyError as error:
            raise UntranscodableError(f"nothing writes {self.uid}") from error
        except _FAILURES as error:
            raise UntranscodableError("the codec gave up") from error


@dataclass(frozen=True, slots=True)
class _Frames:
    """Decoded frames and what is true of them."""

    arrays: list[Array]
    form: PixelFormat


def _changes(
    data_set: DataSet, source: str, image: Image | None, target: _Target
) -> dict[int, bytes]:
    """The elements that the new syntax changes, written in its encoding."""
    if source in part10.NATIVE and target.is_native:
        return {}
    if image is None:
        if target.is_native:
            return {}
        raise UntranscodableError("there are no pixels")
    if PIXEL_DATA not in data_set:
        raise UntranscodableError("pixels of floating point")
    changes: dict[int, bytes] = {}
    values = Values.of(data_set)
    frames = _decoded(values, image, target, changes, range(image.format.frames))
    _describe(image.format, frames.form, target, changes)
    if source in LOSSY_SYNTAXES and not values.code(0x00282110):
        changes[0x00282110] = element(0x00282110, b"CS", b"01", target.encoding)
    if target.is_native:
        changes |= _native(frames, target)
    else:
        changes |= _encapsulated(frames, target)
    return changes


def _decoded(
    values: Values,
    image: Image,
    target: _Target,
    changes: dict[int, bytes],
    numbers: Sequence[int],
) -> _Frames:
    """The frames `numbers`, as words where both syntaxes keep them, else as values with a sign."""
    form = image.format
    declared = values.number(0x00280008) or 1
    if declared != form.frames:
        raise UntranscodableError(f"{form.frames} of {declared} frames are there")
    if frame_bytes(form) * len(numbers) > MAX_DECODED:
        raise UntranscodableError("too large when it is decoded")
    pixels = decoding.ObjectPixels(values, image)
    is_word = form.transfer_syntax_uid in decoding.KEEPS_WORDS
    planes = overlays.planes_in_pixels(values) if is_word and not target.keeps_words else ()
    arrays: list[Array] = []
    taken: dict[overlays.OverlayPlane, list[Array]] = {plane: [] for plane in planes}
    precision, is_signed, is_rgb = form.bits_stored, form.pixel_representation == 1, False
    for number in numbers:
        samples, said = pixels.samples(number)
        for plane in planes:
            taken[plane].append(plane.bits(samples))
        is_rgb = is_rgb or bool(said.is_rgb)
        if not is_word or not target.keeps_words:
            samples = pixels.stored_values(samples, said)
            is_signed = is_signed or said.is_signed
            precision = max(precision, _bits(samples, form.bits_stored, said.precision))
        arrays.append(samples)
    for plane, bits in taken.items():
        changes |= plane.elements(bits, form, target.encoding)
    return _Frames(
        arrays,
        replace(
            form,
            bits_stored=precision,
            pixel_representation=int(is_signed),
            photometric_interpretation=_photometric(form, is_rgb=is_rgb),
        ),
    )


def _bits(values: Array, bits_stored: int, precision: int) -> int:
    """The bits that count: BitsStored, or the codestream's where a value needs more."""
    if precision <= bits_stored or not values.size:
        return bits_stored
    wide = values.astype(np.int64)
    lowest, highest = int(np.min(wide)), int(np.max(wide))
    if np.issubdtype(values.dtype, np.signedinteger):
        limit = 1 << (bits_stored - 1)
        fits = -limit <= lowest and highest < limit
    else:
        fits = highest < 1 << bits_stored
    return bits_stored if fits else precision


def _photometric(form: PixelFormat, *, is_rgb: bool) -> str:
    """What decoded samples are: codecs undo the colour transforms they know of."""
    interpretation = form.photometric_interpretation
    if form.samples_per_pixel == 1:
        return interpretation
    if is_rgb or interpretation in colour.RGB:
        return "RGB"
    if interpretation in colour.YBR:
        return "YBR_FULL"
    raise UntranscodableError(f"colour in {interpretation}")


def _describe(
    before: PixelFormat, after: PixelFormat, target: _Target, changes: dict[int, bytes]
) -> None:
    """The elements of the Image Pixel module that tell how `target` has the pixels."""

    def short(tag: int, number: int) -> None:
        changes[tag] = unsigned_short(tag, number, target.encoding)

    interpretation = after.photometric_interpretation
    if after.samples_per_pixel == 3:
        short(0x00280006, int(target.uid == codecs.RLE))  # RLE has a segment for each plane
        if interpretation == "RGB" and target.uid in encoders.TRANSFORMED:
            interpretation = "YBR_RCT"
        if target.uid == encoders.JPEG_BASELINE:
            interpretation = "YBR_FULL_422"
    text = interpretation.encode("ascii")
    changes[0x00280004] = element(0x00280004, b"CS", text, target.encoding)
    is_word = before.transfer_syntax_uid in decoding.KEEPS_WORDS
    if not (is_word and target.keeps_words):
        short(0x00280101, after.bits_stored)
        short(0x00280102, after.bits_stored - 1)
        short(0x00280103, after.pixel_representation)


def _native(frames: _Frames, target: _Target) -> dict[int, bytes]:
    form = frames.form
    value = _native_value(frames.arrays, form, target)
    is_bytes = target.encoding.explicit and form.bits_allocated <= 8
    pixels = element(PIXEL_DATA, b"OB" if is_bytes else b"OW", value, target.encoding)
    return {PIXEL_DATA: pixels, EXTENDED_OFFSETS: b"", EXTENDED_LENGTHS: b""}


def _native_value(arrays: list[Array], form: PixelFormat, target: _Target) -> bytes:
    if form.bits_allocated == 1:
        bits = np.concatenate([array.reshape(-1) for array in arrays])
        return np.packbits(bits.astype(np.uint8), bitorder="little").tobytes()
    order = "<" if target.encoding.little_endian else ">"
    word = np.dtype(f"{order}u{form.bits_allocated // 8}")
    return b"".join(words(array, form).astype(word).tobytes() for array in arrays)


def words(array: Array, form: PixelFormat) -> Array:
    """Samples in words of BitsAllocated; a codec may have given smaller ones."""
    size = form.bits_allocated // 8
    kind = "i" if np.issubdtype(array.dtype, np.signedinteger) else "u"
    return np.ascontiguousarray(array, f"{kind}{size}").view(f"u{size}")


def _encapsulated(frames: _Frames, target: _Target) -> dict[int, bytes]:
    return encapsulated(_codestreams(frames, target))


def _codestreams(frames: _Frames, target: _Target) -> list[bytes]:
    form = frames.form
    if form.bits_allocated not in (8, 16) and target.uid != codecs.RLE:
        raise UntranscodableError(f"{form.bits_allocated} bits allocated")
    if form.bits_allocated == 1:
        raise UntranscodableError("single bits")
    if target.uid == encoders.JPEG_BASELINE and (form.bits_allocated, form.bits_stored) != (8, 8):
        raise UntranscodableError(f"{form.bits_stored} bits into 8-bit JPEG")
    has_small_values = form.bits_stored <= 8 < form.bits_allocated
    samples = encoders.Samples(
        precision=form.bits_allocated if has_small_values else form.bits_stored,
        is_signed=form.pixel_representation == 1,
        is_rgb=form.photometric_interpretation == "RGB",
    )
    return [target.encode(array, samples) for array in frames.arrays]
