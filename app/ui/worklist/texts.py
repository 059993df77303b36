"""Names with wrong letters: how they read in each character set, and choosing the right one."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.study import StudySummary, display_name
from app.domain.texts import TextReading
from app.language import mark, tr
from app.ui.context import Context
from app.ui.language import Translated
from app.ui.texts import error_text
from app.ui.theme import tokens
from app.ui.widgets.labels import label, push_button
from app.ui.widgets.messages import MessageBar

KEY = "texts"
CHARACTER_SETS: dict[str, tuple[str, str]] = {
    "": ("", mark("As its images say")),
    "WINDOWS-1251": ("Windows-1251", mark("Cyrillic")),
    "ISO_IR 192": ("UTF-8", mark("All letters")),
    "ISO_IR 144": ("ISO 8859-5", mark("Cyrillic")),
    "KOI8-R": ("KOI8-R", mark("Cyrillic")),
    "IBM866": ("DOS 866", mark("Cyrillic")),
    "ISO_IR 100": ("ISO 8859-1", mark("Western European")),
    "ISO_IR 101": ("ISO 8859-2", mark("Central European")),
    "WINDOWS-1250": ("Windows-1250", mark("Central European")),
    "ISO_IR 109": ("ISO 8859-3", mark("South European")),
    "ISO_IR 110": ("ISO 8859-4", mark("North European")),
    "ISO_IR 126": ("ISO 8859-7", mark("Greek")),
    "ISO_IR 127": ("ISO 8859-6", mark("Arabic")),
    "ISO_IR 138": ("ISO 8859-8", mark("Hebrew")),
    "ISO_IR 148": ("ISO 8859-9", mark("Turkish")),
    "ISO_IR 166": ("TIS 620", mark("Thai")),
    "ISO_IR 203": ("ISO 8859-15", mark("Western European")),
    "GB18030": ("GB 18030", mark("Chinese")),
    "ISO_IR 13": ("Shift JIS", mark("Japanese")),
    "ISO_IR 149": ("EUC-KR", mark("Korean")),
}
"""The name of each character set, and the letters it is for."""


class TextsDialog(Translated, QDialog):
    """A row for each way to read the texts of a study, the most plausible first."""

    def __init__(self, context: Context, study_uid: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._study_uid = study_uid
        self._readings: tuple[TextReading, ...] = ()
        self._explanation = label(tone="dim", wrap=True)
        self.table = QTableWidget(0, 3)
        self.message = MessageBar()
        self.choose_button, self._close = push_button("primary"), push_button()
        self._lay_out()
        self.table.itemSelectionChanged.connect(self._show_ready)
        self.table.itemDoubleClicked.connect(lambda _item: self.choose())
        self.choose_button.clicked.connect(lambda _checked: self.choose())
        self._close.clicked.connect(self.reject)
        self.retranslate()
        server = context.server
        context.tasks.run(
            f"{KEY}/list", lambda _task: server.readings(study_uid), self._show, self._failed
        )

    def choose(self) -> None:
        """Read the study's texts as the selected row shows them."""
        chosen = self._selected()
        if chosen is None or not self.choose_button.isEnabled():
            return
        server, uid, character_set = self._context.server, self._study_uid, chosen.character_set
        self.message.clear()
        self._context.tasks.run(
            f"{KEY}/choose",
            lambda _task: server.choose_character_set(uid, character_set),
            self._chosen,
            self._failed,
        )
        self._show_ready()

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.setWindowTitle(tr("Mend wrong letters"))
        self._explanation.setText(
            tr(
                "Choose the row in which the name is written right. It is shown and found so from"
                " then on; the images stay as they came, and you can choose again."
            )
        )
        self.table.setAccessibleName(tr("Ways to read the texts"))
        self.table.setHorizontalHeaderLabels([tr("Patient"), tr("Description"), tr("Letters")])
        self.choose_button.setText(tr("Read it so"))
        self._close.setText(tr("Close"))
        self._fill()

    def done(self, result: int) -> None:
        """Drop what is under way."""
        self._context.tasks.cancel(KEY)
        super().done(result)

    # --- parts -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.resize(820, 460)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(tokens.ROW_HEIGHT)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        foot = QHBoxLayout()
        foot.addWidget(self.choose_button)
        foot.addStretch(1)
        foot.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.XL, tokens.L, tokens.XL, tokens.L)
        column.setSpacing(tokens.M)
        for part in (self.message, self._explanation, self.table):
            column.addWidget(part)
        column.addLayout(foot)

    def _show(self, readings: tuple[TextReading, ...]) -> None:
        self._readings = readings
        self._fill()
        self.table.selectRow(0)
        self.table.setFocus()

    def _fill(self) -> None:
        self.table.setRowCount(len(self._readings))
        for row, reading in enumerate(self._readings):
            name = display_name(reading.patient_name)
            texts = (name, reading.description or reading.institution, _letters(reading))
            for column, text in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(text))
        self._show_ready()

    def _selected(self) -> TextReading | None:
        rows = {index.row() for index in self.table.selectedIndexes()}
        return self._readings[min(rows)] if rows else None

    def _show_ready(self) -> None:
        chosen = self._selected()
        is_free = not self._context.tasks.running(f"{KEY}/choose")
        self.choose_button.setEnabled(is_free and chosen is not None and not chosen.is_chosen)

    # --- work ------------------------------------------------------------------------------------

    def _chosen(self, _summary: StudySummary) -> None:
        self.accept()

    def _failed(self, error: Exception) -> None:
        self._show_ready()
        self.message.show_message("error", lambda: error_text(error))


def _letters(reading: TextReading) -> str:
    name, letters = CHARACTER_SETS.get(reading.character_set, (reading.character_set, ""))
    words = tr(letters) if letters else ""
    if name and words:
        words = f"{words} ({name})"
    elif name:
        words = name
    return tr("{letters}, as now", letters=words) if reading.is_chosen else words
