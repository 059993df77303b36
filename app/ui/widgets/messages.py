"""The message bar: what happened and what to do, at the top of a window."""

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from app.language import tr
from app.ui.icons import pixmap
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.labels import label, name_control, push_button, set_look, tool_button

_LOOKS = {
    "info": ("info", tokens.ACCENT),
    "success": ("success", tokens.SUCCESS),
    "warning": ("warning", tokens.WARNING),
    "error": ("error", tokens.DANGER),
}


class MessageBar(Translated, QFrame):
    """Hidden until something is shown; texts are callables, so that they follow the language."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text: Callable[[], str] = str
        self._action_text: Callable[[], str] = str
        self._act: Callable[[], object] | None = None
        self._icon = QLabel()
        self._icon.setFixedSize(QSize(tokens.ICON, tokens.ICON))
        self._icon.setScaledContents(True)
        self._label = label(wrap=True)
        self._button = push_button("link")
        self._button.clicked.connect(self._clicked)
        self._close = tool_button("close", size=14)
        self._close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.M, tokens.S, tokens.S, tokens.S)
        row.setSpacing(tokens.S)
        row.addWidget(self._icon)
        row.addWidget(self._label, 1)
        row.addWidget(self._button)
        row.addWidget(self._close)
        self.hide()
        self.retranslate()

    def show_message(
        self,
        look: str,
        text: Callable[[], str],
        action_text: Callable[[], str] | None = None,
        act: Callable[[], object] | None = None,
        *,
        closable: bool = True,
    ) -> None:
        """Show `text()`; `look` is info, success, warning or error; its button does `act`."""
        self._text = text
        self._action_text = action_text or str
        self._act = act
        name, colour = _LOOKS[look]
        self._icon.setPixmap(pixmap(name, tokens.ICON, colour, ratio=2.0))
        set_look(self, "message", look)
        self._button.setVisible(act is not None)
        self._close.setVisible(closable)
        self.retranslate()
        self.show()

    def clear(self) -> None:
        """Hide the bar."""
        self._text = str
        self.hide()

    def text(self) -> str:
        """What stands in the bar; empty when it is hidden."""
        return self._text()

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self._label.setText(self._text())
        self._button.setText(self._action_text())
        self._fit()
        name_control(self._close, tr("Close message"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for the text at its new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Keep every line of the text in sight, however little room the window has."""
        self._label.setMinimumHeight(max(self._label.heightForWidth(self._label.width()), 0))

    def _clicked(self) -> None:
        act = self._act
        self.clear()
        if act is not None:
            act()
