"""What stands on a printed image: whose it is and which."""

import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.header import ParsedObject
from app.server.core.rasters import resized

if TYPE_CHECKING:
    import cv2

FONT = Path(__file__).parents[3] / "resources" / "fonts" / "NotoSans-Bold.ttf"
SMALLEST_SIDE = 512
"""Pixels; smaller pictures are enlarged, so that letters can be read on them."""
LINES_OF_PICTURE = 36
"""The height of a picture in lines of text."""
HALF = 127
"""How much of a pixel a letter covers, of 255, for the pixel to be its own."""
_WRITING = threading.Lock()
"""One at a time: a font keeps its drawn letters."""

Picture = NDArray[np.unsignedinteger[Any]]


def lines_of(parsed: ParsedObject) -> tuple[str, ...]:
    """Patient, birth date and sex, examination, place of the image in it."""
    study, series = parsed.study, parsed.series
    who = f"{' '.join(study.patient_name.replace('^', ' ').split())}  {study.patient_id}"
    when = f"{study.study_date or ''} {study.study_time or ''}"
    which = f"{series.modality}  S {_number(series.number)}  I {_number(parsed.instance_number)}"
    lines = (who, f"{study.birth_date or ''} {study.sex}", when, which)
    return tuple(line.strip() for line in lines)


def captioned(picture: Picture, lines: tuple[str, ...], top: int) -> Picture:
    """The picture, large enough, with `lines` in its upper left corner, `top` on 0."""
    import cv2

    written = _enlarged(picture)
    rows, columns = written.shape[:2]
    height = max(12, rows // LINES_OF_PICTURE)
    letters = np.zeros((min(rows, height * (len(lines) + 1)), columns), np.uint8)
    with _WRITING:
        for number, line in enumerate(lines, 1):
            place = (height // 3, number * height)
            cv2.putText(letters, line, place, (255,), _font(), height * 3 // 4)
    rim = np.ones((3, 3), np.uint8)
    head = written[: len(letters)]
    head[cv2.dilate(letters, rim) > HALF // 2] = 0
    head[letters > HALF] = top
    return written


@cache
def _font() -> "cv2.FontFace":
    """OpenCV's own have Latin letters alone."""
    import cv2

    return cv2.FontFace(str(FONT))


def _enlarged(picture: Picture) -> Picture:
    """A copy whose shorter side is long enough."""
    rows, columns = picture.shape[:2]
    factor = max(1.0, SMALLEST_SIDE / min(rows, columns))
    size = (round(columns * factor), round(rows * factor))
    if size == (columns, rows):
        return np.array(picture)
    return resized(picture, size)


def _number(number: int | None) -> str:
    return "-" if number is None else str(number)
