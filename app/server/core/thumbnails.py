"""A small picture of an image, as its own window shows it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from app.dicom import guard, pixels
from app.dicom.part10 import NATIVE, Source
from app.domain.image import Image

SIDE_PX = 128
RESIZABLE = (np.uint8, np.uint16, np.int16, np.float32)
"""What OpenCV resizes as it is."""
DARKEST_PERCENT, BRIGHTEST_PERCENT = 1.0, 99.0


def render(source: Source, image: Image) -> bytes:
    """A PNG of the middle frame of the object in `source`, whose header gave `image`.

    Its longer side has SIDE_PX px. Compressed pixels are decoded in the worker process.
    Raises UndecodableError.
    """
    is_native = image.format.transfer_syntax_uid in NATIVE
    decode = pixels.decode if is_native else guard.decode_guarded
    frame = _shrunk(decode(source, image, image.format.frames // 2), image)
    if frame.ndim == 3:
        return _png(np.ascontiguousarray(frame[..., ::-1]))  # OpenCV writes BGR
    values = frame.astype(np.float32) * np.float32(image.slope) + np.float32(image.intercept)
    grey = windowed(values, image)
    is_inverted = image.format.photometric_interpretation == "MONOCHROME1"
    return _png(np.uint8(255) - grey if is_inverted else grey)


def _shrunk(frame: NDArray[np.generic], image: Image) -> NDArray[np.generic]:
    rows, columns = frame.shape[:2]
    height = rows * pixel_ratio(image)
    scale = SIDE_PX / max(height, columns)
    size = (max(1, round(columns * scale)), max(1, round(height * scale)))
    source = frame if frame.dtype in RESIZABLE else frame.astype(np.float32)
    shrunk: NDArray[np.generic] = cv2.resize(source, size, interpolation=cv2.INTER_AREA)
    return shrunk


def pixel_ratio(image: Image) -> float:
    """Height of a pixel in its widths, within reason."""
    calibration = image.calibration
    spacing = calibration.pixel_spacing or calibration.aspect_ratio or (1, 1)
    return min(max(spacing[0] / spacing[1], 0.1), 10.0) if min(spacing) > 0 else 1.0


def grey_type(top: int) -> type[np.unsignedinteger]:
    """What greys from 0 to `top` are kept in."""
    return np.uint8 if top <= 255 else np.uint16


def windowed(
    values: NDArray[np.float32], image: Image, top: int = 255
) -> NDArray[np.unsignedinteger]:
    """Greys from 0 to `top` by the image's own window, or by its values where it has none."""
    values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    if image.windows and image.windows[0].width > 0 and not image.has_luts:
        low = image.windows[0].centre - image.windows[0].width / 2
        high = low + image.windows[0].width
    else:
        low, high = np.percentile(values, (DARKEST_PERCENT, BRIGHTEST_PERCENT))
    scaled = (values - low) * (float(top) / max(high - low, 1e-6))
    return np.asarray(np.clip(scaled, 0, top), grey_type(top))


def _png(picture: NDArray[np.generic]) -> bytes:
    _is_done, encoded = cv2.imencode(".png", picture)
    return bytes(encoded.tobytes())
