"""Labels, lines and buttons in the looks of the style sheet."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QToolButton, QWidget

from app.ui.icons import icon, pixmap
from app.ui.theme import tokens


def set_look(widget: QWidget, name: str, value: str) -> None:
    """Set a property the style sheet looks at, and polish the widget again."""
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def label(text: str = "", tone: str = "", *, wrap: bool = False) -> QLabel:
    """A plain text label; `tone` as in the style sheet."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if tone:
        made.setProperty("tone", tone)
    return made


def picture(name: str, size: int = tokens.ICON, colour: str = tokens.TEXT_DIM) -> QLabel:
    """A drawing of `resources/icons` as a label."""
    made = QLabel()
    made.setPixmap(pixmap(name, size, colour, ratio=2.0))
    made.setFixedSize(size, size)
    made.setScaledContents(True)
    return made


def line(*, vertical: bool = False) -> QFrame:
    """A hair line."""
    made = QFrame()
    made.setProperty("surface", "line-v" if vertical else "line")
    return made


def surface(kind: str) -> QFrame:
    """A frame with a `surface` of the style sheet: panel, card, bar, foot or image."""
    made = QFrame()
    made.setProperty("surface", kind)
    return made


def push_button(kind: str = "", icon_name: str = "") -> QPushButton:
    """A push button; `kind` is primary, quiet, link, notice, danger or nothing."""
    made = QPushButton()
    if kind:
        made.setProperty("kind", kind)
    if icon_name:
        colour = {"primary": tokens.ON_ACCENT, "danger": tokens.DANGER}.get(kind, tokens.TEXT)
        made.setIcon(icon(icon_name, colour))
        # Wider than high: it keeps the words away.
        made.setIconSize(QSize(tokens.ICON + tokens.S, tokens.ICON))
    made.setAutoDefault(kind == "primary")
    return made


def tool_button(icon_name: str, *, size: int = tokens.ICON) -> QToolButton:
    """A flat icon button; its owner names it with `name_control`."""
    made = QToolButton()
    made.setIcon(icon(icon_name))
    made.setIconSize(QSize(size, size))
    made.setAutoRaise(True)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made


def name_control(widget: QWidget, text: str, *, tip: bool = True) -> None:
    """Give a control without a text of its own its name for screen readers, and its tool tip."""
    widget.setAccessibleName(text)
    if tip:
        widget.setToolTip(text)
