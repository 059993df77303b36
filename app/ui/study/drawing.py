"""Draws over a picture: corner texts, orientation letters, the ruler, measurements."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from app.dicom.calibration import CROSS_SECTIONAL, distance, scale
from app.language import tr
from app.ui.amounts import amount
from app.ui.rim import write
from app.ui.study.corners import Corners, Lines
from app.ui.theme import tokens
from app.viewer.controller.shown import Shown
from app.viewer.model.length import Length
from app.viewer.model.orientation import Edges

HANDLE = 4.0
EDGE = 8
RULER_PART = 0.34
"""The most a ruler takes of the viewport's height."""
SMALL = 330
"""Height under which the ruler is short."""
LEAST_FOR_TRACK = 120
RULER_STEPS_MM = (1, 2, 5, 10, 20, 50, 100, 200, 500)


def font(size: int, *, bold: bool = False) -> QFont:
    """The product's font for drawing."""
    made = QFont(tokens.FONT_FAMILY)
    made.setPixelSize(size)
    made.setBold(bold)
    return made


def draw_corners(painter: QPainter, area: QRectF, texts: Corners, *, small: bool) -> None:
    """The four corners inside `area` (logical px)."""
    painter.setFont(font(tokens.FONT_SMALL if small else tokens.FONT_SMALL + 1))
    pitch = QFontMetricsF(painter.font()).height()
    right, bottom = Qt.AlignmentFlag.AlignRight, area.bottom() - EDGE
    left = Qt.AlignmentFlag.AlignLeft
    wide = area.width() - 2 * EDGE
    half = wide * (0.5 if texts.top_right else 1.0) - EDGE
    top = area.top() + EDGE
    _block(painter, QRectF(area.left() + EDGE, top, half, pitch), texts.top_left, left, bold=True)
    _block(painter, QRectF(area.right() - EDGE - half, top, half, pitch), texts.top_right, right)
    half = wide * 0.5 - EDGE
    start = bottom - pitch * len(texts.bottom_left)
    _block(painter, QRectF(area.left() + EDGE, start, half, pitch), texts.bottom_left, left)
    start = bottom - pitch * len(texts.bottom_right)
    place = QRectF(area.right() - EDGE - half, start, half, pitch)
    _block(painter, place, texts.bottom_right, right)


def _block(
    painter: QPainter,
    line: QRectF,
    lines: Lines,
    alignment: Qt.AlignmentFlag,
    *,
    bold: bool = False,
) -> None:
    plain = painter.font()
    for index, text in enumerate(lines):
        painter.setFont(font(plain.pixelSize(), bold=bold and index == 0))
        metrics = QFontMetricsF(painter.font())
        place = line.translated(0, index * line.height())
        elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        shadowed(painter, place, elided, alignment)
    painter.setFont(plain)


def shadowed(
    painter: QPainter,
    place: QRectF,
    text: str,
    alignment: Qt.AlignmentFlag,
    colour: str = tokens.TEXT,
) -> None:
    """Text in the middle of the line, readable over white."""
    flags = alignment | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
    write(painter, place, flags, text, colour)


def draw_letters(painter: QPainter, area: QRectF, edges: Edges) -> None:
    """Letters of the patient in the middle of the four edges."""
    painter.setFont(font(tokens.FONT_LARGE, bold=True))
    left, right, top, bottom = edges
    middle, size = area.center(), 44.0
    places = (
        (left, QRectF(area.left() + EDGE, middle.y() - 10, size, 20), Qt.AlignmentFlag.AlignLeft),
        (
            right,
            QRectF(area.right() - EDGE - size, middle.y() - 10, size, 20),
            Qt.AlignmentFlag.AlignRight,
        ),
        (
            top,
            QRectF(middle.x() - size / 2, area.top() + EDGE, size, 20),
            Qt.AlignmentFlag.AlignHCenter,
        ),
        (
            bottom,
            QRectF(middle.x() - size / 2, area.bottom() - EDGE - 20, size, 20),
            Qt.AlignmentFlag.AlignHCenter,
        ),
    )
    for text, place, alignment in places:
        shadowed(painter, place, text, alignment)


def draw_ruler(painter: QPainter, area: QRectF, shown: Shown) -> None:
    """A scale beside the right edge with what it rests on; nothing where no scale is known."""
    view = shown.view
    centre = view.to_image(((view.width - 1) / 2, (view.height - 1) / 2))
    known = scale(shown.shot.source.image, shown.shot.frame, (centre,))
    if known.unit != "mm" or known.per_column <= 0:
        return
    part = RULER_PART / 1.6 if area.height() < SMALL else RULER_PART
    pixels_per_mm = view.scale / known.per_column / view.ratio
    step = max(
        (each for each in RULER_STEPS_MM if each * pixels_per_mm <= area.height() * part),
        default=0,
    )
    if not step:
        return
    length = step * pixels_per_mm
    x = area.right() - EDGE - 26
    top = area.center().y() - length / 2
    for colour, width in ((QColor(0, 0, 0, 200), 3.0), (QColor(tokens.TEXT), 1.2)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(QPointF(x, top), QPointF(x, top + length))
        for tenth in range(11):
            tick = 8 if tenth in (0, 10) else 6 if tenth == 5 else 3
            y = top + length * tenth / 10
            painter.drawLine(QPointF(x - tick, y), QPointF(x, y))
    text = amount(step / 10, "cm", 0) if step >= 10 else amount(step, "mm", 0)
    painter.setFont(font(tokens.FONT_SMALL))
    place = QRectF(x - 90, top + length + 2, 96, 16)
    shadowed(painter, place, text, Qt.AlignmentFlag.AlignRight)
    if known.note != CROSS_SECTIONAL:
        shadowed(painter, place.translated(0, 15), tr(known.note), Qt.AlignmentFlag.AlignRight)


def draw_position(painter: QPainter, area: QRectF, index: int, count: int) -> None:
    """Where in its series the picture is: a mark on a thin track at the right edge."""
    if count < 2 or area.height() < LEAST_FOR_TRACK:
        return
    track = QRectF(area.right() - 4, area.top() + 2, 2, area.height() - 4)
    painter.fillRect(track, QColor(255, 255, 255, 28))
    mark = max(track.height() / count, 8.0)
    top = track.top() + (track.height() - mark) * index / (count - 1)
    painter.fillRect(QRectF(track.left() - 1, top, 3, mark), QColor(tokens.ACCENT))


def draw_line(
    painter: QPainter, area: QRectF, shown: Shown, line: Length, *, selected: bool
) -> None:
    """A measurement: its line, its handles, its length and what that rests on."""
    ratio = shown.view.ratio
    start, end = (
        QPointF((x + 0.5) / ratio, (y + 0.5) / ratio)
        for x, y in (shown.view.to_view(line.start), shown.view.to_view(line.end))
    )
    colour = QColor(tokens.ANNOTATION_ACTIVE if selected else tokens.ANNOTATION)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for pen in (QPen(QColor(0, 0, 0, 190), 3.4), QPen(colour, 1.6)):
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawLine(start, end)
        for point in (start, end):
            painter.drawEllipse(point, HANDLE, HANDLE)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    _label(painter, area, start, end, line_texts(shown, line, selected=selected), colour)


def line_texts(shown: Shown, line: Length, *, selected: bool) -> list[str]:
    """The length of a measurement, and what it rests on, unless that is the plain pixel spacing."""
    found = distance(shown.shot.source.image, shown.shot.frame, line.start, line.end)
    texts = [amount(found.value, found.unit)]
    if selected or found.note != CROSS_SECTIONAL:
        texts.append(tr(found.note))
    return texts


def _label(
    painter: QPainter,
    area: QRectF,
    start: QPointF,
    end: QPointF,
    lines: list[str],
    colour: QColor,
) -> None:
    """A small plate beside the lower end, kept inside the viewport."""
    low, high = (start, end) if start.y() > end.y() else (end, start)
    large, little = font(tokens.FONT_SMALL + 1, bold=True), font(tokens.FONT_TINY)
    fonts = [large] + [little] * (len(lines) - 1)
    metrics = [QFontMetricsF(each) for each in fonts]
    width = max(m.horizontalAdvance(t) for m, t in zip(metrics, lines, strict=True)) + 12
    height = sum(m.height() for m in metrics) + 4
    away = 10 if low.x() >= high.x() else -10 - width
    x = min(max(low.x() + away, area.left() + 2), area.right() - width - 2)
    y = min(max(low.y() + 4, area.top() + 2), area.bottom() - height - 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 170))
    painter.drawRoundedRect(QRectF(x, y, width, height), 3, 3)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(colour)
    top = y + 2
    for each, m, text in zip(fonts, metrics, lines, strict=True):
        painter.setFont(each)
        painter.drawText(QPointF(x + 6, top + m.ascent()), text)
        top += m.height()
