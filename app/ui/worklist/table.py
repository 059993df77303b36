"""What the tables of studies share, this archive's and those of others."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from app.domain.study import StudySummary
from app.language import tr
from app.ui.worklist.columns import COLUMNS, Column

SUMMARY_ROLE = Qt.ItemDataRole.UserRole
"""The StudySummary of a row, or None while it is fetched."""
Index = QModelIndex | QPersistentModelIndex


class StudyTable(QAbstractTableModel):
    """Studies in the columns of the worklist."""

    shifting = Signal()
    """Rows will stand elsewhere after this."""
    shifted = Signal()

    # --- what each table says --------------------------------------------------------------------

    def row(self, number: int) -> StudySummary | None:
        """The summary of a row, if it is here."""
        raise NotImplementedError

    def words(self, number: int, column: Column) -> str:
        """What stands in a cell of a row that is here."""
        return COLUMNS[column].text(self.row(number))

    def title(self, column: Column) -> str:
        """What stands over a column."""
        return tr(COLUMNS[column].title)

    # --- what Qt asks ----------------------------------------------------------------------------

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """The columns of the table."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's signature
        """Text, tool tip or summary of a cell."""
        row = self.row(index.row())
        if row is None or role == SUMMARY_ROLE:
            return row
        column = Column(index.column())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.words(index.row(), column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.title(column)}: {self.words(index.row(), column)}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - Qt's signature
        """The title of a column, over its numbers where it has some."""
        if role == Qt.ItemDataRole.TextAlignmentRole and section == Column.IMAGES:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.title(Column(section))
        return None

    # --- texts -----------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Show titles, dates and states in the current language."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        self.tell_changed(0, self.rowCount())

    def tell_changed(self, first: int, end: int) -> None:
        """The words of the rows from `first` to before `end` may be others now."""
        if end > first:
            self.dataChanged.emit(self.index(first, 0), self.index(end - 1, len(COLUMNS) - 1))
