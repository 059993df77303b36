"""A small picture of an image, as its own window shows it."""

import numpy as np
from numpy.typing import NDArray

from app.dicom import guard, pixels
from app.dicom.part10 import NATIVE, Source
from app.domain.image import Image
from app.server.core.greys import greys
from app.server.core.rasters import png, resized

SIDE_PX = 128
RESIZABLE = (np.uint8, np.uint16, np.int16, np.float32)
"""What OpenCV resizes as it is."""


def render(source: Source, image: Image) -> bytes:
    """A PNG of the middle frame of the object in `source`, whose header gave `image`.

    Its longer side has SIDE_PX px. Compressed pixels are decoded in the worker process.
    Raises UndecodableError.
    """
    is_native = image.format.transfer_syntax_uid in NATIVE
    decode = pixels.decode if is_native else guard.decode_guarded
    frame = _shrunk(decode(source, image, image.format.frames // 2), image)
    return png(frame if frame.ndim == 3 else greys(source, image, frame))


def _shrunk(frame: NDArray[np.generic], image: Image) -> NDArray[np.generic]:
    rows, columns = frame.shape[:2]
    height = rows * pixel_ratio(image)
    scale = SIDE_PX / max(height, columns)
    size = (max(1, round(columns * scale)), max(1, round(height * scale)))
    source = frame if frame.dtype in RESIZABLE else frame.astype(np.float32)
    return resized(source, size)


def pixel_ratio(image: Image) -> float:
    """Height of a pixel in its widths, within reason."""
    calibration = image.calibration
    spacing = calibration.pixel_spacing or calibration.aspect_ratio or (1, 1)
    return min(max(spacing[0] / spacing[1], 0.1), 10.0) if min(spacing) > 0 else 1.0
