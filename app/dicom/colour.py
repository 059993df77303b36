"""Colour images as 8-bit RGB (PS3.3 C.7.6.3.1.2)."""

import numpy as np
from numpy.typing import NDArray

from app.dicom.luts import Lut
from app.dicom.undecodable import UndecodableError, UndecodableReason

Array = NDArray[np.generic]
Rgb = NDArray[np.uint8]
YBR = frozenset({"YBR_FULL", "YBR_FULL_422"})
YBR_PARTIAL = frozenset({"YBR_PARTIAL_422", "YBR_PARTIAL_420"})
RGB = frozenset({"RGB", "YBR_ICT", "YBR_RCT"})  # the codec has undone the last two


def to_rgb(samples: Array, photometric: str, bits_stored: int, *, is_rgb: bool | None) -> Rgb:
    """(rows, columns, 3) samples as RGB; `is_rgb` overrules `photometric` where the codec knows."""
    eight = eight_bit(samples, bits_stored)
    if is_rgb or photometric in RGB:
        return eight
    if photometric in YBR:
        import cv2  # not by the start of a server

        swapped = np.ascontiguousarray(eight[..., [0, 2, 1]])  # OpenCV wants Y, Cr, Cb
        return np.asarray(cv2.cvtColor(swapped, cv2.COLOR_YCrCb2RGB), np.uint8)
    if photometric in YBR_PARTIAL:
        return _from_partial(eight)
    raise UndecodableError(UndecodableReason.COLOUR, photometric)


def eight_bit(samples: Array, bits_stored: int) -> Rgb:
    """Samples of more than 8 bits by their most significant ones, of fewer stretched."""
    if samples.dtype == np.uint8 and bits_stored == 8:
        return np.ascontiguousarray(samples, np.uint8)
    if bits_stored > 8:
        return np.ascontiguousarray(np.right_shift(samples, bits_stored - 8), np.uint8)
    return np.ascontiguousarray(
        samples.astype(np.uint16) * 255 // ((1 << bits_stored) - 1), np.uint8
    )


def from_palette(indices: Array, palette: tuple[Lut, Lut, Lut]) -> Rgb:
    """(rows, columns) indices as RGB."""
    channels = [lut.apply(indices) >> (lut.bits - 8) for lut in palette]
    return np.ascontiguousarray(np.stack(channels, axis=-1), np.uint8)


def expand_422(data: bytes, rows: int, columns: int) -> Rgb:
    """Native 4:2:2 samples (Y1 Y2 Cb Cr) as (rows, columns, 3)."""
    if columns % 2:
        raise UndecodableError(UndecodableReason.COLOUR, "4:2:2 needs an even number of columns")
    pairs = np.frombuffer(data, np.uint8, rows * columns * 2).reshape(rows, columns // 2, 4)
    full = np.empty((rows, columns // 2, 2, 3), np.uint8)
    full[..., 0] = pairs[..., :2]
    full[..., 1] = pairs[..., 2:3]
    full[..., 2] = pairs[..., 3:4]
    return full.reshape(rows, columns, 3)


def _from_partial(ybr: Rgb) -> Rgb:
    """ITU-R BT.601 with 16 to 235 for Y."""
    values = ybr.astype(np.float32) - (16, 128, 128)
    y, blue, red = (values[..., i] for i in range(3))
    luma = y * 1.164383
    rgb = (
        luma + 1.596027 * red,
        luma - 0.391762 * blue - 0.812968 * red,
        luma + 2.017232 * blue,
    )
    return np.stack(rgb, axis=-1).round().clip(0, 255).astype(np.uint8)
