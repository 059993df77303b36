"""The table of the worklist: keeps its selection and place while rows arrive above."""

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QEvent, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.domain.study import StudySummary
from app.language import tr
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.tables import title_width
from app.ui.worklist.columns import COLUMNS, Column, left_out
from app.ui.worklist.delegate import RowDelegate


class StudyRows(Protocol):
    """The model of the table: a QAbstractTableModel in the columns of the worklist."""

    shifting: SignalInstance
    shifted: SignalInstance

    def rowCount(self) -> int:
        """How many studies there are."""

    def row(self, number: int) -> StudySummary | None:
        """The summary of a row, if it is here."""

    def row_of(self, study_uid: str) -> int:
        """Where a study stands, or -1."""


@dataclass(frozen=True, slots=True)
class _Place:
    study_uid: str
    row: int
    total: int
    scroll: int


class WorklistView(Translated, QTableView):
    """One row is selected at most; `opened` when it is double clicked or Enter is pressed."""

    opened = Signal(object)
    selected = Signal(object)
    """The StudySummary of the selected row, or None."""
    typed = Signal(str)
    """A letter typed on the table: the start of a search."""

    def __init__(self, model: StudyRows, delegate: type[RowDelegate] = RowDelegate) -> None:
        super().__init__()
        self._model = model
        self._place: _Place | None = None
        self._selected_uid = ""
        self._widths: dict[Column, int] = {}
        self._delegate = delegate(self)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self._set_up()
        model.shifting.connect(self._keep_place)
        model.shifted.connect(self._find_place)
        model.modelReset.connect(self._tell_selected)
        model.dataChanged.connect(lambda *_range: self._tell_selected())
        self.selectionModel().currentRowChanged.connect(lambda *_rows: self._tell_selected())
        self.doubleClicked.connect(lambda _index: self.open_selected())
        self.retranslate()

    def summary(self) -> StudySummary | None:
        """The study of the selected row."""
        index = self.currentIndex()
        return self._model.row(index.row()) if index.isValid() else None

    def rows_in_view(self) -> tuple[int, int]:
        """The first and last row on screen."""
        first = max(self.rowAt(0), 0)
        last = self.rowAt(self.viewport().height() - 1)
        return first, last if last >= first else max(self._model.rowCount() - 1, first)

    def select_row(self, row: int) -> None:
        """Select a row and show it."""
        if 0 <= row < self._model.rowCount():
            self.setCurrentIndex(self._model.index(row, 0))

    def move(self, rows: int) -> None:
        """Move the selection by some rows."""
        current = self.currentIndex().row()
        row = current + rows if current >= 0 else 0
        self.select_row(min(max(row, 0), self._model.rowCount() - 1))

    def open_selected(self) -> None:
        """Tell that the selected study is to be opened."""
        summary = self.summary()
        if summary is not None:
            self.opened.emit(summary)

    def retranslate(self) -> None:
        """Name the table in the current language, and make room for its titles."""
        self.setAccessibleName(tr("Studies"))
        header = self.horizontalHeader()
        for column, row in COLUMNS.items():
            if row.width:
                self._widths[column] = max(row.width, title_width(header, tr(row.title)))
                header.resizeSection(column, self._widths[column])
        self._leave_out()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens; a letter begins a search."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_selected()
            return
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
        )
        if plain and event.text().isprintable() and event.text().strip():
            self.typed.emit(event.text())
            return
        super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the row under the mouse."""
        self._hover(self.rowAt(event.position().toPoint().y()))
        super().mouseMoveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave room for the names."""
        self._leave_out()
        super().resizeEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """No row is under the mouse any more."""
        self._hover(-1)
        super().leaveEvent(event)

    # --- parts -----------------------------------------------------------------------------------

    def _set_up(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(tokens.ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setFixedHeight(tokens.CONTROL_HEIGHT)
        header.setMinimumSectionSize(48)
        for column, row in COLUMNS.items():
            mode = (
                QHeaderView.ResizeMode.Interactive if row.width else QHeaderView.ResizeMode.Stretch
            )
            header.setSectionResizeMode(column, mode)

    def _leave_out(self) -> None:
        out = left_out(self.viewport().width(), self._widths)
        for column in COLUMNS:
            self.setColumnHidden(column, column in out)

    def _hover(self, row: int) -> None:
        if row != self._delegate.hovered:
            self._delegate.hovered = row
            self.viewport().update()

    def _keep_place(self) -> None:
        self._place = _Place(
            self._selected_uid,
            self.currentIndex().row(),
            self._model.rowCount(),
            self.verticalScrollBar().value(),
        )

    def _find_place(self) -> None:
        place = self._place
        if place is None:
            return
        arrived = self._model.rowCount() - place.total
        if place.study_uid:
            row = self._model.row_of(place.study_uid)
            row = row if row >= 0 else place.row + arrived
            arrived = row - place.row
            self._set_current_quietly(row)
        # At the top what is new shall be seen; elsewhere what is looked at stays.
        if place.scroll > 0:
            self.verticalScrollBar().setValue(place.scroll + arrived * tokens.ROW_HEIGHT)
        else:
            self.verticalScrollBar().setValue(0)

    def _set_current_quietly(self, row: int) -> None:
        scroll = self.verticalScrollBar().value()
        self.select_row(row)
        self.verticalScrollBar().setValue(scroll)

    def _tell_selected(self) -> None:
        summary = self.summary()
        if summary is None and self.currentIndex().isValid():
            return  # its row is on the way
        self._selected_uid = summary.study_uid if summary else ""
        self.selected.emit(summary)
