"""Lays the viewports out: rows and columns, or one of them over everything."""

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.ui.study.desk import Desk
from app.ui.study.viewport import Viewport
from app.viewer.model.state import ViewerState

GAP = 2


class TileGrid(QWidget):
    """Makes a viewport when its tile is first seen."""

    menu_wanted = Signal(int, object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.viewports: list[Viewport] = []
        desk.changed.connect(self._changed)
        desk.series_news.connect(self._series_news)
        self._lay()

    @property
    def active(self) -> Viewport:
        """The viewport that keys and tools act on."""
        return self.viewports[self._desk.state.active]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Divide the new size."""
        super().resizeEvent(event)
        self._lay()

    def _changed(self, old: ViewerState, new: ViewerState) -> None:
        if (old.layout, old.maximised) != (new.layout, new.maximised) or old.shown != new.shown:
            self._lay()
        if old.active != new.active and self._has_focus():
            self.active.setFocus()
        for index in new.shown:
            if self._differs(old, new, index):
                self.viewports[index].refresh()

    def _differs(self, old: ViewerState, new: ViewerState, index: int) -> bool:
        shared = ("active", "overlay", "lengths", "selected", "drawing", "layout", "maximised")
        if any(getattr(old, name) != getattr(new, name) for name in shared):
            return True
        return old.tiles[index] != new.tiles[index]

    def _has_focus(self) -> bool:
        return any(viewport.hasFocus() for viewport in self.viewports)

    def _series_news(self, series_uid: str) -> None:
        state = self._desk.state
        for index in state.shown:
            if state.tiles[index].series_uid == series_uid:
                self.viewports[index].refresh()

    def _lay(self) -> None:
        state = self._desk.state
        while len(self.viewports) < max(state.layout.tiles, state.active + 1):
            viewport = Viewport(self._desk, len(self.viewports), self)
            viewport.menu_wanted.connect(self.menu_wanted)
            self.viewports.append(viewport)
        for index, viewport in enumerate(self.viewports):
            viewport.setVisible(index in state.shown)
            if index in state.shown:
                viewport.setGeometry(self._place(index))
                viewport.refresh()

    def _place(self, index: int) -> QRect:
        state = self._desk.state
        if state.maximised:
            return self.rect()
        row, column = divmod(index, state.layout.columns)
        left, right = self._run(self.width(), state.layout.columns, column)
        top, bottom = self._run(self.height(), state.layout.rows, row)
        return QRect(left, top, right - left, bottom - top)

    @staticmethod
    def _run(size: int, parts: int, part: int) -> tuple[int, int]:
        """First and past-the-last pixel of one of equal parts with gaps between them."""
        free = size - GAP * (parts - 1)
        start = free * part // parts + GAP * part
        return start, free * (part + 1) // parts + GAP * part
