"""One tile: paints its picture and texts, and hands mouse and wheel to the reading."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.language import tr
from app.ui.study.corners import Place, amount_for, corners, series_name
from app.ui.study.cursors import cursor_for
from app.ui.study.desk import Desk
from app.ui.study.drawing import draw_corners, draw_letters, draw_line, draw_position, draw_ruler
from app.ui.study.notices import Notice
from app.ui.study.pixels import pixel_text, qimage
from app.ui.study.rail_model import SERIES_MIME
from app.ui.theme import tokens
from app.viewer.controller.shown import Shown
from app.viewer.model import changes
from app.viewer.model.state import Overlay, ToolName
from app.viewer.model.view import Point
from app.viewer.tools.mouse import Button
from app.viewer.tools.touch import Touch

NOTCH = 120
ZOOM_STEP = 1.15
LEAST_FOR_RULER = 200

_BUTTONS = {
    Qt.MouseButton.LeftButton: Button.LEFT,
    Qt.MouseButton.MiddleButton: Button.MIDDLE,
    Qt.MouseButton.RightButton: Button.RIGHT,
}


class Viewport(QWidget):
    """Tile number `index` of the desk's state."""

    menu_wanted = Signal(int, object)
    """Tile and global position of a right click."""

    def __init__(self, desk: Desk, index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.index = index
        self._pixel = ""
        self._turned = 0
        self._dropping = False
        self._picture: tuple[object, QImage | None] = (None, None)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.notice = Notice(desk, index, self)
        self.setMinimumSize(QSize(64, 64))
        self.retranslate()

    @property
    def device_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def shown(self) -> Shown | None:
        """What the tile shows."""
        return self._desk.reading.shown(self.index, self.device_size, self.devicePixelRatioF())

    def refresh(self) -> None:
        """Show the state of the moment."""
        self.notice.refresh()
        series = self._desk.summary(self._desk.state.tiles[self.index].series_uid)
        self.setAccessibleDescription(series_name(series) if series else "")
        self.update()

    def retranslate(self) -> None:
        """Name the viewport for screen readers."""
        self.setAccessibleName(tr("Viewport {number}", number=self.index + 1))
        self.update()

    def zoom(self, factor: float, at: Point | None = None) -> None:
        """Zoom about a point of the view, or its middle."""
        shown = self.shown()
        if shown is not None:
            self._desk.apply(
                lambda state: changes.zoomed(state, self.index, shown.view, factor, at)
            )

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Picture, texts and frame."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.IMAGE))
        shown = self.shown()
        if shown is not None:
            image = self._image(shown)
            if image is not None:
                painter.drawImage(QPointF(0, 0), image)
                self._paint_over(painter, shown)
            self._paint_corners(painter, shown)
        self._paint_frame(painter)
        painter.end()

    def _image(self, shown: Shown) -> QImage | None:
        tile = self._desk.state.tiles[self.index]
        key = (id(shown.values), shown.view, shown.window, tile.window is None, tile.inverted)
        if self._picture[0] != key:
            self._picture = (key, qimage(shown, self.devicePixelRatioF()))
        return self._picture[1]

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
        place = Place(tile.index + 1, series.count, series.loaded + series.failed, self._pixel)
        much = amount_for(desk.state.overlay, self.width())
        texts = corners(desk.study.summary, desk.summary(tile.series_uid), shown, place, much)
        draw_corners(painter, QRectF(self.rect()), texts, small=self.width() < 520)

    def _paint_frame(self, painter: QPainter) -> None:
        state = self._desk.state
        if self._dropping:
            painter.setPen(QPen(QColor(tokens.ACCENT), 3))
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))
        elif self.index == state.active and len(state.shown) > 1:
            painter.setPen(QPen(QColor(tokens.ACCENT), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    # Mouse

    def _touch(self, at: QPointF) -> Touch | None:
        ratio = self.devicePixelRatioF()
        point = (at.x() * ratio - 0.5, at.y() * ratio - 0.5)
        return self._desk.reading.touch(self.index, point, self.device_size, ratio)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the tile and begin what the button does."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        touch, button = self._touch(event.position()), _BUTTONS.get(event.button())
        if touch is None or button is None:
            self._desk.apply(lambda state: changes.activated(state, self.index))
            return
        self._desk.reading.press(touch, button)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it, or show what lies under the mouse."""
        touch = self._touch(event.position())
        if touch is None:
            return
        self._desk.reading.move(touch)
        if self._desk.reading.mouse.held:
            self._desk.want(self.index)
        else:
            self._hover(touch)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it; a right click that did not move asks for the menu."""
        touch, mouse = self._touch(event.position()), self._desk.reading.mouse
        right = event.button() is Qt.MouseButton.RightButton
        if right and not mouse.dragging:
            mouse.cancel()
            self.menu_wanted.emit(self.index, event.globalPosition().toPoint())
            return
        if touch is not None:
            self._desk.reading.release(touch)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Maximise, or go on measuring."""
        left = event.button() is Qt.MouseButton.LeftButton
        if left and self._desk.state.tool is not ToolName.LENGTH:
            self._desk.reading.mouse.cancel()
            self._desk.apply(lambda state: changes.maximised(state, self.index))
        else:
            self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leaf; with Shift by ten; with Ctrl zoom at the cursor."""
        delta = event.angleDelta()
        self._turned += delta.y() or delta.x()
        notches = int(self._turned / NOTCH)
        event.accept()
        if not notches:
            return
        self._turned -= notches * NOTCH
        self._desk.apply(lambda state: changes.activated(state, self.index))
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            ratio = self.devicePixelRatioF()
            at = event.position()
            self.zoom(ZOOM_STEP**notches, (at.x() * ratio - 0.5, at.y() * ratio - 0.5))
            return
        by = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        self._desk.scroll(-notches * by, self.index)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu key asks for the menu in the middle."""
        self.menu_wanted.emit(self.index, self.mapToGlobal(self.rect().center()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """The value under the mouse is gone."""
        self._pixel = ""
        self.update()
        super().leaveEvent(event)

    def _hover(self, touch: Touch) -> None:
        self.setCursor(cursor_for(self._desk.state.tool, self._desk.reading.held(touch)))
        series, tile = self._desk.loaded(self.index), self._desk.state.tiles[self.index]
        text = pixel_text(series, tile.index, touch) if series else ""
        if text != self._pixel:
            self._pixel = text
            self.update()

    # Keys and focus

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leaf and zoom by keys."""
        ten = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        desk, key = self._desk, event.key()
        steps = {Qt.Key.Key_Up: -ten, Qt.Key.Key_Down: ten}
        tiles = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in steps:
            desk.scroll(steps[Qt.Key(key)])
        elif key in tiles:
            desk.apply(lambda state: changes.next_activated(state, tiles[Qt.Key(key)]))
        elif key == Qt.Key.Key_Home:
            desk.scroll_to(0)
        elif key == Qt.Key.Key_End:
            desk.scroll_to(desk.tile.count)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.zoom(ZOOM_STEP if key == Qt.Key.Key_Plus else 1 / ZOOM_STEP)
        elif key == Qt.Key.Key_Menu:
            self.menu_wanted.emit(self.index, self.mapToGlobal(self.rect().center()))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The tile with the focus is the active one."""
        self._desk.apply(lambda state: changes.activated(state, self.index))
        super().focusInEvent(event)

    # Series dropped on the tile

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a series."""
        if event.mimeData().hasFormat(SERIES_MIME):
            event.acceptProposedAction()
            self._dropping = True
            self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It went elsewhere."""
        self._dropping = False
        self.update()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the series."""
        self._dropping = False
        uid = event.mimeData().data(SERIES_MIME).toStdString()
        event.acceptProposedAction()
        self._desk.open_series(uid, self.index)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
