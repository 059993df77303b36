"""A line across the panel that says what happened, with at most two answers."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.language import tr
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.labels import label, name_control, set_look, tool_button

SUCCESS_MS = 6000
Text = Callable[[], str]
"""Asked for whenever it is shown, so that a switch of language reaches it."""
Answer = tuple[Text, Callable[[], None]]


class Notice(Translated, QFrame):
    """Hidden until `say` is called; `kind` is info, success, warning or error.

    A success goes by itself after some seconds, unless it asks something.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text: Text | None = None
        self._answers: tuple[Answer, ...] = ()
        self._soon = QTimer(self, singleShot=True, interval=SUCCESS_MS)
        self._soon.timeout.connect(self.clear)
        self._label = label(wrap=True)
        self.buttons = (QPushButton(self), QPushButton(self))
        self._row = row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        row.setSpacing(tokens.S)
        for number, button in enumerate(self.buttons):
            button.clicked.connect(lambda _=False, n=number: self._answered(n))
            row.addWidget(button)
        row.addStretch(1)
        self.dismiss = tool_button("close", size=14)
        self.dismiss.clicked.connect(self.clear)
        top = QHBoxLayout()
        top.addWidget(self._label, 1)
        top.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(tokens.M, tokens.S, tokens.S, tokens.S)
        layout.setSpacing(tokens.S)
        layout.addLayout(top)
        layout.addLayout(row)
        self.hide()

    @property
    def text(self) -> str:
        """What is said now; empty while nothing is."""
        return self._label.text() if not self.isHidden() else ""

    def say(self, kind: str, text: Text, *answers: Answer) -> None:
        """Show `text`, which replaces what was said before, and a button for each answer."""
        self._text, self._answers = text, answers
        set_look(self, "message", kind)
        self.retranslate()
        self.show()
        self._soon.stop()
        if kind == "success" and not answers:
            self._soon.start()

    def clear(self) -> None:
        """Say nothing."""
        self._soon.stop()
        self._text, self._answers = None, ()
        self.hide()

    def retranslate(self) -> None:
        """Ask for the texts again."""
        if self._text is None:
            return
        self._label.setText(self._text())
        name_control(self.dismiss, tr("Close message"))
        self.dismiss.setVisible(not self._answers)
        for number, button in enumerate(self.buttons):
            button.setVisible(number < len(self._answers))
            if number < len(self._answers):
                button.setText(self._answers[number][0]())
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the buttons for the new width."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Long answers stand one below the other."""
        shown = [button for button in self.buttons if not button.isHidden()]
        needed = sum(button.sizeHint().width() + tokens.S for button in shown)
        directions = QBoxLayout.Direction
        fits = needed <= self.width() - 2 * tokens.M
        self._row.setDirection(directions.LeftToRight if fits else directions.TopToBottom)

    def _answered(self, number: int) -> None:
        chosen = self._answers[number][1]
        self.clear()
        chosen()
