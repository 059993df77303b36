"""Imports under way and just ended: a bar with progress and cancel, then what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.language import ntr, tr
from app.ui.context import Context
from app.ui.imports.details import RefusalsDialog
from app.ui.imports.wording import progress_text, summary_text
from app.ui.language import Translated
from app.ui.tasks import Task
from app.ui.texts import error_text
from app.ui.theme import tokens
from app.ui.widgets.labels import label, name_control, picture, push_button, tool_button

if TYPE_CHECKING:
    from app.client.imports import ImportProgress, ImportSummary

KEY = "import"
MakeFolders = Callable[[Callable[[int, int], None], Callable[[], bool]], Sequence[Path]]
"""Makes folders with studies: takes progress (done, total) and whether to stop."""


@dataclass(frozen=True, slots=True)
class _Step:
    text: Callable[[], str]
    done: int
    total: int


class ImportPanel(Translated, QFrame):
    """Hidden until something is imported; a second import waits for the first."""

    finished = Signal(object)
    """The ImportSummary of an import that came to its end, or was cancelled."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._waiting: list[Path] = []
        self._text: Callable[[], str] = str
        self._summary: ImportSummary | None = None
        self._task: Task | None = None
        self.setProperty("surface", "foot")
        self._label = label(wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.cancel_button = push_button()
        self.details_button = push_button("link")
        self.close_button = tool_button("close", size=14)
        self._lay_out()
        self.cancel_button.clicked.connect(lambda _checked: self.cancel())
        self.details_button.clicked.connect(lambda _checked: self.show_details())
        self.close_button.clicked.connect(lambda _checked: self.hide())
        self.hide()
        self.retranslate()

    # --- what the window asks --------------------------------------------------------------------

    def start(self, paths: Sequence[Path]) -> None:
        """Import `paths`, after what is being imported now."""
        if self.is_running():
            self._waiting += paths
            return
        wanted = list(paths)
        self._run(lambda task: self._store(task, wanted), _looking_text)

    def start_samples(self, make: MakeFolders) -> None:
        """Make folders with studies, then import them."""
        if not self.is_running():
            self._run(lambda task: self._make_and_store(task, make), _making_text)

    def is_running(self) -> bool:
        """Whether something is being imported."""
        return self._context.tasks.running(KEY)

    def cancel(self) -> None:
        """Stop after the files that are on their way; what is stored stays."""
        self._waiting.clear()
        if self._task is not None:
            self._task.stop()
        self.cancel_button.setEnabled(False)

    def show_details(self) -> None:
        """List the files that were refused, and why."""
        if self._summary is not None and self._summary.refusals:
            RefusalsDialog(self._summary.refusals, self.window()).exec()

    def text(self) -> str:
        """What stands in the panel."""
        return self._text()

    def close_panel(self) -> None:
        """Drop what is under way."""
        self._context.tasks.cancel(KEY)

    # --- looks -----------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self._label.setText(self._text())
        self.bar.setAccessibleName(tr("Progress of the import"))
        self.cancel_button.setText(tr("Cancel"))
        name_control(self.close_button, tr("Close message"))
        count = len(self._summary.refusals) if self._summary else 0
        self.details_button.setText(ntr("{n} refused file…", "{n} refused files…", count))

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(tokens.XS)
        words.addWidget(self._label)
        words.addWidget(self.bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.L, tokens.S, tokens.M, tokens.S)
        row.setSpacing(tokens.M)
        row.addWidget(picture("import"))
        row.addLayout(words, 1)
        row.addWidget(self.details_button)
        row.addWidget(self.cancel_button)
        row.addWidget(self.close_button)

    def _show(self, text: Callable[[], str], *, running: bool) -> None:
        self._text = text
        self.bar.setVisible(running)
        self.cancel_button.setVisible(running)
        self.cancel_button.setEnabled(running)
        self.close_button.setVisible(not running)
        self.details_button.setVisible(bool(self._summary and self._summary.refusals))
        self.retranslate()
        self.show()

    # --- work ------------------------------------------------------------------------------------

    def _run(self, work: "Callable[[Task], ImportSummary]", text: Callable[[], str]) -> None:
        self._summary = None
        self.bar.setRange(0, 0)
        self._show(text, running=True)
        self._task = self._context.tasks.run(
            KEY, work, self._done, self._failed, self._progress, long=True
        )

    def _store(self, task: Task, paths: Sequence[Path]) -> "ImportSummary":
        from app.client.imports import import_paths

        def tell(progress: "ImportProgress") -> None:
            task.report(_Step(lambda: progress_text(progress), progress.done, progress.total))

        return import_paths(self._context.server, paths, tell, task.stopping)

    def _make_and_store(self, task: Task, make: MakeFolders) -> "ImportSummary":
        def tell(done: int, total: int) -> None:
            task.report(_Step(_making_text, done, total))

        return self._store(task, make(tell, task.stopping))

    def _progress(self, value: object) -> None:
        if isinstance(value, _Step):
            self.bar.setRange(0, max(value.total, 1))
            self.bar.setValue(value.done)
            self._text = value.text
            self._label.setText(self._text())

    def _done(self, summary: "ImportSummary") -> None:
        self._summary = summary
        self._show(lambda: summary_text(summary), running=False)
        self.finished.emit(summary)
        self._next()

    def _failed(self, error: Exception) -> None:
        self._show(
            lambda: tr("The import stopped. {reason}", reason=error_text(error)), running=False
        )
        self._waiting.clear()

    def _next(self) -> None:
        if self._waiting:
            paths, self._waiting = self._waiting, []
            self.start(paths)


def _looking_text() -> str:
    return tr("Looking for images…")


def _making_text() -> str:
    return tr("Making the sample studies…")


def ask_for_files(parent: QWidget) -> list[Path]:
    """Let the person choose files; DICOM files often have no ending."""
    from PySide6.QtWidgets import QFileDialog

    chosen, _ = QFileDialog.getOpenFileNames(parent, tr("Import files…"))
    return [Path(name) for name in chosen]


def ask_for_folder(parent: QWidget) -> list[Path]:
    """Let the person choose a folder."""
    from PySide6.QtWidgets import QFileDialog

    chosen = QFileDialog.getExistingDirectory(parent, tr("Import folder…"))
    return [Path(chosen)] if chosen else []
