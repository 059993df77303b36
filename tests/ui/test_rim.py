"""Text over pictures."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from app.ui.pictures import to_image
from app.ui.rim import write
from app.ui.study.drawing import font


def written_on(grey: int) -> np.ndarray:
    """Grey values (rows, columns) of a word written over an even picture."""
    picture = to_image(np.full((40, 120), grey, np.uint8)).convertToFormat(
        QImage.Format.Format_RGB32
    )
    painter = QPainter(picture)
    painter.setFont(font(13))
    write(painter, QRectF(10, 10, 100, 20), Qt.AlignmentFlag.AlignLeft, "Image 16")
    painter.end()
    grey_picture = picture.convertToFormat(QImage.Format.Format_Grayscale8)
    bits = np.frombuffer(grey_picture.constBits(), np.uint8)
    return bits.reshape(40, grey_picture.bytesPerLine())[:, :120].astype(int)


@pytest.mark.parametrize("grey", [255, 230, 128])
def test_each_light_letter_stands_in_the_dark(qapp, grey):
    letters = written_on(0) > 150
    picture = written_on(grey)
    assert letters.sum() > 50
    rows, columns = np.nonzero(letters)
    for row, column in zip(rows, columns, strict=True):
        around = picture[row - 3 : row + 4, column - 3 : column + 4]
        assert (around < 100).sum() >= 15  # of 49
