"""A line across the panel that says what happened, with at most two answers."""

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.theme import tokens

Text = Callable[[], str]
"""Asked for whenever it is shown, so that a switch of language reaches it."""
Answer = tuple[Text, Callable[[], None]]


class Notice(QFrame):
    """Hidden until `say` is called; `kind` is info, success, warning or error."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text: Text | None = None
        self._answers: tuple[Answer, ...] = ()
        self._label = QLabel(self)
        self._label.setWordWrap(True)
        self.buttons = (QPushButton(self), QPushButton(self))
        row = QHBoxLayout()
        row.setSpacing(tokens.S)
        for number, button in enumerate(self.buttons):
            button.clicked.connect(lambda _=False, n=number: self._answered(n))
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(tokens.M, tokens.S, tokens.M, tokens.S)
        layout.setSpacing(tokens.S)
        layout.addWidget(self._label)
        layout.addLayout(row)
        self.hide()

    @property
    def text(self) -> str:
        """What is said now; empty while nothing is."""
        return self._label.text() if not self.isHidden() else ""

    def say(self, kind: str, text: Text, *answers: Answer) -> None:
        """Show `text`, which replaces what was said before, and a button for each answer."""
        self._text, self._answers = text, answers
        self.setProperty("message", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self.retranslate()
        self.show()

    def clear(self) -> None:
        """Say nothing."""
        self._text, self._answers = None, ()
        self.hide()

    def retranslate(self) -> None:
        """Ask for the texts again."""
        if self._text is None:
            return
        self._label.setText(self._text())
        for number, button in enumerate(self.buttons):
            button.setVisible(number < len(self._answers))
            if number < len(self._answers):
                button.setText(self._answers[number][0]())

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of language."""
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _answered(self, number: int) -> None:
        chosen = self._answers[number][1]
        self.clear()
        chosen()
