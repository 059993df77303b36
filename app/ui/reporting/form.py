"""The document itself: sections, measurements and key images in one scrolling column."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.domain.report import Heading, MeasurementLine, ReportContent
from app.language import Language
from app.report.pdf import language_of
from app.report.wording import measurement_text
from app.ui.reporting.editors import GrowingEdit, Sections
from app.ui.reporting.key_images import KeyImages
from app.ui.reporting.measurements import Measurements
from app.ui.theme import tokens


class ReportForm(QScrollArea):
    """Shows a `ReportContent` and gives back what became of it."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sections = Sections()
        self.measurements = Measurements()
        self.key_images = KeyImages()
        self._template = ""
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(tokens.L, tokens.M, tokens.L, tokens.L)
        column.setSpacing(tokens.XS)
        for part in (self.sections, self.measurements, self.key_images):
            column.addWidget(part)
            part.edited.connect(self.edited)
        column.addStretch(1)
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setStyleSheet(f"QScrollArea, QWidget#page {{ background: {tokens.PANEL}; }}")
        self.sections.cursor_moved.connect(self._follow)
        self.measurements.rebuilt.connect(self._order_tabs)
        self.key_images.rebuilt.connect(self._order_tabs)

    @property
    def language(self) -> Language:
        """The language of the report."""
        return self.sections.language

    @property
    def content(self) -> ReportContent:
        """What is written now."""
        return ReportContent(
            language=self.sections.language,
            template=self._template,
            sections=self.sections.texts,
            key_images=self.key_images.images,
            measurements=self.measurements.lines,
        )

    def show_content(self, content: ReportContent, *, undoable: bool = False) -> None:
        """Show `content`; this is no edit, but `undoable` lets Ctrl+Z bring the old text back."""
        language = language_of(content.language)
        self._template = content.template
        self.sections.show_texts(content.sections, language, undoable=undoable)
        self.measurements.show_lines(content.measurements, language)
        self.key_images.show_images(content.key_images)

    def set_read_only(self, read_only: bool) -> None:
        """Only show."""
        for part in (self.sections, self.measurements, self.key_images):
            part.set_read_only(read_only)

    def write_first(self) -> None:
        """Put the cursor where writing begins: at the first blank, else in the findings."""
        if not self.sections.next_blank():
            self.sections.editors[Heading.FINDINGS].setFocus()

    def add_measurement(self, line: MeasurementLine) -> None:
        """Put a measurement into the list, and as a line into the findings at the cursor."""
        text = measurement_text(line, self.language)
        self.sections.editors[Heading.FINDINGS].insert_line(text)
        self.measurements.add(line)

    def _order_tabs(self) -> None:
        """Let Tab go on from the last section to what was added below it."""
        here: QWidget = self.sections.editors[Heading.IMPRESSION]
        for control in (*self.measurements.controls, *self.key_images.controls):
            QWidget.setTabOrder(here, control)
            here = control

    def _follow(self, editor: GrowingEdit) -> None:
        """Keep the cursor of a growing field in view, once its new height is laid out."""
        QTimer.singleShot(0, editor, lambda: self._show_cursor(editor))

    def _show_cursor(self, editor: GrowingEdit) -> None:
        if editor.hasFocus():
            spot = editor.mapTo(self.widget(), editor.cursorRect().center())
            self.ensureVisible(spot.x(), spot.y(), 0, 3 * editor.fontMetrics().lineSpacing())
