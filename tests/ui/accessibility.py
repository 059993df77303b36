"""What a screen reader would make of a window."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget


def nameless(window: QWidget) -> list[str]:
    """Controls in `window` that a screen reader could not name."""
    found = []
    for widget in window.findChildren(QWidget):
        takes_focus = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        inner = (
            widget.objectName().startswith("qt_") or type(widget).__name__ == "ExpandingLineEdit"
        )
        if not takes_focus or inner or widget.focusProxy() or not widget.isVisible():
            continue
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if not (widget.accessibleName() or text):
            found.append(f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}")
    return found
