"""Lossless compression of objects, kept only where every pixel can be had back from it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.dicom import header, part10, spooled
from app.dicom.decoding import ObjectPixels
from app.dicom.elements import Buffer
from app.dicom.encoders import HTJ2K, JPEG_2000, JPEG_LS
from app.dicom.header import ParsedObject
from app.dicom.image_header import PIXEL_DATA, frame_bytes
from app.dicom.part10 import Source
from app.dicom.sameness import differences, say_the_same
from app.dicom.spooled import Written
from app.dicom.transcode import UntranscodableError, transcode, words
from app.dicom.undecodable import UndecodableError
from app.dicom.values import Values
from app.domain.image import Image
from app.domain.ingest import RefusedObjectError
from app.settings import Codec

Array = NDArray[np.generic]
SYNTAXES = {Codec.JPEG_LS: JPEG_LS, Codec.JPEG_2000: JPEG_2000, Codec.HTJ2K: HTJ2K}
MAX_SIZE = 512 * 1024**2
"""Bytes of an object that is compressed: it is written and read again, while somebody may wait."""
Compress = Callable[[Source, str], Written | None]
"""`compressed`, here or in a worker."""
INTERPRETATIONS = frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "YBR_FULL"})
CHANGED = frozenset({"PhotometricInterpretation", "PlanarConfiguration", "PixelData"})
"""What may tell another tale in the compressed object: how its pixels are kept."""


def compressed(data: Source, transfer_syntax_uid: str) -> Written | None:
    """The Part 10 object in `data` in that syntax, None where it has to stay as it is.

    It stays when it is compressed already, has lost something before, has pixels that the codec
    can't give back bit by bit (floating point, single bits, something in unused bits), is very
    large, or would not become smaller.
    """
    try:
        with part10.opened(data) as buffer:
            found = header.read_object(buffer)
            if len(buffer) > MAX_SIZE or not is_suited(found):
                return None
            written, is_good = transcode(buffer, transfer_syntax_uid), False
            try:
                with part10.opened(written) as again:
                    is_smaller = len(again) < len(found.head) + len(buffer) - found.data_start
                    is_good = is_smaller and _is_same(buffer, found.image, again)
            finally:
                if not is_good:
                    spooled.close(written)
            return written if is_good else None
    except (UntranscodableError, UndecodableError, RefusedObjectError):
        return None


def is_suited(found: ParsedObject) -> bool:
    """Whether it is worth a try, by what the header says."""
    if found.image is None or found.transfer_syntax_uid not in part10.NATIVE or found.image.lossy:
        return False
    form = found.image.format
    return form.bits_allocated in (8, 16) and form.photometric_interpretation in INTERPRETATIONS


def is_same_object(kept: Source, came: Source, compress: Compress) -> bool:
    """Whether what came says the same as what is kept, which may have been compressed here."""
    with part10.opened(kept) as one, part10.opened(came) as other:
        if say_the_same(one, other):
            return True
        try:
            syntax = header.read_object(one).transfer_syntax_uid
        except RefusedObjectError:
            return False
        again = compress(other, syntax) if syntax in SYNTAXES.values() else None
        try:
            return again is not None and say_the_same(one, again)
        finally:
            spooled.close(again)


def _is_same(buffer: Buffer, image: Image | None, written: Buffer) -> bool:
    """Whether all elements, and all words of the pixels with their unused bits, are the same."""
    again = header.read_object(written).image
    if image is None or again is None or not CHANGED.issuperset(differences(buffer, written)):
        return False
    form = image.format
    values = Values.of(part10.data_set(buffer))
    spare = values.elements.elements[PIXEL_DATA].length - frame_bytes(form) * form.frames
    before = ObjectPixels(values, image)
    after = ObjectPixels(Values.of(part10.data_set(written)), again)
    return spare <= 1 and all(
        np.array_equal(before.samples(frame)[0], _words(after, again, frame))
        for frame in range(form.frames)
    )


def _words(pixels: ObjectPixels, image: Image, frame: int) -> Array:
    """The words that a decoded frame is in native pixel data."""
    return words(pixels.stored_values(*pixels.samples(frame)), image.format)
