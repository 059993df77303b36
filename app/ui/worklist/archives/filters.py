"""What is asked of a remote archive: a name or ID, days and a modality."""

from collections.abc import Callable
from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from app.domain.archives import MAX_TEXT, ArchiveQuery
from app.language import mark, tr
from app.ui.icons import icon
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.labels import name_control, push_button

PERIODS: tuple[tuple[str, int | None], ...] = (
    (mark("Today"), 0),
    (mark("Last 7 days"), 6),
    (mark("Last 30 days"), 29),
    (mark("Last year"), 364),
    (mark("Any day"), None),
)
"""What it is called, and how many days before today it begins."""
FIRST_PERIOD = 2
MODALITIES = ("CR", "CT", "DX", "MG", "MR", "NM", "PT", "RF", "US", "XA")


class ArchiveFilters(Translated, QWidget):
    """Nothing is asked before `wanted`: a query is another's work."""

    wanted = Signal()

    def __init__(self, today: Callable[[], date] = date.today) -> None:
        super().__init__()
        self._today = today
        self.words = QLineEdit()
        self.words.setClearButtonEnabled(True)
        self.words.setMaxLength(MAX_TEXT - 1)
        self.words.addAction(
            icon("search", tokens.TEXT_DIM), QLineEdit.ActionPosition.LeadingPosition
        )
        self.period, self.modality = QComboBox(), QComboBox()
        self.button = push_button("primary")
        for text, _days in PERIODS:
            self.period.addItem(tr(text))
        self.period.setCurrentIndex(FIRST_PERIOD)
        self.modality.addItems(["", *MODALITIES])
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.S)
        self.words.setMinimumWidth(200)
        self.words.setMaximumWidth(360)
        row.addWidget(self.words, 1)
        for part in (self.period, self.modality, self.button):
            row.addWidget(part)
        row.addStretch(1)
        self.words.returnPressed.connect(self.wanted)
        self.button.clicked.connect(lambda _checked: self.wanted.emit())
        self.retranslate()

    def query(self) -> ArchiveQuery:
        """What is asked now."""
        days = PERIODS[self.period.currentIndex()][1]
        today = self._today()
        return ArchiveQuery.of_words(
            self.words.text(),
            since=None if days is None else today - timedelta(days=days),
            until=today if days == 0 else None,
            modality=self.modality.currentText() if self.modality.currentIndex() else "",
        )

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.words.setPlaceholderText(tr("Patient's name or ID"))
        name_control(self.words, tr("Patient's name or ID"), tip=False)
        name_control(self.period, tr("Study date"))
        name_control(self.modality, tr("Modality"))
        for at, (text, _days) in enumerate(PERIODS):
            self.period.setItemText(at, tr(text))
        self.modality.setItemText(0, tr("Any modality"))
        self.button.setText(tr("Search"))
