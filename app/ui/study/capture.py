"""A viewport's picture as a key image: windowed, with measurements, without the patient's name."""

from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from app.domain.study import SeriesSummary
from app.language import tr
from app.ui.pictures import Captured, to_png
from app.ui.study.corners import Corners, series_name, window_line
from app.ui.study.drawing import draw_corners, draw_letters, draw_line, draw_ruler
from app.ui.study.pixels import qimage
from app.viewer.controller.shown import Shown
from app.viewer.model.state import ViewerState

SIDE = 1024
"""About the longer side of a key image, in px."""


def capture(
    shown: Shown, state: ViewerState, series: SeriesSummary | None, number: int
) -> Captured | None:
    """What the viewport shows of the image, drawn afresh; None while there are no pixels."""
    shown = _enlarged(shown)
    pixels = qimage(shown, 1.0)
    if pixels is None:
        return None
    part = _filled(shown)
    image = pixels.convertToFormat(QImage.Format.Format_RGB32).copy(part)
    area = QRectF(part)
    painter = QPainter(image)
    painter.translate(-area.topLeft())
    _draw_over(painter, area, shown, state)
    painter.end()
    caption = tr("image {number}", number=number)
    if series is not None:
        caption = f"{series_name(series)}, {caption}"
    uid = shown.image.sop_instance_uid
    return Captured(to_png(image), caption, uid, shown.shot.frame)


def _enlarged(shown: Shown) -> Shown:
    """The same field of view, so large that the picture's longer side has SIDE px."""
    view, part = shown.view, _filled(shown)
    factor = SIDE / max(part.width(), part.height())
    width, height = (max(1, round(size * factor)) for size in (view.width, view.height))
    return replace(shown, view=replace(view, width=width, height=height, ratio=1.0))


def _draw_over(painter: QPainter, area: QRectF, shown: Shown, state: ViewerState) -> None:
    if shown.edges is not None:
        draw_letters(painter, area, shown.edges)
    draw_ruler(painter, area, shown)
    for line in state.lines_of(shown.image.sop_instance_uid, shown.shot.frame):
        draw_line(painter, area, shown, line, selected=False)
    texts = Corners(bottom_left=(window_line(shown.window, shown.image),))
    if shown.window is not None:
        draw_corners(painter, area, texts, small=False)


def _filled(shown: Shown) -> QRect:
    """The part of the viewport that the image fills, at least a quarter of it."""
    view = shown.view
    corners = [
        QPointF(*view.to_view((column, row)))
        for column in (-0.5, view.columns - 0.5)
        for row in (-0.5, view.rows - 0.5)
    ]
    box = QRectF(corners[0], corners[3]).normalized().translated(0.5, 0.5)
    whole = QRect(0, 0, view.width, view.height)
    part = box.toAlignedRect().intersected(whole)
    large = part.width() * 4 >= whole.width() and part.height() * 4 >= whole.height()
    return part if large else whole
