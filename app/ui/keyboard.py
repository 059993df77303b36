"""Keys by their place: single letters work on a Russian keyboard as on a Latin one."""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

_LATIN = str.maketrans(
    "ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ",
    "QWERTYUIOP[]ASDFGHJKL;'ZXCVBNM,.`",
)
_CYRILLIC = range(0x400, 0x500)


def latin_sequence(event: QKeyEvent) -> QKeySequence | None:
    """The key in the same place of a Latin keyboard; None when the key is no Cyrillic letter."""
    if event.key() not in _CYRILLIC:
        return None
    letter = chr(event.key()).translate(_LATIN)
    return QKeySequence(event.modifiers().value | ord(letter)) if letter.isascii() else None


class LatinKeys(QObject):
    """Lets the actions of a widget answer keys that only the layout keeps from them.

    Where the system tells Qt of a key's Latin meaning the shortcut has answered already, and the
    key never comes here.
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Trigger the action of the key."""
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.KeyPress:
            return False
        sequence = latin_sequence(event)
        action = _answering(self._widget.actions(), sequence) if sequence else None
        if action is None:
            return False
        action.trigger()
        return True


def _answering(actions: Iterable[QAction], sequence: QKeySequence) -> QAction | None:
    return next(
        (each for each in actions if each.isEnabled() and sequence in each.shortcuts()), None
    )
