"""The steps of an assistant: done, current, to come."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.icons import pixmap
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.labels import label, set_look


class StepList(Translated, QWidget):
    """A column of names with a sign before each."""

    def __init__(self, names: Sequence[Callable[[], str]]) -> None:
        super().__init__()
        self._names = names
        self._current = 0
        self._signs: list[QLabel] = []
        self._labels: list[QLabel] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, tokens.L, 0, 0)
        column.setSpacing(tokens.M)
        for _ in names:
            sign, name = QLabel(), label()
            sign.setFixedSize(tokens.ICON, tokens.ICON)
            sign.setScaledContents(True)
            row = QHBoxLayout()
            row.setSpacing(tokens.M)
            row.addWidget(sign)
            row.addWidget(name, 1)
            column.addLayout(row)
            self._signs.append(sign)
            self._labels.append(name)
        self.show_step(0)

    def show_step(self, number: int) -> None:
        """Mark step `number` as the current one."""
        self._current = number
        for index, (sign, name) in enumerate(zip(self._signs, self._labels, strict=True)):
            drawing, colour, tone = "dot", tokens.TEXT_FAINT, "dim"
            if index < number:
                drawing, colour = "success", tokens.SUCCESS
            elif index == number:
                drawing, colour, tone = "dot-filled", tokens.ACCENT, "strong"
            sign.setPixmap(pixmap(drawing, tokens.ICON, colour, ratio=2.0))
            set_look(name, "tone", tone)
        self.retranslate()

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        for name, text in zip(self._labels, self._names, strict=True):
            name.setText(text())
