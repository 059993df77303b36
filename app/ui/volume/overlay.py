"""What is written and drawn over pictures of a volume: corner texts, letters, ruler, crosshair."""

import math

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from app.ui.amounts import short_amount
from app.ui.rim import write
from app.ui.theme import tokens
from app.ui.volume.grips import Line, handles
from app.viewer.scene.planes import Cut, PlaneName

COLOURS: dict[PlaneName, str] = {
    PlaneName.AXIAL: tokens.AXIAL,
    PlaneName.CORONAL: tokens.CORONAL,
    PlaneName.SAGITTAL: tokens.SAGITTAL,
}
MARGIN = tokens.S + 2
GAP = 14
"""Half of the hole in the crosshair's middle, through which one sees the anatomy, in px."""
Corner = Qt.AlignmentFlag
TOP_LEFT = Corner.AlignLeft | Corner.AlignTop
TOP_RIGHT = Corner.AlignRight | Corner.AlignTop
BOTTOM_LEFT = Corner.AlignLeft | Corner.AlignBottom
PART = 0.62
"""So much of a pane's width a line in a corner may take."""


def write_corner(
    painter: QPainter, area: QRectF, where: Corner, lines: list[tuple[str, str]]
) -> None:
    """Lines of (text, colour) in a corner, read from above."""
    painter.setFont(_font(tokens.FONT_SMALL + 1))
    metrics = painter.fontMetrics()
    height, most = metrics.height(), round(area.width() * PART)
    box = area.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
    below = bool(where & Corner.AlignBottom)
    for index, (text, colour) in enumerate(lines):
        offset = (index - len(lines) + 1 if below else index) * height
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, most)
        write(painter, box.translated(0, offset), where, shown, colour)


def write_middle(painter: QPainter, area: QRectF, text: str) -> None:
    """A message instead of a picture, across the middle."""
    painter.setFont(_font(tokens.FONT))
    box = area.adjusted(tokens.XL, 0, -tokens.XL, 0)
    painter.setPen(QColor(tokens.TEXT_DIM))
    painter.drawText(box, Corner.AlignCenter | Qt.TextFlag.TextWordWrap, text)


def write_letters(painter: QPainter, area: QRectF, edges: tuple[str, str, str, str]) -> None:
    """The patient's letters at the left, right, top and bottom edge."""
    painter.setFont(_font(tokens.FONT_LARGE, bold=True))
    box = area.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
    places = (
        Corner.AlignLeft | Corner.AlignVCenter,
        Corner.AlignRight | Corner.AlignVCenter,
        Corner.AlignHCenter | Corner.AlignTop,
        Corner.AlignHCenter | Corner.AlignBottom,
    )
    for where, text in zip(places, edges, strict=True):
        write(painter, box, where, text)


def ruler_length(width_mm: float) -> float:
    """The longest 1, 2 or 5 times a power of ten within a quarter of a view's width, in mm."""
    most = max(width_mm / 4, 1e-6)
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1, 2, 5) if step * power <= most * (1 + 1e-9))


def ruler_text(length_mm: float) -> str:
    """A ruler's length in the unit that reads best."""
    if length_mm >= 10:
        return short_amount(length_mm / 10, "cm")
    return short_amount(length_mm, "mm")


def draw_ruler(painter: QPainter, area: QRectF, pitch_mm: float) -> None:
    """A scale of five parts in the lower right corner; `pitch_mm` is mm a logical px."""
    length = ruler_length(area.width() * pitch_mm)
    across = length / pitch_mm
    right, bottom = area.right() - MARGIN, area.bottom() - MARGIN - 2
    for colour, thick in ((QColor(0, 0, 0, 190), 3.0), (QColor(tokens.TEXT), 1.0)):
        painter.setPen(QPen(colour, thick))
        painter.drawLine(QLineF(right - across, bottom, right, bottom))
        for part in range(6):
            x = right - across * part / 5
            painter.drawLine(QLineF(x, bottom, x, bottom - (8 if part in (0, 5) else 4)))
    painter.setFont(_font(tokens.FONT_SMALL))
    box = QRectF(right - max(across, 90), bottom - 30, max(across, 90), 20)
    write(painter, box, Corner.AlignRight | Corner.AlignBottom, ruler_text(length))


def draw_crosshair(
    painter: QPainter, lines: tuple[Line, ...], cut: Cut, ratio: float, slab_mm: float
) -> None:
    """The other planes' lines in their colours, with turning handles and the slab's borders.

    Lines end before the edges, where the letters stand.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = MARGIN + tokens.FONT_LARGE + tokens.XS
    area = QRectF(0, 0, cut.width / ratio, cut.height / ratio)
    painter.setClipRect(area.adjusted(edge, edge, -edge, -edge))
    far = math.hypot(cut.width, cut.height)
    for line in lines:
        colour = QColor(COLOURS[line.other])
        painter.setPen(QPen(colour, 1.2))
        for near, end in ((GAP * ratio, far), (-GAP * ratio, -far)):
            painter.drawLine(_point(line.along(near), ratio), _point(line.along(end), ratio))
        if slab_mm > 0:
            _draw_borders(painter, line, far, slab_mm / 2 / cut.pitch, ratio)
        painter.setBrush(QColor(0, 0, 0, 150))
        painter.setPen(QPen(colour, 1.4))
        for handle in handles(line, cut):
            painter.drawEllipse(_point(handle, ratio), 4.5, 4.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.restore()


def _draw_borders(painter: QPainter, line: Line, far: float, half: float, ratio: float) -> None:
    colour = QColor(COLOURS[line.other])
    colour.setAlpha(150)
    painter.setPen(QPen(colour, 1.0, Qt.PenStyle.DashLine))
    across = (-line.way[1] * half, line.way[0] * half)
    for sign in (-1, 1):
        ends = [line.along(-far), line.along(far)]
        points = [(x + sign * across[0], y + sign * across[1]) for x, y in ends]
        painter.drawLine(_point(points[0], ratio), _point(points[1], ratio))


def _point(at: tuple[float, float], ratio: float) -> QPointF:
    """The middle of a device pixel in logical px."""
    return QPointF((at[0] + 0.5) / ratio, (at[1] + 0.5) / ratio)


def _font(size: int, *, bold: bool = False) -> QFont:
    font = QFont(tokens.FONT_FAMILY)
    font.setPixelSize(size)
    font.setBold(bold)
    return font
