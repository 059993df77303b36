"""Buttons over the volume: from where to look at the patient, and back to the beginning."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.language import mark, tr
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.labels import name_control, tool_button
from app.viewer.scene.camera import Side

NAMES: dict[Side, str] = {
    Side.ANTERIOR: mark("View from the front"),
    Side.POSTERIOR: mark("View from the back"),
    Side.LEFT: mark("View from the patient's left"),
    Side.RIGHT: mark("View from the patient's right"),
    Side.HEAD: mark("View from the head"),
    Side.FEET: mark("View from the feet"),
}


DIM = 215
"""How much of the picture the panel covers, of 255: letters on it are no letters of the picture."""


class SideBar(Translated, QWidget):
    """A dim panel of buttons. The letters are the patient's, in every language (PS3.3)."""

    chosen = Signal(Side)
    reset = Signal()
    table_hidden = Signal(bool)

    def __init__(self, *, has_table: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.buttons: dict[Side, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.XS, tokens.XS, tokens.XS, tokens.XS)
        row.setSpacing(0)
        for side in Side:
            button = QToolButton()
            button.setText(side.value)
            button.setAutoRaise(True)
            button.setFixedSize(24, 24)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _on=False, chosen=side: self.chosen.emit(chosen))
            self.buttons[side] = button
            row.addWidget(button)
        self.table = tool_button("scanner", size=16)
        self.table.setCheckable(True)
        self.table.setFixedSize(24, 24)
        if not has_table:
            self.table.hide()
        self.table.toggled.connect(self.table_hidden)
        row.addWidget(self.table)
        self._reset = tool_button("reset", size=16)
        self._reset.setFixedSize(24, 24)
        self._reset.clicked.connect(self.reset)
        row.addWidget(self._reset)
        self.retranslate()

    def retranslate(self) -> None:
        """Name the buttons in the current language."""
        for side, button in self.buttons.items():
            name_control(button, tr(NAMES[side]))
        name_control(self.table, tr("Hide the table"))
        name_control(self._reset, tr("Reset the volume's view"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the panel."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(tokens.PANEL)
        ground.setAlpha(DIM)
        painter.setBrush(ground)
        painter.setPen(QColor(tokens.LINE))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, tokens.RADIUS, tokens.RADIUS)
