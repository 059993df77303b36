"""NumPy pictures as Qt images, and as PNG."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QPixmap


@dataclass(frozen=True, slots=True)
class CapturedView:
    """A picture for the report; a volume's picture shows no single image of the archive."""

    png: bytes
    caption: str
    sop_instance_uid: str = ""
    frame: int = 0


def to_image(picture: NDArray[np.uint8]) -> QImage:
    """A copy of (rows, columns) grey or (rows, columns, 3) RGB, 8 bit."""
    rows, columns = picture.shape[:2]
    kind = QImage.Format.Format_Grayscale8 if picture.ndim == 2 else QImage.Format.Format_RGB888
    pixels = np.ascontiguousarray(picture)
    return QImage(pixels.data, columns, rows, pixels.strides[0], kind).copy()


def to_png(pixmap: QPixmap) -> bytes:
    """The picture as a PNG file."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap.save(buffer, "PNG")  # type: ignore[call-overload]  # PySide's stub wants bytes
    return bytes(data.data())
