"""The report as it is printed: pages, zoom, print, save as."""

import itertools
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.domain.report import Report
from app.language import tr
from app.ui.context import Context
from app.ui.language import Translated
from app.ui.reporting.pages import PdfPages
from app.ui.reporting.printing import ask_and_print, ask_and_save
from app.ui.texts import error_text, report_state_text
from app.ui.theme import tokens
from app.ui.widgets.chip import REPORT_STATE_LOOKS, Chip
from app.ui.widgets.labels import label, line, name_control, push_button, surface, tool_button
from app.ui.widgets.messages import MessageBar

_numbers = itertools.count()


class ZoomBar(Translated, QWidget):
    """Smaller, the zoom in force, larger, fit the width."""

    def __init__(self, pages: PdfPages) -> None:
        super().__init__()
        self.smaller, self.larger = tool_button("minus"), tool_button("plus")
        self.fit = tool_button("fit")
        self._value = label(tone="dim")
        self._value.setFixedWidth(52)
        self._value.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for widget in (self.smaller, self._value, self.larger, self.fit):
            row.addWidget(widget)
        self.smaller.clicked.connect(lambda: pages.step_zoom(-1))
        self.larger.clicked.connect(lambda: pages.step_zoom(1))
        self.fit.clicked.connect(lambda: pages.set_zoom(0))
        pages.zoom_changed.connect(lambda zoom: self._value.setText(f"{zoom:.0%}"))
        for keys, act in (
            (QKeySequence.StandardKey.ZoomIn, self.larger.click),
            (QKeySequence.StandardKey.ZoomOut, self.smaller.click),
            ("Ctrl+=", self.larger.click),
            ("Ctrl+0", self.fit.click),
        ):
            QShortcut(QKeySequence(keys), pages.window(), act)
        self.retranslate()

    def retranslate(self) -> None:
        """Name the buttons."""
        name_control(self.smaller, tr("Zoom out"))
        name_control(self.larger, tr("Zoom in"))
        name_control(self.fit, tr("Fit width"))


class PreviewWindow(Translated, QDialog):
    """Shows what `source` answers in the background; `save` and `print` wait for it."""

    def __init__(
        self, context: Context, report: Report, source: Callable[[], bytes], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context, self._report, self._source = context, report, source
        self._pdf = b""
        self._key = f"report-preview/{next(_numbers)}"
        self.pages = PdfPages(context.tasks)
        self.message = MessageBar()
        self._title = QLabel()
        self._title.setProperty("tone", "heading")
        self._chip = Chip()
        self.print_button = push_button("quiet", "print")
        self.save_button = push_button("quiet", "save")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar())
        column.addWidget(self.message)
        column.addWidget(self.pages, 1)
        self.print_button.clicked.connect(
            lambda: ask_and_print(self, self._context.tasks, self._pdf)
        )
        self.save_button.clicked.connect(
            lambda: ask_and_save(self, self._context.tasks, self._pdf, self._report)
        )
        QShortcut(QKeySequence.StandardKey.Print, self, self.print_button.click)
        QShortcut(QKeySequence.StandardKey.Save, self, self.save_button.click)
        self.resize(900, 700)
        self.retranslate()
        self.pages.setFocus()
        self.load()

    def load(self) -> None:
        """Fetch or render the PDF."""
        for button in (self.print_button, self.save_button):
            button.setEnabled(False)
        source = self._source
        self._context.tasks.run(self._key, lambda _: source(), self._show, self._failed)

    def retranslate(self) -> None:
        """Build the texts again."""
        report = self._report
        title = tr("Report, version {version}", version=report.version)
        self.setWindowTitle(title)
        self._title.setText(title)
        self._chip.show_state(report_state_text(report.state), REPORT_STATE_LOOKS[report.state])
        self.print_button.setText(tr("Print…"))
        self.save_button.setText(tr("Save as…"))

    def done(self, result: int) -> None:
        """Stop fetching and drawing, then close."""
        self._context.tasks.cancel(self._key)
        self.pages.close()
        super().done(result)

    def _bar(self) -> QWidget:
        bar = surface("bar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(tokens.L, tokens.S, tokens.M, tokens.S)
        row.setSpacing(tokens.S)
        row.addWidget(self._title)
        row.addWidget(self._chip)
        row.addStretch(1)
        row.addWidget(ZoomBar(self.pages))
        row.addSpacing(tokens.S)
        row.addWidget(line(vertical=True))
        row.addSpacing(tokens.XS)
        row.addWidget(self.print_button)
        row.addWidget(self.save_button)
        return bar

    def _show(self, pdf: bytes) -> None:
        self._pdf = pdf
        self.pages.show_pdf(pdf)
        for button in (self.print_button, self.save_button):
            button.setEnabled(True)

    def _failed(self, error: Exception) -> None:
        self.message.show_message(
            "error", lambda: error_text(error), lambda: tr("Try again"), self.load, closable=False
        )
