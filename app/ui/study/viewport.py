"""A tile one can work in: mouse, wheel, keys, and series dropped on it."""

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.language import tr
from app.ui.language import Translated
from app.ui.study.canvas import Canvas
from app.ui.study.corners import series_name
from app.ui.study.cursors import cursor_for
from app.ui.study.desk import Desk
from app.ui.study.notices import Notice
from app.ui.study.pixels import pixel_text
from app.ui.study.rail_model import SERIES_MIME
from app.viewer.model import changes
from app.viewer.model.state import ToolName
from app.viewer.model.view import Point
from app.viewer.tools.mouse import Button
from app.viewer.tools.touch import Touch

NOTCH = 120
ZOOM_STEP = 1.15

_BUTTONS = {
    Qt.MouseButton.LeftButton: Button.LEFT,
    Qt.MouseButton.MiddleButton: Button.MIDDLE,
    Qt.MouseButton.RightButton: Button.RIGHT,
}
_WAYS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
"""Where the arrows point, +x right, +y down."""


class Viewport(Translated, Canvas):
    """Tile number `index` of the desk's state."""

    menu_wanted = Signal(int, object)
    """Tile and global position of a right click."""

    def __init__(self, desk: Desk, index: int, parent: QWidget | None = None) -> None:
        super().__init__(desk, index, parent)
        self._turned = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.notice = Notice(desk, index, self)
        self.retranslate()

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
            if touch is not None:
                self._desk.reading.select(touch)
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
        """Leaf and zoom by keys; with Ctrl, or while a line is drawn, arrows work the tool."""
        if self._works_the_tool(event):
            return
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

    def _works_the_tool(self, event: QKeyEvent) -> bool:
        desk, key, held = self._desk, event.key(), event.modifiers()
        way = _WAYS.get(Qt.Key(key)) if key in _WAYS else None
        ctrl = held & Qt.KeyboardModifier.ControlModifier
        touch = self._touch(QPointF(self.rect().center()))
        if touch is None:
            return False
        if way is not None and (ctrl or desk.state.drawing is not None):
            large = bool(held & Qt.KeyboardModifier.ShiftModifier)
            desk.reading.step(touch, way, large=large)
            desk.want(self.index)
            return True
        is_enter = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not ctrl
        if is_enter and desk.state.tool is ToolName.LENGTH:
            desk.reading.enter(touch)
            return True
        return False

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
