"""The frame of a window about records of the server: a table on top, what else it has below."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLayout,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.domain.changes import Change, ChangeKind
from app.domain.errors import UnavailableError
from app.language import tr
from app.ui.context import Context
from app.ui.language import Translated
from app.ui.texts import error_text
from app.ui.theme import tokens
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.labels import push_button
from app.ui.widgets.messages import MessageBar
from app.ui.widgets.tables import RecordTable

RELOAD_DELAY_MS = 300
"""Many changes in a row are one reason to read anew."""


class RecordsDialog(Translated, QDialog):
    """Reads its records when it is made and when one of `follows` changes; one deed at a time."""

    follows: frozenset[ChangeKind] = frozenset()

    def __init__(self, context: Context, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.message = MessageBar()
        self.empty = EmptyState()
        self._key = key
        self._is_loaded = False
        self._reload = QTimer(self, singleShot=True)
        self._reload.timeout.connect(self.load)
        self.close_button = push_button()
        self.close_button.clicked.connect(lambda _checked: self.accept())

    # --- what each window says -------------------------------------------------------------------

    def fetch(self) -> tuple[Any, ...]:
        """Ask the server for the records, in a thread."""
        raise NotImplementedError

    def show_chosen(self) -> None:
        """Show what is selected now, and what can be done with it."""

    def show_none(self) -> bool:
        """Fill `empty` in when there are no records; whether it takes the place of the table."""
        return False

    def failure_text(self, error: Exception) -> str:
        """What went wrong and what to do."""
        return error_text(error)

    # --- what they share -------------------------------------------------------------------------

    def lay_out(
        self,
        size: tuple[int, int],
        table: RecordTable,
        parts: tuple[QWidget | QLayout, ...],
        foot: tuple[QWidget, ...] = (),
        head: QLayout | None = None,
    ) -> None:
        """Put `head` above the table, `parts` below it and `foot` beside Close."""
        self.resize(*size)
        self.table = table
        table.chosen.connect(self.show_chosen)
        middle = QWidget()
        self._stack = QStackedLayout(middle)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.XL, tokens.L, tokens.XL, tokens.L)
        column.setSpacing(tokens.M)
        column.addWidget(self.message)
        if head is not None:
            column.addLayout(head)
        column.addWidget(middle, 1)
        for part in parts:
            if isinstance(part, QLayout):
                column.addLayout(part)
            else:
                column.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(tokens.S)
        for button in foot:
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignRight)
        column.addLayout(row)

    def load(self) -> None:
        """Read the records anew; what is shown stays until they are here."""
        if not self._is_loaded:
            self.empty.show_waiting(lambda: tr("Reading…"))
            self._stack.setCurrentWidget(self.empty)
        self.context.tasks.run(
            f"{self._key}/list", lambda _task: self.fetch(), self._loaded, self._not_loaded
        )

    def run(self, ask: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do something on the server, off this thread; nothing else is done meanwhile."""
        self.message.clear()
        self.context.tasks.run(f"{self._key}/do", lambda _task: ask(), done, self.not_done)
        self.show_chosen()

    def is_busy(self) -> bool:
        """Whether something is being done."""
        return self.context.tasks.running(f"{self._key}/do")

    def not_done(self, error: Exception) -> None:
        """Say why it was not done."""
        self.show_chosen()
        self.message.show_message("error", lambda: self.failure_text(error))

    def on_changes(self, changes: tuple[Change, ...]) -> None:
        """The feed told of changes: read anew when they concern these records."""
        if any(each.kind in self.follows for each in changes):
            self.reload_soon()

    def reload_soon(self, within_ms: int = RELOAD_DELAY_MS) -> None:
        """Read anew, once for many reasons in a row."""
        if not 0 <= self._reload.remainingTime() <= within_ms:
            self._reload.start(within_ms)

    def retranslate(self) -> None:
        """Build the texts that all have in the current language."""
        self.close_button.setText(tr("Close"))

    def done(self, result: int) -> None:
        """Drop what is under way."""
        self._reload.stop()
        self.context.tasks.cancel(self._key)
        super().done(result)

    def _loaded(self, records: tuple[Any, ...]) -> None:
        is_first, self._is_loaded = not self._is_loaded, True
        self.table.show_records(records)
        stands_in = not records and self.show_none()
        self._stack.setCurrentWidget(self.empty if stands_in else self.table)
        if is_first and isinstance(self.focusWidget(), QPushButton):  # nobody writes in a form yet
            self.table.setFocus()
        self.show_chosen()

    def _not_loaded(self, error: Exception) -> None:
        if self._is_loaded:
            # What is shown stays; that the server is away is told once, in the main window.
            if not isinstance(error, UnavailableError):
                self.message.show_message("error", lambda: error_text(error))
            return
        self.empty.show_state(
            "warning", lambda: tr("The list can't be shown"), lambda: error_text(error)
        )
        self.empty.add_button(lambda: tr("Try again"), self.load, "primary")
