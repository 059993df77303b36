"""The rows of a search in a remote archive, and how far their retrievals are."""

from typing import Any

from PySide6.QtCore import QModelIndex, Qt

from app.domain.archives import ArchiveStudy, Retrieval
from app.domain.study import StudySummary
from app.language import tr
from app.ui.worklist.archives.words import Standing, standing
from app.ui.worklist.columns import COLUMNS, Column
from app.ui.worklist.table import SUMMARY_ROLE, Index, StudyTable

STANDING_ROLE = SUMMARY_ROLE + 1
"""The Standing of a row."""


def words(row: StudySummary, column: Column) -> str:
    """What stands in a cell of words."""
    if column is Column.IMAGES and not row.instance_count:
        return ""  # many archives don't say
    return COLUMNS[column].text(row)


class ArchiveModel(StudyTable):
    """What was found; the last column says what of it is here. Rows never move while they show."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[ArchiveStudy, ...] = ()
        self._retrievals: dict[str, Retrieval] = {}

    # --- what Qt asks ----------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many studies were found."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's signature
        """As of every table of studies, and the standing of a row."""
        if role == STANDING_ROLE:
            return self.standing(index.row())
        return super().data(index, role)

    def words(self, number: int, column: Column) -> str:
        """What stands in a cell."""
        if column is Column.REPORT:
            return self.standing(number).text
        return words(self.row(number), column)

    def title(self, column: Column) -> str:
        """What stands over a column."""
        return tr("Status") if column is Column.REPORT else super().title(column)

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
