"""Text over pictures of any brightness."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from app.ui.theme import tokens

RIM = tuple((dx, dy) for dx in range(-2, 3) for dy in range(-2, 3) if 0 < dx * dx + dy * dy <= 5)
"""Where the text is drawn darkly beneath itself, in logical px: a round rim 2 px wide."""
DARK = QColor(0, 0, 0, 120)
"""The rim overlaps itself: near the text it is black, at its border it fades."""


def write(painter: QPainter, box: QRectF, flags: int, text: str, colour: str = tokens.TEXT) -> None:
    """Write light text with a dark rim, which carries it over white."""
    painter.setPen(DARK)
    for dx, dy in RIM:
        painter.drawText(box.translated(dx, dy), flags, text)
    painter.setPen(QColor(colour))
    painter.drawText(box, flags, text)
