"""The rows of the worklist, fetched in pages as they come into view."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal

from app.domain.study import StudySummary, WorklistPage, WorklistQuery
from app.ui.context import Context
from app.ui.worklist.table import Index, StudyTable

SEARCH, REFRESH, PAGES = "worklist/search", "worklist/refresh", "worklist/page"
COUNT = "worklist/count"
"""The keys of what is asked."""
PAGE = 200
MARGIN = 50
"""Rows around those in view that are fetched with them, so that a small shift needs no more."""


class WorklistModel(StudyTable):
    """All matches of one search; rows that were not fetched yet have no summary."""

    loaded = Signal()
    """A page arrived, the first or another, or how many rows there are."""
    failed = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._text = ""
        self._total = 0
        self._pages: dict[int, tuple[StudySummary, ...]] = {}
        self._asked: set[int] = set()
        self._generation = 0
        self.is_loaded = False
        self.is_counted = False
        """Whether `rowCount` is the number of matches, not only of those known of."""
        self.change: int | None = None
        """The change feed's number when the last rows were read; None before there were any."""

    # --- what Qt asks ----------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many studies match, as far as they were counted."""
        return 0 if parent.isValid() else self._total

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's signature
        """As of every table of studies; asking for a row that is missing fetches it."""
        if self.row(index.row()) is None:
            self._fetch(index.row() // PAGE)
        return super().data(index, role)

    # --- what the page asks ----------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The words searched for."""
        return self._text

    def row(self, number: int) -> StudySummary | None:
        """The summary of a row, if it is here."""
        page = self._pages.get(number // PAGE)
        offset = number % PAGE
        return page[offset] if page is not None and offset < len(page) else None

    def row_of(self, study_uid: str) -> int:
        """Where a study stands among the rows that are here, or -1."""
        for number, page in self._pages.items():
            for offset, row in enumerate(page):
                if row.study_uid == study_uid:
                    return number * PAGE + offset
        return -1

    def search(self, text: str) -> None:
        """Show what matches `text` once its first page is here; until then the old rows stay."""
        self._text = text
        self._outdate()
        self._ask(SEARCH, self._query(0, with_total=False), self._show_search)

    def refresh(self, first: int, last: int) -> None:
        """Fetch the rows `first` to `last`, those in view, again; others when they are needed.

        While a search is under way, the rows in view are another's, and the search begins again.
        """
        if self._context.tasks.running(SEARCH):
            self.search(self._text)
            return
        self._outdate()
        begin, end = max(first - MARGIN, 0) // PAGE, (last + MARGIN) // PAGE
        query = self._query(begin * PAGE, (end - begin + 1) * PAGE)
        self._ask(REFRESH, query, lambda page: self._show_refreshed(query.offset, page))

    # --- fetching --------------------------------------------------------------------------------

    def _query(self, offset: int, limit: int = PAGE, *, with_total: bool = True) -> WorklistQuery:
        return WorklistQuery(self._text, offset=offset, limit=limit, with_total=with_total)

    def _fetch(self, number: int) -> None:
        if number not in self._asked:
            self._asked.add(number)
            query = self._query(number * PAGE, with_total=False)
            self._ask(f"{PAGES}/{number}", query, lambda page: self._show_page(number, page))

    def _outdate(self) -> None:
        """Show no answer any more that was asked for before now."""
        self._generation += 1
        self._asked.clear()
        for key in (PAGES, REFRESH, SEARCH, COUNT):
            self._context.tasks.cancel(key)

    def _ask(self, key: str, query: WorklistQuery, done: Callable[[WorklistPage], None]) -> None:
        generation = self._generation

        def take(page: WorklistPage) -> None:
            if generation == self._generation:
                done(page)

        def fail(error: Exception) -> None:
            if generation == self._generation:
                self._asked.discard(query.offset // PAGE)
                self.failed.emit(error)

        self._context.tasks.run(key, lambda _task: self._context.server.worklist(query), take, fail)

    def _show_search(self, page: WorklistPage) -> None:
        self.change = page.change
        self.beginResetModel()
        self._total = page.total
        self._pages = {0: page.rows}
        self._asked = {0}
        self.is_loaded, self.is_counted = True, not page.is_least
        self.endResetModel()
        self.loaded.emit()
        if page.is_least:  # nobody waits for the count of a common word
            self._ask(COUNT, self._query(0, 0), self._show_total)

    def _show_total(self, page: WorklistPage) -> None:
        self._resize(page.total)
        self.is_counted = True
        self.loaded.emit()

    def _show_page(self, number: int, page: WorklistPage) -> None:
        if not page.is_least:
            self._resize(page.total)
        self._pages[number] = page.rows
        self.tell_changed(number * PAGE, number * PAGE + len(page.rows))
        self.loaded.emit()

    def _show_refreshed(self, offset: int, page: WorklistPage) -> None:
        self.change = page.change
        self.shifting.emit()
        self._pages = {
            (offset + start) // PAGE: page.rows[start : start + PAGE]
            for start in range(0, len(page.rows), PAGE)
        }
        self._asked = set(self._pages)
        self.is_loaded = self.is_counted = True
        self._resize(page.total)
        self.shifted.emit()
        self.tell_changed(0, self._total)
        self.loaded.emit()

    def _resize(self, total: int) -> None:
        if total > self._total:
            self.beginInsertRows(QModelIndex(), self._total, total - 1)
            self._total = total
            self.endInsertRows()
        elif total < self._total:
            self.beginRemoveRows(QModelIndex(), total, self._total - 1)
            self._total = total
            self.endRemoveRows()
