"""Uncompressed pixels straight from a stored file, by the offset the index knows."""

from pathlib import Path

import numpy as np

from app.dicom.undecodable import UndecodableError, UndecodableReason
from app.domain.image import ImageSource, PixelFormat
from app.viewer.load.series import Array, stored_type


def is_native(source: ImageSource) -> bool:
    """Whether the pixels can be read as they lie in the file."""
    image = source.image
    return source.pixel_offset >= 0 and not image.has_luts and stored_type(image.format) is not None


def read_frame(source: ImageSource, data: Path | bytes, frame: int, out: Array) -> None:
    """Fill `out` (row, column) with stored values; raises UndecodableError, OSError."""
    start = frame * out.nbytes
    if start + out.nbytes > source.pixel_length:
        raise UndecodableError(UndecodableReason.SHORT)
    target = memoryview(out).cast("B")
    if isinstance(data, Path):
        _read(data, source.pixel_offset + start, target)
    else:
        start += source.pixel_offset
        piece = memoryview(data)[start : start + out.nbytes]
        if len(piece) < out.nbytes:
            raise UndecodableError(UndecodableReason.SHORT)
        target[:] = piece
    clear_unused_bits(out, source.image.format)


def _read(path: Path, offset: int, target: memoryview) -> None:
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        filled = 0
        while filled < len(target):
            count = file.readinto(target[filled:])
            if not count:
                raise UndecodableError(UndecodableReason.SHORT)
            filled += count


def clear_unused_bits(values: Array, form: PixelFormat) -> None:
    """Drop what lies above the stored bits, where old scanners kept overlays, in place."""
    spare = form.bits_allocated - form.bits_stored
    if spare <= 0:
        return
    if form.pixel_representation == 0:
        most = (1 << form.bits_stored) - 1
        if int(values.max()) > most:
            np.bitwise_and(values, most, out=values)
        return
    most = (1 << (form.bits_stored - 1)) - 1
    if int(values.max()) > most or int(values.min()) < -most - 1:
        np.left_shift(values, spare, out=values)
        np.right_shift(values, spare, out=values)
