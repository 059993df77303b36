"""A table of records: a row for each, in columns of words; what is selected outlives new rows."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics
from PySide6.QtWidgets import QHeaderView, QTableView

from app.language import tr
from app.ui.icons import icon
from app.ui.language import Translated
from app.ui.theme import tokens

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell tells a state beside its words: a drawing, and the colour of both."""

    icon: str
    colour: str


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """One column; a `width` of 0 shares what is left over."""

    title: str
    text: Callable[[Any], str]
    width: int = 0
    look: Callable[[Any], Look] | None = None


class RecordModel(QAbstractTableModel):
    """Asks a column for the words of a cell when it is shown."""

    def __init__(self, columns: tuple[RecordColumn, ...]) -> None:
        super().__init__()
        self.columns = columns
        self.rows: tuple[Any, ...] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many records there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's signature
        """Text, tool tip and look of a cell."""
        row, column = self.rows[index.row()], self.columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return column.text(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{tr(column.title)}: {column.text(row)}"
        if column.look is None:
            return None
        if role == Qt.ItemDataRole.DecorationRole:
            look = column.look(row)
            return icon(look.icon, look.colour)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(column.look(row).colour)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - Qt's signature
        """The title of a column."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(self.columns[section].title)
        return None

    def show_rows(self, rows: tuple[Any, ...]) -> None:
        """Show other records."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def tell_changed(self) -> None:
        """The words of all cells may be others now."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
        if self.rows:
            last = self.index(len(self.rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)


class RecordTable(Translated, QTableView):
    """`key` tells one record from another.

    `chosen` when others are selected, or changed; `ended` when the last record comes into view.
    """

    chosen = Signal()
    ended = Signal()

    def __init__(
        self,
        name: str,
        columns: tuple[RecordColumn, ...],
        key: Callable[[Any], Hashable],
        *,
        several: bool = False,
    ) -> None:
        super().__init__()
        self._name = name
        self._key = key
        self._awaited: set[Hashable] = set()
        self._rows = RecordModel(columns)
        self.setModel(self._rows)
        self._set_up(several=several)
        self.selectionModel().selectionChanged.connect(self._tell_chosen)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.retranslate()

    @property
    def records(self) -> tuple[Any, ...]:
        """Every record that is shown."""
        return self._rows.rows

    def rowCount(self) -> int:
        """How many records are shown."""
        return len(self.records)

    def words(self, row: int, column: int) -> str:
        """What stands in a cell."""
        return self._rows.columns[column].text(self.records[row])

    def selected(self) -> tuple[Any, ...]:
        """The selected records, from the top."""
        rows = sorted({index.row() for index in self.selectedIndexes()})
        return tuple(self.records[row] for row in rows)

    def show_records(self, records: tuple[Any, ...]) -> None:
        """Show `records`; those that were selected stay so while they are there."""
        if records == self.records:
            return
        keys = self._awaited or {self._key(each) for each in self.selected()}
        place = self.verticalScrollBar().value()
        self.selectionModel().blockSignals(True)
        self._rows.show_rows(records)
        if self._select(keys):
            self._awaited = set()
        self.selectionModel().blockSignals(False)
        self.verticalScrollBar().setValue(place)
        self.chosen.emit()

    def select(self, key: Hashable | None) -> None:
        """Select the record of that key, when it comes if it is not here yet; or nothing."""
        self.clearSelection()
        if key is not None and not self._select({key}):
            self._awaited = {key}

    def say_anew(self) -> None:
        """Ask the columns for their words again: more is known now."""
        self._rows.tell_changed()

    def retranslate(self) -> None:
        """Name the table and write its words anew, in the current language."""
        self.setAccessibleName(tr(self._name))
        self.say_anew()
        header = self.horizontalHeader()
        for number, column in enumerate(self._rows.columns):
            if column.width:
                width = max(column.width, title_width(header, tr(column.title)))
                header.resizeSection(number, width)

    def _scrolled(self, place: int) -> None:
        if 0 < place == self.verticalScrollBar().maximum():
            self.ended.emit()

    def _tell_chosen(self) -> None:
        self._awaited = set()
        self.chosen.emit()

    def _select(self, keys: set[Hashable]) -> bool:
        model, last = self._rows, len(self._rows.columns) - 1
        chosen = QItemSelection()
        found = [row for row, each in enumerate(self.records) if self._key(each) in keys]
        for row in found:
            chosen.select(model.index(row, 0), model.index(row, last))
        if found:
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(model.index(found[0], 0), flags.NoUpdate)
            self.selectionModel().select(chosen, flags.ClearAndSelect)
        return bool(found)

    def _set_up(self, *, several: bool) -> None:
        modes = QTableView.SelectionMode
        self.setSelectionMode(modes.ExtendedSelection if several else modes.SingleSelection)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(tokens.ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        modes = QHeaderView.ResizeMode
        for number, column in enumerate(self._rows.columns):
            header.setSectionResizeMode(
                number, modes.Interactive if column.width else modes.Stretch
            )


def title_width(header: QHeaderView, title: str) -> int:
    """The room that a column's title needs, in px."""
    header.ensurePolished()
    font = QFont(header.font())  # not that of the style sheet, which the header does not tell
    font.setPixelSize(tokens.FONT_SMALL)
    font.setBold(True)
    return QFontMetrics(font).horizontalAdvance(title) + 2 * tokens.M + tokens.XS
