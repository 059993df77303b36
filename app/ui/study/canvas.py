"""A tile's picture on the screen: pixels, texts, letters, ruler, measurements and frame."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHideEvent, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.ui.study.corners import Place, amount_for, corners
from app.ui.study.desk import Desk
from app.ui.study.drawing import (
    draw_corners,
    draw_letters,
    draw_line,
    draw_position,
    draw_ruler,
)
from app.ui.study.pixels import qimage
from app.ui.theme import tokens
from app.viewer.controller.shown import Shown
from app.viewer.model.state import Overlay

LEAST_FOR_RULER = 200
SMALL_TEXTS_BELOW = 520


class Canvas(QWidget):
    """Paints tile number `index` of the desk's state; `Viewport` adds mouse and keys."""

    def __init__(self, desk: Desk, index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.index = index
        self._pixel = ""
        self._dropping = False
        self._painted: tuple[Shown, QImage | None] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(QSize(64, 64))

    @property
    def device_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def shown(self) -> Shown | None:
        """What the tile shows."""
        return self._desk.reading.shown(self.index, self.device_size, self.devicePixelRatioF())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Picture, texts and frame."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.IMAGE))
        shown = self.shown()
        if shown is None:
            self._painted = None
        else:
            image = self._image(shown)
            if image is not None:
                painter.drawImage(QPointF(0, 0), image)
                self._paint_over(painter, shown)
            self._paint_corners(painter, shown)
        self._paint_frame(painter)
        painter.end()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the pixels: a whole series may hang on them."""
        self._painted = None
        super().hideEvent(event)

    def _image(self, shown: Shown) -> QImage | None:
        if self._painted is None or not self._painted[0].looks_like(shown):
            self._painted = (shown, qimage(shown, self.devicePixelRatioF()))
        return self._painted[1]

    def _paint_over(self, painter: QPainter, shown: Shown) -> None:
        area, state = QRectF(self.rect()), self._desk.state
        uid, frame = shown.image.sop_instance_uid, shown.shot.frame
        if shown.edges is not None:
            draw_letters(painter, area, shown.edges)
        if min(area.width(), area.height()) >= LEAST_FOR_RULER and state.overlay != Overlay.LEAST:
            draw_ruler(painter, area, shown)
        tile = state.tiles[self.index]
        draw_position(painter, area, tile.index, tile.count)
        for line in state.lines_of(uid, frame):
            draw_line(painter, area, shown, line, selected=line.number == state.selected)
        drawing = state.drawing
        if drawing is not None and drawing.tile == self.index:
            draw_line(painter, area, shown, drawing.line, selected=True)

    def _paint_corners(self, painter: QPainter, shown: Shown) -> None:
        desk = self._desk
        tile, series = desk.state.tiles[self.index], desk.loaded(self.index)
        if series is None:
            return
        place = Place(
            tile.index + 1,
            series.count,
            series.loaded + series.failed,
            self._pixel,
            images=len(series.manifest.images),
            missing=desk.missing(tile.series_uid),
        )
        much = amount_for(desk.state.overlay, self.width())
        texts = corners(desk.study.summary, desk.summary(tile.series_uid), shown, place, much)
        draw_corners(painter, QRectF(self.rect()), texts, small=self.width() < SMALL_TEXTS_BELOW)

    def _paint_frame(self, painter: QPainter) -> None:
        state = self._desk.state
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._dropping:
            painter.setPen(QPen(QColor(tokens.ACCENT), 3))
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))
        elif self.index == state.active and len(state.shown) > 1:
            painter.setPen(QPen(QColor(tokens.ACCENT), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
