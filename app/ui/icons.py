"""Icons from `resources/icons`: strokes in `currentColor`, tinted and sharp at any scale."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.ui.theme import tokens
from app.ui.theme.drawings import svg

_SIZES = (16, 18, 22, 32, 44, 64)
"""Physical sizes that are drawn: those of the tokens, and the same at 200 %."""


def pixmap(name: str, size: int, colour: str = tokens.TEXT, ratio: float = 1.0) -> QPixmap:
    """The drawing as a square pixmap of `size` device independent px at a pixel `ratio`."""
    side = round(size * ratio)
    drawn = QPixmap(QSize(side, side))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(svg(name, colour))).render(painter, QRectF(0, 0, side, side))
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    return drawn


@cache
def icon(name: str, colour: str = tokens.TEXT) -> QIcon:
    """The icon in `colour`; grey when disabled, in the accent when switched on."""
    drawn = QIcon()
    for size in _SIZES:
        drawn.addPixmap(pixmap(name, size, colour))
        drawn.addPixmap(pixmap(name, size, tokens.TEXT_DISABLED), QIcon.Mode.Disabled)
        accented = pixmap(name, size, tokens.ACCENT)
        drawn.addPixmap(accented, QIcon.Mode.Normal, QIcon.State.On)
    return drawn
