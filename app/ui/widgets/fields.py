"""Text fields: password with a show button, search with a clear button, field with its name."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit, QVBoxLayout, QWidget

from app.language import tr
from app.ui.icons import icon
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.labels import label, set_look

SEARCH_DELAY_MS = 150

B = TypeVar("B", bound=QAbstractSpinBox)


def indented(box: B) -> B:
    """`box`, whose text begins where those of other fields do: its style sheet can't say so."""
    box.lineEdit().setTextMargins(tokens.S, 0, 0, 0)
    return box


class PasswordField(Translated, QLineEdit):
    """A hidden text with a button that shows it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self._show = QAction(self)
        self._show.setCheckable(True)
        self._show.toggled.connect(self._toggled)
        self.addAction(self._show, QLineEdit.ActionPosition.TrailingPosition)
        self.retranslate()

    def retranslate(self) -> None:
        """Say what the button does now."""
        shown = self._show.isChecked()
        self._show.setIcon(icon("eye-off" if shown else "eye", tokens.TEXT_DIM))
        self._show.setText(tr("Hide password") if shown else tr("Show password"))
        self._show.setToolTip(self._show.text())

    def _toggled(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.setEchoMode(mode)
        self.retranslate()


class SearchField(QLineEdit):
    """Tells `searched(text)` shortly after the typing pauses; Escape clears it."""

    searched = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setClearButtonEnabled(True)
        self.addAction(icon("search", tokens.TEXT_DIM), QLineEdit.ActionPosition.LeadingPosition)
        self._timer = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._timer.timeout.connect(lambda: self.searched.emit(self.text()))
        self.textChanged.connect(lambda _text: self._timer.start())

    def event(self, event: QEvent) -> bool:
        """Keep Escape for clearing while there is a text, before a shortcut takes it."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and self._clears(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear on Escape."""
        if self._clears(event):
            self.clear()
            return
        super().keyPressEvent(event)

    def _clears(self, event: QKeyEvent) -> bool:
        return event.key() == Qt.Key.Key_Escape and bool(self.text())


class Field(Translated, QWidget):
    """A control under its name, with a hint or error below it."""

    def __init__(self, control: QWidget, name: Callable[[], str]) -> None:
        super().__init__()
        self.control = control
        self._name = name
        self._label = label(tone="dim")
        self._label.setBuddy(control)
        self._hint = label(tone="small", wrap=True)
        self._hint.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.XS)
        column.addWidget(self._label)
        column.addWidget(control)
        column.addWidget(self._hint)
        self.retranslate()

    def show_hint(self, text: str, tone: str = "small") -> None:
        """Show `text` below the control; an error also marks the control."""
        self._hint.setText(text)
        self._hint.setVisible(bool(text))
        set_look(self._hint, "tone", tone)
        set_look(self.control, "invalid", "true" if tone == "error" and text else "false")

    def retranslate(self) -> None:
        """Name the control in the current language."""
        self._label.setText(self._name())
        self.control.setAccessibleName(self._name())
