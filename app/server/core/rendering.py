"""Pictures of frames for whoever has no viewer (PS3.18 8.3.5): windowed, cropped, scaled."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from app.dicom import guard, pixels
from app.dicom.header import read_object
from app.dicom.part10 import NATIVE, Source
from app.domain.errors import InvalidError, NotFoundError
from app.domain.image import Image
from app.server.core.thumbnails import grey_type, pixel_ratio, windowed

MAX_SIDE = 8192
"""Pixels of a side of a picture."""
QUALITY = 90
GREYS = 255
Picture = NDArray[np.unsignedinteger]


class PictureType(StrEnum):
    """What a picture is written as."""

    JPEG = "image/jpeg"
    PNG = "image/png"


class VoiFunction(StrEnum):
    """How values become greys (PS3.3 C.11.2.1.3)."""

    LINEAR = "linear"
    LINEAR_EXACT = "linear-exact"
    SIGMOID = "sigmoid"


@dataclass(frozen=True, slots=True)
class VoiWindow:
    """A window in modality units."""

    centre: float
    width: float
    function: VoiFunction = VoiFunction.LINEAR


@dataclass(frozen=True, slots=True)
class Viewport:
    """A box of (width, height) px, and the part of the image that is fitted into it.

    The part is (left, top, width, height) px; a size of 0 means up to the edge, a negative one that
    it is mirrored.
    """

    size: tuple[int, int]
    part: tuple[float, float, float, float] = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Rendering:
    """How a picture is to be made; without `window` by the image's own."""

    picture_type: PictureType = PictureType.JPEG
    window: VoiWindow | None = None
    viewport: Viewport | None = None
    quality: int = QUALITY


def render(source: Source, frame: int | None, rendering: Rendering) -> bytes:
    """A picture of a frame, counted from 1, of the object in `source`; of the middle one for None.

    Compressed pixels are decoded in the worker process. Raises NotFoundError without such a frame,
    InvalidError for a part outside the image, and UndecodableError.
    """
    image, picture = _picture(source, frame, rendering.window, GREYS)
    return _encoded(_fitted(picture, image, rendering.viewport), rendering)


def presented(source: Source, frame: int, window: VoiWindow | None, *, top: int) -> Picture:
    """The pixels of a frame, counted from 1, as squares: greys from 0 to `top`, or 8-bit RGB.

    Without `window` by the image's own. Raises as `render`.
    """
    image, picture = _picture(source, frame, window, top)
    return _fitted(picture, image, None)


def _picture(
    source: Source, frame: int | None, window: VoiWindow | None, top: int
) -> tuple[Image, Picture]:
    image = read_object(source).image
    if image is None:
        raise NotFoundError("no pixels")
    number = image.format.frames // 2 if frame is None else frame - 1
    if not 0 <= number < image.format.frames:
        raise NotFoundError(f"one of {image.format.frames} frames is asked for")
    is_native = image.format.transfer_syntax_uid in NATIVE
    decode = pixels.decode if is_native else guard.decode_guarded
    return image, _shown(decode(source, image, number), image.of_frame(number), window, top)


def _shown(
    stored: NDArray[np.generic], image: Image, window: VoiWindow | None, top: int
) -> Picture:
    if stored.ndim == 3:
        return np.asarray(stored, np.uint8)
    values = stored.astype(np.float32) * np.float32(image.slope) + np.float32(image.intercept)
    grey = _by_window(values, window, top) if window else windowed(values, image, top)
    is_inverted = image.format.photometric_interpretation == "MONOCHROME1"
    return grey.dtype.type(top) - grey if is_inverted else grey


def _by_window(values: NDArray[np.float32], window: VoiWindow, top: int) -> Picture:
    """PS3.3 C.11.2.1.2 and C.11.2.1.3."""
    values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    centre, width = window.centre, window.width
    if window.function is VoiFunction.SIGMOID:
        exponent = np.clip(-4 * (values - centre) / width, -80, 80)
        shown = top / (1 + np.exp(exponent))
    elif window.function is VoiFunction.LINEAR_EXACT:
        shown = ((values - centre) / width + 0.5) * top
    else:
        shown = ((values - (centre - 0.5)) / max(width - 1, 1e-6) + 0.5) * top
    return np.asarray(np.clip(shown, 0, top), grey_type(top))


def _fitted(picture: Picture, image: Image, viewport: Viewport | None) -> Picture:
    """The wanted part, with square pixels, as large as the box lets it be."""
    ratio = pixel_ratio(image)
    if viewport is None:
        if ratio == 1:
            return picture
        rows, columns = picture.shape[:2]
        return _resized(picture, columns, rows * ratio)
    part = _part(picture, viewport)
    rows, columns = part.shape[:2]
    scale = min(viewport.size[0] / columns, viewport.size[1] / (rows * ratio))
    return _resized(part, columns * scale, rows * ratio * scale)


def _part(picture: Picture, viewport: Viewport) -> Picture:
    left, top, width, height = viewport.part
    rows, columns = picture.shape[:2]
    first_row, first_column = round(top), round(left)
    last_row = round(top + abs(height)) if height else rows
    last_column = round(left + abs(width)) if width else columns
    if not (0 <= first_row < last_row <= rows and 0 <= first_column < last_column <= columns):
        raise InvalidError("the part lies outside the image")
    part = picture[first_row:last_row, first_column:last_column]
    return part[:: -1 if height < 0 else 1, :: -1 if width < 0 else 1]


def _resized(picture: Picture, width: float, height: float) -> Picture:
    size = tuple(min(max(1, round(side)), MAX_SIDE) for side in (width, height))
    shrinks = size[0] * size[1] < picture.shape[0] * picture.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.ascontiguousarray(picture), size, interpolation=method))


def _encoded(picture: Picture, rendering: Rendering) -> bytes:
    if picture.ndim == 3:
        picture = np.ascontiguousarray(picture[..., ::-1])  # OpenCV writes BGR
    if rendering.picture_type is PictureType.JPEG:
        said = [cv2.IMWRITE_JPEG_QUALITY, rendering.quality]
        _is_done, encoded = cv2.imencode(".jpg", picture, said)
    else:
        _is_done, encoded = cv2.imencode(".png", picture)
    return bytes(encoded.tobytes())
