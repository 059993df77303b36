"""The rows of a search in a remote archive, and how far their retrievals are."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal

from app.domain.archives import ArchiveStudy, Retrieval
from app.domain.study import StudySummary
from app.language import tr
from app.ui.worklist.archives.words import Standing, standing
from app.ui.worklist.columns import COLUMNS, Column
from app.ui.worklist.model import SUMMARY_ROLE, Index

STANDING_ROLE = SUMMARY_ROLE + 1
"""The Standing of a row."""


def words(row: StudySummary, column: Column) -> str:
    """What stands in a cell of words."""
    if column is Column.IMAGES and not row.instance_count:
        return ""  # many archives don't say
    return COLUMNS[column].text(row)


class ArchiveModel(QAbstractTableModel):
    """What was found, in the columns of the worklist; the last says what of it is here."""

    shifting = Signal()
    """Rows never move while they are shown."""
    shifted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[ArchiveStudy, ...] = ()
        self._retrievals: dict[str, Retrieval] = {}

    # --- what Qt asks ----------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many studies were found."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """The columns of the table."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's signature
        """Text, tool tip, summary or standing of a cell."""
        row = self._rows[index.row()]
        if role == SUMMARY_ROLE:
            return row.summary
        if role == STANDING_ROLE:
            return self.standing(index.row())
        column = Column(index.column())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(index.row(), column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._title(column)}: {self._text(index.row(), column)}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - Qt's signature
        """The title of a column, over its numbers where it has some."""
        if role == Qt.ItemDataRole.TextAlignmentRole and section == Column.IMAGES:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._title(Column(section))
        return None

    # --- what the panel asks ---------------------------------------------------------------------

    def row(self, number: int) -> StudySummary:
        """The summary of a row."""
        return self._rows[number].summary

    def study(self, number: int) -> ArchiveStudy:
        """What was found of a row."""
        return self._rows[number]

    def row_of(self, study_uid: str) -> int:
        """Where a study stands, or -1."""
        uids = [row.summary.study_uid for row in self._rows]
        return uids.index(study_uid) if study_uid in uids else -1

    def retrieval(self, number: int) -> Retrieval | None:
        """The last retrieval of a row's study from this archive."""
        return self._retrievals.get(self.row(number).study_uid)

    def standing(self, number: int) -> Standing:
        """Where a row's study stands."""
        return standing(self._rows[number], self.retrieval(number))

    def is_any_under_way(self) -> bool:
        """Whether something comes from this archive."""
        return any(retrieval.is_under_way for retrieval in self._retrievals.values())

    def show_rows(self, rows: tuple[ArchiveStudy, ...]) -> None:
        """Show what was found."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def show_retrievals(self, retrievals: dict[str, Retrieval]) -> None:
        """Show how far they are, by the UID of the study."""
        if retrievals != self._retrievals:
            self._retrievals = retrievals
            self.retranslate()

    def retranslate(self) -> None:
        """Show titles, dates and states in the current language."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        if self._rows:
            last = self.index(len(self._rows) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def _text(self, number: int, column: Column) -> str:
        if column is Column.REPORT:
            return self.standing(number).text
        return words(self.row(number), column)

    def _title(self, column: Column) -> str:
        return tr("Status") if column is Column.REPORT else tr(COLUMNS[column].title)
