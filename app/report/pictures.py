"""Key images on the page: as sharp as their pixels allow, never enlarged into blur."""

import io
import warnings

from PIL import Image as Picture
from reportlab.lib.units import mm
from reportlab.platypus import Flowable
from reportlab.platypus import Image as Drawing

MAX_WIDTH = 81 * mm
MAX_HEIGHT = 81 * mm
POINTS_A_PIXEL = 72 / 120
"""The largest a pixel is printed: 120 pixels to the inch."""
MAX_PIXELS = 1400
"""Longest side kept in the file, in px: 440 pixels to the inch at the largest size."""


def picture(png: bytes) -> Flowable | None:
    """The picture scaled to its place, or None when the bytes are no picture that can be opened."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Picture.DecompressionBombWarning)
            opened = Picture.open(io.BytesIO(png), formats=("PNG",))
            shown = opened.convert("L" if opened.mode in {"1", "L"} else "RGB")
    except (OSError, ValueError, SyntaxError, Picture.DecompressionBombError, Warning):
        return None
    shown.thumbnail((MAX_PIXELS, MAX_PIXELS))
    scale = min(MAX_WIDTH / shown.width, MAX_HEIGHT / shown.height, POINTS_A_PIXEL)
    buffer = io.BytesIO()
    shown.save(buffer, "PNG")
    buffer.seek(0)
    return Drawing(buffer, width=shown.width * scale, height=shown.height * scale, hAlign="LEFT")
