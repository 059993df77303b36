"""A remote archive in the worklist's place: its studies, and letting them come."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.domain.access import Permission
from app.domain.archives import ArchivePage, Retrieval
from app.domain.errors import UnavailableError
from app.domain.nodes import RemoteNode
from app.domain.study import display_name
from app.language import current_language, ntr, tr
from app.report.wording import date_text
from app.ui.context import Context
from app.ui.language import Translated
from app.ui.texts import error_text
from app.ui.theme import tokens
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.labels import label, push_button, surface
from app.ui.worklist.archives.delegate import ArchiveDelegate
from app.ui.worklist.archives.filters import ArchiveFilters
from app.ui.worklist.archives.model import ArchiveModel
from app.ui.worklist.archives.words import is_here, problem_text
from app.ui.worklist.view import WorklistView

KEY = "worklist/archive"
SEARCH, RETRIEVALS, ORDER = f"{KEY}/search", f"{KEY}/retrievals", f"{KEY}/order"
POLL_MS = 1000


class ArchivePanel(Translated, QWidget):
    """What `filters` found in the archive that is shown; `opened` for a study that is here."""

    opened = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._node = RemoteNode("")
        self._page: ArchivePage | None = None
        self._may_retrieve = Permission.STUDY_IMPORT in context.server.permissions
        self.filters = ArchiveFilters()
        self.model = ArchiveModel()
        self.table = WorklistView(self.model, ArchiveDelegate)
        self.empty = EmptyState()
        self.count = label(tone="dim")
        self._name, self._words = label(tone="heading"), label(tone="dim", wrap=True)
        self.retrieve_button = push_button("primary", "import")
        self.cancel_button = push_button()
        self.open_button = push_button("primary", "eye")
        self._poll = QTimer(self, interval=POLL_MS)
        self._lay_out()
        self._connect()
        self.retranslate()

    # --- what the page asks ----------------------------------------------------------------------

    def show_archive(self, node: RemoteNode) -> None:
        """Begin anew with `node`."""
        self._context.tasks.cancel(KEY)
        self._node, self._page = node, None
        self.model.show_retrievals({})
        self.model.show_rows(())
        self._show_state()
        self.look()
        self.filters.words.setFocus()

    def search(self) -> None:
        """Ask the archive for what the filters say."""
        node, query, server = self._node, self.filters.query(), self._context.server
        self.empty.show_waiting(lambda: tr("{name} is searched…", name=self._called()))
        self._stack.setCurrentWidget(self.empty)
        self._context.tasks.run(
            SEARCH,
            lambda _task: server.search_archive(node.ae_title, query),
            self._found,
            self._not_found,
            long=True,
        )

    def look(self) -> None:
        """See how far the retrievals are."""
        if not self._context.tasks.running(RETRIEVALS):
            server = self._context.server
            self._context.tasks.run(
                RETRIEVALS, lambda _task: server.retrievals(), self._show_retrievals, self._ignore
            )

    def act(self) -> None:
        """What Enter and a double click mean: open what is here, let come what is not."""
        if self.open_button.isVisibleTo(self):
            self.open_selected()
        elif self.retrieve_button.isVisibleTo(self) and self.retrieve_button.isEnabled():
            self.retrieve()

    def open_selected(self) -> None:
        """Tell that the selected study is to be opened."""
        number = self._selected()
        if number is not None:
            self.opened.emit(self.model.row(number))

    def retrieve(self) -> None:
        """Let the selected study come, go on with it, or try it again at once."""
        number = self._selected()
        if number is None:
            return
        title, summary, server = self._node.ae_title, self.model.row(number), self._context.server
        self._order(
            lambda: server.retrieve(title, summary.study_uid, summary.instance_count),
        )

    def cancel(self) -> None:
        """Let no more of the selected study come."""
        number = self._selected()
        retrieval = None if number is None else self.model.retrieval(number)
        if retrieval is not None:
            server = self._context.server
            self._order(lambda: server.cancel_retrieval(retrieval.number))

    def leave(self) -> None:
        """Drop what is under way here; what comes goes on coming."""
        self._poll.stop()
        self._context.tasks.cancel(KEY)

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.cancel_button.setText(tr("Cancel"))
        self.open_button.setText(tr("Open"))
        self.model.retranslate()
        self._show_count()
        self._show_selected()

    # --- parts -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        middle = QWidget()
        self._stack = QStackedLayout(middle)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        words = QVBoxLayout()
        words.setSpacing(tokens.XS)
        words.addWidget(self._name)
        words.addWidget(self._words)
        self._foot = surface("foot")
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(tokens.L, tokens.M, tokens.L, tokens.M)
        row.setSpacing(tokens.M)
        row.addLayout(words, 1)
        for button in (self.cancel_button, self.retrieve_button, self.open_button):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(middle, 1)
        column.addWidget(self._foot)

    def _connect(self) -> None:
        self.filters.wanted.connect(self.search)
        self.table.opened.connect(lambda _summary: self.act())
        self.table.selected.connect(lambda _summary: self._show_selected())
        self.table.typed.connect(self._begin_search)
        self.retrieve_button.clicked.connect(lambda _checked: self.retrieve())
        self.cancel_button.clicked.connect(lambda _checked: self.cancel())
        self.open_button.clicked.connect(lambda _checked: self.open_selected())
        self._poll.timeout.connect(self.look)

    def _begin_search(self, letter: str) -> None:
        self.filters.words.setFocus()
        self.filters.words.setText(letter)

    def _called(self) -> str:
        return self._node.description or self._node.ae_title

    def _selected(self) -> int | None:
        index = self.table.currentIndex()
        return index.row() if index.isValid() else None

    # --- searching -------------------------------------------------------------------------------

    def _found(self, page: ArchivePage) -> None:
        self._page = page
        self.model.show_rows(page.rows)
        self.table.select_row(0)
        self._show_state()
        if page.rows:
            self.table.setFocus()

    def _not_found(self, error: Exception) -> None:
        self._page = None
        self.model.show_rows(())
        self.empty.show_state(
            "warning", lambda: tr("The archive can't be searched"), lambda: error_text(error)
        )
        self.empty.add_button(lambda: tr("Try again"), self.search, "primary")
        self._show_count()

    def _show_state(self) -> None:
        self._show_count()
        self._show_selected()
        page, name = self._page, self._called()
        if page is not None and page.rows:
            self._stack.setCurrentWidget(self.table)
            return
        self._stack.setCurrentWidget(self.empty)
        if page is None:
            self.empty.show_state(
                "search",
                lambda: tr("Search in {name}", name=name),
                lambda: tr("Type a name or ID, choose days and modality, then press Search."),
            )
        elif page.problem is not None:
            problem, reason = page.problem, page.reason
            self.empty.show_state(
                "warning",
                lambda: tr("The archive can't be searched"),
                lambda: problem_text(problem, name, reason),
            )
            self.empty.add_button(lambda: tr("Try again"), self.search, "primary")
        else:
            self.empty.show_state(
                "search",
                lambda: tr("{name} has nothing that matches", name=name),
                lambda: tr("Some archives mind capital letters. Try fewer letters or more days."),
            )

    def _show_count(self) -> None:
        count = self.model.rowCount()
        text = ntr("{n} study", "{n} studies", count) if count else ""
        if self._page is not None and self._page.is_cut and count:
            text = tr("The first {n}; narrow the search", n=count)
        self.count.setText(text)

    # --- retrieving ------------------------------------------------------------------------------

    def _order(self, ask: Callable[[], Retrieval]) -> None:
        for button in (self.retrieve_button, self.cancel_button):
            button.setEnabled(False)
        self._context.tasks.cancel(RETRIEVALS)
        self._context.tasks.run(ORDER, lambda _task: ask(), self._ordered, self._not_ordered)

    def _ordered(self, _retrieval: Retrieval) -> None:
        self.look()

    def _not_ordered(self, error: Exception) -> None:
        self._show_selected()
        self._context.tasks.failed.emit(error)

    def _show_retrievals(self, retrievals: tuple[Retrieval, ...]) -> None:
        here = {each.study_uid: each for each in retrievals if each.ae_title == self._node.ae_title}
        self.model.show_retrievals(here)
        if self.model.is_any_under_way():
            self._poll.start()
        else:
            self._poll.stop()
        self._show_selected()

    def _ignore(self, error: Exception) -> None:
        if not isinstance(error, UnavailableError):
            self._context.tasks.failed.emit(error)

    def _show_selected(self) -> None:
        number = self._selected()
        self._foot.setVisible(number is not None)
        if number is None:
            return
        study, retrieval = self.model.study(number), self.model.retrieval(number)
        summary = study.summary
        self._name.setText(display_name(summary.patient_name) or tr("No name"))
        self._words.setText(self._about(number))
        here = is_here(study, retrieval)
        coming = retrieval is not None and retrieval.is_under_way
        waits = coming and retrieval.problem is not None
        self.open_button.setVisible(here)
        self.cancel_button.setVisible(coming)
        self.cancel_button.setEnabled(self._may_retrieve)
        self.retrieve_button.setVisible(not here and (not coming or waits))
        self.retrieve_button.setEnabled(self._may_retrieve)
        if waits:
            self.retrieve_button.setText(tr("Try now"))
        elif study.kept_count or (retrieval and retrieval.kept_count):
            self.retrieve_button.setText(tr("Retrieve the rest"))
        else:
            self.retrieve_button.setText(tr("Retrieve"))

    def _about(self, number: int) -> str:
        summary, retrieval = self.model.row(number), self.model.retrieval(number)
        if retrieval is not None and retrieval.problem is not None:
            why = problem_text(retrieval.problem, self._called(), retrieval.reason)
            if not retrieval.is_under_way:
                return why
            moment = f"{retrieval.next_at.astimezone():%H:%M}"
            return " ".join((why, tr("Next try at {time}.", time=moment)))
        day = date_text(summary.study_date, current_language())
        return " · ".join(part for part in (day, summary.description) if part)
