"""Pictures of frames for whoever has no viewer (PS3.18 8.3.5): windowed, cropped, scaled."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.dicom import guard, pixels
from app.dicom.header import read_object
from app.dicom.part10 import NATIVE, Source
from app.domain.errors import InvalidError, NotFoundError
from app.domain.image import Image
from app.server.core.greys import Picture, VoiWindow, greys
from app.server.core.rasters import jpeg, png, resized
from app.server.core.thumbnails import pixel_ratio

MAX_SIDE = 8192
"""Pixels of a side of a picture."""
QUALITY = 90
GREYS = 255


class PictureType(StrEnum):
    """What a picture is written as."""

    JPEG = "image/jpeg"
    PNG = "image/png"


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
    stored = decode(source, image, number)
    if stored.ndim == 3:
        return image, np.asarray(stored, np.uint8)
    return image, greys(source, image.of_frame(number), stored, window, top=top)


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
    columns, rows = (min(max(1, round(side)), MAX_SIDE) for side in (width, height))
    return resized(picture, (columns, rows))


def _encoded(picture: Picture, rendering: Rendering) -> bytes:
    if rendering.picture_type is PictureType.JPEG:
        return jpeg(picture, rendering.quality)
    return png(picture)
