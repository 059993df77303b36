"""The choice of server: this computer, or an address that was used before or is typed."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from app.language import tr
from app.ui.context import DesktopSettings
from app.ui.icons import icon
from app.ui.language import Translated
from app.ui.sign_in.address import normalised
from app.ui.theme import tokens
from app.ui.widgets.labels import label, name_control, set_look, tool_button

TONES = {"open": "warning", "failed": "error"}


class ServerChoice(Translated, QWidget):
    """An editable list of servers, with a line below it that says how the chosen one stands."""

    chosen = Signal()
    """Another server was chosen, or typed and confirmed."""

    def __init__(self, settings: DesktopSettings) -> None:
        super().__init__()
        self._settings = settings
        self._state_text: Callable[[], str] = str
        self._name = label(tone="dim")
        self.list = QComboBox()
        self.list.setEditable(True)
        self.list.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._name.setBuddy(self.list)
        self._forget = tool_button("delete")
        self._forget.clicked.connect(self._forget_address)
        self._state = label(tone="small", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(tokens.XS)
        row.addWidget(self.list, 1)
        row.addWidget(self._forget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.XS)
        column.addWidget(self._name)
        column.addLayout(row)
        column.addWidget(self._state)
        self._fill(settings.server_address)
        self.list.activated.connect(lambda _row: self._changed())
        self.list.lineEdit().editingFinished.connect(self._typed)
        self.retranslate()

    def address(self) -> str:
        """The chosen address, empty for this computer. Raises InvalidError for what is none."""
        text = self.list.currentText().strip()
        return "" if text in ("", self.list.itemText(0)) else normalised(text)

    def remember(self, address: str) -> None:
        """Put an address that worked first in the list, now and at the next start."""
        if address:
            others = [one for one in self._settings.server_addresses if one != address]
            self._settings.server_addresses = (address, *others)
        self._settings.server_address = address
        self._fill(address)

    def show_state(self, kind: str, text: Callable[[], str]) -> None:
        """Say how the server stands; `kind` is waiting, ready, open (to listeners) or failed."""
        self._state_text = text
        set_look(self._state, "tone", TONES.get(kind, "small"))
        self._show_state()

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        is_local = self.list.currentIndex() == 0
        self._name.setText(tr("Server"))
        self.list.setItemText(0, tr("This computer"))
        if is_local:
            self.list.setEditText(self.list.itemText(0))
        self.list.setAccessibleName(tr("Server"))
        self.list.lineEdit().setAccessibleName(tr("Server"))
        self.list.setToolTip(tr("Choose this computer, or type the address of a server"))
        name_control(self._forget, tr("Forget this address"))
        self._show_state()

    def _fill(self, address: str) -> None:
        self.list.clear()
        self.list.addItem(icon("computer", tokens.TEXT_DIM), tr("This computer"))
        for one in self._settings.server_addresses:
            self.list.addItem(icon("network", tokens.TEXT_DIM), one)
        row = self.list.findText(address) if address else 0
        self.list.setCurrentIndex(max(row, 0))
        self._last = self.list.currentText()
        self._forget.setEnabled(self.list.currentIndex() > 0)

    def _typed(self) -> None:
        if self.list.currentText() != self._last:
            self._changed()

    def _changed(self) -> None:
        self._last = self.list.currentText()
        row = self.list.findText(self._last)
        self._forget.setEnabled(row > 0)
        self.chosen.emit()

    def _forget_address(self) -> None:
        gone = self.list.currentText()
        kept = tuple(one for one in self._settings.server_addresses if one != gone)
        self._settings.server_addresses = kept
        self._fill("")
        self.chosen.emit()

    def _show_state(self) -> None:
        self._state.setText(self._state_text())
