"""Chooses rows and columns of tiles by pointing into a grid of nine cells."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget, QWidgetAction

from app.language import tr
from app.ui.language import Translated
from app.ui.theme import tokens
from app.viewer.model.state import MOST_COLUMNS, MOST_ROWS, Layout

CELL, GAP, EDGE = 34, 5, 10


class LayoutChooser(QMenu):
    """A menu of one grid: mouse or arrow keys and Enter."""

    chosen = Signal(int, int)
    """Rows and columns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.grid = LayoutGrid()
        self.grid.chosen.connect(self._choose)
        holder = QWidgetAction(self)
        holder.setDefaultWidget(self.grid)
        self.addAction(holder)

    def show_layout(self, layout: Layout) -> None:
        """Begin with the layout in use."""
        self.grid.point_at(layout.rows, layout.columns)

    def showEvent(self, event: QShowEvent) -> None:
        """Let the keys reach the grid."""
        super().showEvent(event)
        self.grid.setFocus()

    def _choose(self, rows: int, columns: int) -> None:
        self.close()
        self.chosen.emit(rows, columns)


class LayoutGrid(Translated, QWidget):
    """Three by three cells; the cells up to the pointed one are lit."""

    chosen = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self._rows, self._columns = 1, 1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(self.sizeHint())
        self.retranslate()

    @property
    def pointed(self) -> tuple[int, int]:
        """Rows and columns pointed at."""
        return self._rows, self._columns

    def point_at(self, rows: int, columns: int) -> None:
        """Light `rows` × `columns` cells."""
        self._rows = min(max(rows, 1), MOST_ROWS)
        self._columns = min(max(columns, 1), MOST_COLUMNS)
        self.retranslate()
        self.update()

    def sizeHint(self) -> QSize:
        """The cells, and a line for the words."""
        side = 2 * EDGE + 3 * CELL + 2 * GAP
        return QSize(side, side + 22)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Nine cells and the size in words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row in range(MOST_ROWS):
            for column in range(MOST_COLUMNS):
                lit = row < self._rows and column < self._columns
                painter.setPen(QPen(QColor(tokens.ACCENT if lit else tokens.LINE_STRONG), 1))
                painter.setBrush(QColor(tokens.ACCENT_DIM if lit else tokens.PANEL))
                painter.drawRoundedRect(self._cell(row, column), 3, 3)
        painter.setPen(QColor(tokens.TEXT))
        words = QRect(0, self.height() - 24, self.width(), 20)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, f"{self._rows} × {self._columns}")
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up to the mouse."""
        self.point_at(*self._at(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose."""
        self.point_at(*self._at(event.position().toPoint()))
        self.chosen.emit(self._rows, self._columns)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move, Enter and Space choose."""
        steps = {
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
        }
        key = Qt.Key(event.key())
        if key in steps:
            self.point_at(self._rows + steps[key][0], self._columns + steps[key][1])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._rows, self._columns)
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        """Say what is pointed at."""
        self.setAccessibleName(
            tr("Layout of {rows} by {columns}", rows=self._rows, columns=self._columns)
        )

    def _cell(self, row: int, column: int) -> QRect:
        return QRect(EDGE + column * (CELL + GAP), EDGE + row * (CELL + GAP), CELL, CELL)

    def _at(self, point: QPoint) -> tuple[int, int]:
        pitch = CELL + GAP
        return (point.y() - EDGE) // pitch + 1, (point.x() - EDGE) // pitch + 1
