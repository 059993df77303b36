"""What a page shows instead of content: empty, failed or waiting, and what to do about it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from app.ui.icons import pixmap
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.labels import label, push_button

BODY_WIDTH = 480


class EmptyState(Translated, QWidget):
    """A drawing, a title, a sentence and up to two buttons in the middle of a page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title_text: Callable[[], str] = str
        self._body_text: Callable[[], str] = str
        self._icon = QLabel()
        self._icon.setFixedSize(56, 56)
        self._icon.setScaledContents(True)
        self._title = label(tone="title", wrap=True)
        self._body = label(tone="dim", wrap=True)
        self._body.setFixedWidth(BODY_WIDTH)
        self._title.setFixedWidth(BODY_WIDTH)
        self._body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setFixedWidth(200)
        self._bar.setTextVisible(False)
        self._buttons: list[tuple[QWidget, Callable[[], str]]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.XL, tokens.XL, tokens.XL, tokens.XL)
        column.setSpacing(tokens.M)
        column.addStretch(2)
        middle = Qt.AlignmentFlag.AlignHCenter
        for part in (self._icon, self._title, self._body, self._bar):
            column.addWidget(part, 0, middle)
        for text in (self._title, self._body):
            text.setAlignment(middle)
        self._row = QVBoxLayout()
        self._row.setSpacing(tokens.S)
        column.addSpacing(tokens.S)
        column.addLayout(self._row)
        column.addStretch(3)
        self._bar.hide()

    def show_state(
        self, icon_name: str, title: Callable[[], str], body: Callable[[], str] = str
    ) -> None:
        """Show this state, without buttons; `add_button` adds them."""
        self._icon.setPixmap(pixmap(icon_name, 56, tokens.TEXT_FAINT, ratio=2.0))
        self._icon.show()
        self._bar.hide()
        self._set(title, body)

    def show_waiting(self, title: Callable[[], str]) -> None:
        """Show that something is under way."""
        self._icon.hide()
        self._bar.show()
        self._set(title, str)

    def add_button(
        self, text: Callable[[], str], act: Callable[[], object], kind: str = ""
    ) -> None:
        """Add a button below the sentence."""
        button = push_button(kind)
        button.clicked.connect(lambda _checked: act())
        button.setText(text())
        self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._buttons.append((button, text))

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self._title.setText(self._title_text())
        self._bar.setAccessibleName(self._title_text())
        self._body.setText(self._body_text())
        self._body.setVisible(bool(self._body_text()))
        for text in (self._title, self._body):
            # A box layout that aligns a label forgets how high its lines are at this width; the
            # style sheet's font counts only once the label is polished.
            text.ensurePolished()
            text.setFixedHeight(max(text.heightForWidth(BODY_WIDTH), 0))
        for button, text in self._buttons:
            button.setText(text())

    def _set(self, title: Callable[[], str], body: Callable[[], str]) -> None:
        for button, _ in self._buttons:
            button.deleteLater()
        self._buttons = []
        self._title_text, self._body_text = title, body
        self.retranslate()
