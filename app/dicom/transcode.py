"""An object or its frames in another transfer syntax (PS3.5 8, A), for peers and readers.

Between uncompressed syntaxes every value stays; into a lossless one every pixel does. The SOP
Instance UID stays too: what loses (`jpeg_quality`) needs a new one and the attributes of PS3.3
C.7.6.1.1.5 (LossyImageCompression, ratio, method, DerivationDescription), which are the caller's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import IO, ClassVar

import numpy as np
from numpy.typing import NDArray

from app.dicom import codecs, colour, decoding, encoders, header, overlays, part10, recoding
from app.dicom.elements import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, Buffer, DataSet, Encoding
from app.dicom.encapsulation import (
    EXTENDED_LENGTHS,
    EXTENDED_OFFSETS,
    PIXEL_DATA,
    Encapsulation,
)
from app.dicom.image_header import LOSSY_SYNTAXES, frame_bytes
from app.dicom.recoding import PIECE
from app.dicom.spooled import Written, spool, written
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
) -> Written:
    """The Part 10 object in `data`, written in `transfer_syntax_uid`, frame by frame.

    JPEG baseline, of `jpeg_quality` 1 to 100, is the one target that loses; without that number it
    is refused. Raises UntranscodableError.
    """
    target = _Target(transfer_syntax_uid, jpeg_quality)
    try:
        with part10.opened(data) as buffer, spool() as file:
            _write(buffer, header.read_object(buffer), target, file)
            return written(file)
    except (UndecodableError, RefusedObjectError) as error:
        raise UntranscodableError(error.detail) from error
    except OSError as error:
        raise UntranscodableError(f"the temporary folder: {error.strerror}") from error


def transcoded_frame(data: part10.Source, transfer_syntax_uid: str, number: int) -> bytes:
    """One frame, counted from 0, as `transcode` writes it for itself; others are not decoded.

    Raises UntranscodableError, also for a number that is no frame's.
    """
    target = _Target(transfer_syntax_uid, None)
    try:
        with part10.opened(data) as buffer:
            image = header.read_object(buffer).image
            if image is None:
                raise UntranscodableError("there are no pixels")
            frames = _Frames(Values.of(part10.data_set(buffer)), image, target)
            return _alone(*frames.frame(number), target)
    except (UndecodableError, RefusedObjectError) as error:
        raise UntranscodableError(error.detail) from error


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


class _Frames:
    """The frames of an object, decoded one by one.

    They are words where both syntaxes keep them, else values with a sign.
    """

    def __init__(self, values: Values, image: Image, target: _Target) -> None:
        form = image.format
        declared = values.number(0x00280008) or 1
        if declared != form.frames:
            raise UntranscodableError(f"{form.frames} of {declared} frames are there")
        if frame_bytes(form) * form.frames > MAX_DECODED:
            raise UntranscodableError("too large when it is decoded")
        is_word = form.transfer_syntax_uid in decoding.KEEPS_WORDS
        self.source = form
        self.keeps_words = is_word and target.keeps_words
        self._planes = overlays.planes_in_pixels(values) if is_word and not self.keeps_words else ()
        self._pixels = decoding.ObjectPixels(values, image)
        self._first: tuple[Array, PixelFormat] | None = None

    def frame(self, number: int) -> tuple[Array, PixelFormat]:
        """The samples of one frame, and what is true of them. Raises UndecodableError."""
        if number:
            return self._decoded(number)
        self._first = self._first or self._decoded(0)  # it is asked for twice
        return self._first

    def _decoded(self, number: int) -> tuple[Array, PixelFormat]:
        form = self.source
        samples, said = self._pixels.samples(number)
        precision, is_signed = form.bits_stored, form.pixel_representation == 1
        if not self.keeps_words:
            samples = self._pixels.stored_values(samples, said)
            is_signed = is_signed or said.is_signed
            precision = _bits(samples, form.bits_stored, said.precision)
        return samples, replace(
            form,
            bits_stored=precision,
            pixel_representation=int(is_signed),
            photometric_interpretation=_photometric(form, is_rgb=bool(said.is_rgb)),
        )

    def overlays(self, target: _Target) -> dict[int, bytes]:
        """What lay in unused bits of the pixels, which only whole words keep there."""
        found: dict[int, bytes] = {}
        for plane in self._planes:
            bits = [
                plane.bits(self._pixels.samples(number)[0]) for number in range(self.source.frames)
            ]
            found |= plane.elements(bits, self.source, target.encoding)
        return found


class _WiderError(Exception):
    """A frame needs a wider `form` than the frames before it were written in."""

    def __init__(self, form: PixelFormat) -> None:
        super().__init__()
        self.form = form


def _write(buffer: Buffer, parsed: header.ParsedObject, target: _Target, file: IO[bytes]) -> None:
    if parsed.transfer_syntax_uid == target.uid:
        file.write(parsed.head)
        for start in range(parsed.data_start, len(buffer), PIECE):
            file.write(buffer[start : start + PIECE])
        return
    file.write(part10.stored_head(target.uid, parsed.sop_class_uid, parsed.sop_instance_uid))
    data_set, image = part10.data_set(buffer), parsed.image
    is_native = parsed.transfer_syntax_uid in part10.NATIVE
    if target.is_native and (is_native or image is None):
        _put(file, target, _every(recoding.elements(data_set, target.encoding)))
        return
    if image is None:
        raise UntranscodableError("there are no pixels")
    if PIXEL_DATA not in data_set:
        raise UntranscodableError("pixels of floating point")
    values = Values.of(data_set)
    frames = _Frames(values, image, target)
    changes = frames.overlays(target)
    if parsed.transfer_syntax_uid in LOSSY_SYNTAXES and not values.code(0x00282110):
        changes[0x00282110] = recoding.element(0x00282110, b"CS", b"01", target.encoding)
    start, (_, form) = file.tell(), frames.frame(0)
    while True:
        try:
            _put(file, target, _with_frames(data_set, frames, form, target, changes))
        except _WiderError as error:
            form = error.form
            file.seek(start)
            file.truncate()
        else:
            return


def _put(file: IO[bytes], target: _Target, pieces: Iterable[bytes]) -> None:
    for piece in part10.deflated_pieces(pieces) if target.uid == part10.DEFLATED else pieces:
        file.write(piece)


def _every(found: Iterable[tuple[int, Iterable[bytes]]]) -> Iterator[bytes]:
    for _, pieces in found:
        yield from pieces


def _with_frames(
    data_set: DataSet,
    frames: _Frames,
    form: PixelFormat,
    target: _Target,
    changes: dict[int, bytes],
) -> Iterator[bytes]:
    """The elements with all frames in the new syntax. Raises _WiderError."""
    changes = (
        changes | _described(frames, form, target) | {EXTENDED_OFFSETS: b"", EXTENDED_LENGTHS: b""}
    )
    with spool() as codestreams:
        if target.is_native:
            pixels = _native(frames, form, target)
        else:
            lengths = [
                codestreams.write(_codestream(array, form, target))
                for array in _arrays(frames, form)
            ]
            encapsulation = Encapsulation(lengths)
            changes |= encapsulation.tables()
            codestreams.seek(0)
            pixels = encapsulation.pixel_data(map(codestreams.read, lengths))
        changes[PIXEL_DATA] = b""
        for tag, pieces in recoding.elements(data_set, target.encoding, changes):
            yield from pixels if tag == PIXEL_DATA else pieces


def _arrays(frames: _Frames, form: PixelFormat) -> Iterator[Array]:
    """Every frame's samples. Raises _WiderError for one that does not fit into `form`."""
    for number in range(form.frames):
        array, own = frames.frame(number)
        wider = _wider(form, own)
        if wider != form:
            raise _WiderError(wider)
        yield array


def _wider(one: PixelFormat, other: PixelFormat) -> PixelFormat:
    """What holds the samples of both."""
    is_rgb = "RGB" in (one.photometric_interpretation, other.photometric_interpretation)
    return replace(
        one,
        bits_stored=max(one.bits_stored, other.bits_stored),
        pixel_representation=one.pixel_representation | other.pixel_representation,
        photometric_interpretation="RGB" if is_rgb else one.photometric_interpretation,
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


def _described(frames: _Frames, form: PixelFormat, target: _Target) -> dict[int, bytes]:
    """The elements of the Image Pixel module that tell how `target` has the pixels."""
    changes: dict[int, bytes] = {}

    def short(tag: int, number: int) -> None:
        changes[tag] = recoding.unsigned_short(tag, number, target.encoding)

    interpretation = form.photometric_interpretation
    if form.samples_per_pixel == 3:
        short(0x00280006, int(target.uid == codecs.RLE))  # RLE has a segment for each plane
        if interpretation == "RGB" and target.uid in encoders.TRANSFORMED:
            interpretation = "YBR_RCT"
        if target.uid == encoders.JPEG_BASELINE:
            interpretation = "YBR_FULL_422"
    text = interpretation.encode("ascii")
    changes[0x00280004] = recoding.element(0x00280004, b"CS", text, target.encoding)
    if not frames.keeps_words:
        short(0x00280101, form.bits_stored)
        short(0x00280102, form.bits_stored - 1)
        short(0x00280103, form.pixel_representation)
    return changes


def _native(frames: _Frames, form: PixelFormat, target: _Target) -> Iterator[bytes]:
    """The element of native pixel data."""
    is_bytes = target.encoding.explicit and form.bits_allocated <= 8
    count = form.rows * form.columns * form.samples_per_pixel * form.frames
    size = (count * form.bits_allocated + 7) // 8
    padded, vr = size + size % 2, b"OB" if is_bytes else b"OW"
    yield recoding.element_head(PIXEL_DATA, vr, padded, target.encoding)
    arrays = _arrays(frames, form)
    if form.bits_allocated == 1:
        yield from _single_bits(arrays)
    else:
        for array in arrays:
            yield _native_words(array, form, target)
    yield b"\0" * (padded - size)


def _single_bits(arrays: Iterable[Array]) -> Iterator[bytes]:
    """Frames one behind the other, though none may begin at a byte (PS3.5 8.1.1)."""
    left = np.empty(0, np.uint8)
    for array in arrays:
        bits = np.concatenate([left, array.reshape(-1).astype(np.uint8)])
        whole = len(bits) // 8 * 8
        yield np.packbits(bits[:whole], bitorder="little").tobytes()
        left = bits[whole:]
    yield np.packbits(left, bitorder="little").tobytes()


def _native_words(array: Array, form: PixelFormat, target: _Target) -> bytes:
    order = "<" if target.encoding.little_endian else ">"
    word = np.dtype(f"{order}u{form.bits_allocated // 8}")
    return words(array, form).astype(word).tobytes()


def words(array: Array, form: PixelFormat) -> Array:
    """Samples in words of BitsAllocated; a codec may have given smaller ones."""
    size = form.bits_allocated // 8
    kind = "i" if np.issubdtype(array.dtype, np.signedinteger) else "u"
    return np.ascontiguousarray(array, f"{kind}{size}").view(f"u{size}")


def _alone(array: Array, form: PixelFormat, target: _Target) -> bytes:
    """One frame for itself."""
    if not target.is_native:
        return _codestream(array, form, target)
    if form.bits_allocated == 1:
        return b"".join(_single_bits([array]))
    return _native_words(array, form, target)


def _codestream(array: Array, form: PixelFormat, target: _Target) -> bytes:
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
    return target.encode(array, samples)
