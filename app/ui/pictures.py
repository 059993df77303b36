"""Pixels as Qt's images, pictures as PNG files, and a picture on its way into the report."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage, QPixmap


@dataclass(frozen=True, slots=True)
class Captured:
    """A picture for the report; one of a volume shows no single image of the archive."""

    png: bytes
    caption: str
    sop_instance_uid: str = ""
    frame: int = 0


def to_image(pixels: NDArray[np.uint8]) -> QImage:
    """A copy of 8-bit grey (rows, columns) or RGB (rows, columns, 3)."""
    pixels = np.ascontiguousarray(pixels)
    rows, columns = pixels.shape[:2]
    form = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_RGB888
    return QImage(pixels.data, columns, rows, pixels.strides[0], form).copy()


def to_png(picture: QImage | QPixmap) -> bytes:
    """The picture as a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return bytes(buffer.data().data())
