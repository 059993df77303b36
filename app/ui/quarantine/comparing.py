"""Both versions beside each other: what came, and what the archive has."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.domain.quarantine import QuarantinedDetails
from app.language import tr
from app.ui.language import Translated
from app.ui.quarantine.words import FACTS, differences_text
from app.ui.theme import tokens
from app.ui.widgets.labels import label, set_look


class Comparison(Translated, QWidget):
    """A row for each fact; those that differ are told by colour and by a sign."""

    def __init__(self) -> None:
        super().__init__()
        self._details: QuarantinedDetails | None = None
        self._heads = (label(tone="small"), label(tone="small"), label(tone="small"))
        self._rows = [(label(tone="dim"), label(), label()) for _ in FACTS]
        self._words = label(wrap=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(tokens.XL)
        grid.setVerticalSpacing(tokens.XS)
        for number, row in enumerate((self._heads, *self._rows)):
            for column, part in enumerate(row):
                grid.addWidget(part, number, column)
                part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(self._words, len(FACTS) + 1, 0, 1, 3)
        for column in (1, 2):
            grid.setColumnStretch(column, 1)
        self.retranslate()

    def show_details(self, details: QuarantinedDetails | None) -> None:
        """Show both; nothing while they are on their way."""
        self._details = details
        self.retranslate()

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        for part, text in zip(
            self._heads, ("", tr("What came"), tr("In the archive")), strict=True
        ):
            part.setText(text)
        details = self._details
        for fact, (title, came, kept) in zip(FACTS, self._rows, strict=True):
            title.setText(tr(fact.title))
            said = fact.text(details.study) if details else ""
            known = fact.text(details.kept) if details and details.kept else ""
            differs = bool(details and details.kept) and said != known
            came.setText(f"{said or '–'}  ≠" if differs else said)
            kept.setText(known or ("–" if differs else ""))
            for part in (title, came, kept):
                part.setVisible(bool(said or known))
            for part in (came, kept):
                set_look(part, "tone", "warning" if differs else "")
        self._words.setText(differences_text(details) if details else "")
        self._words.setVisible(bool(self._words.text()))
