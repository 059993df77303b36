"""The first row of the main window: menus, and tabs for the worklist and the open study."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QTabBar, QToolButton

from app.language import tr
from app.ui.icons import icon
from app.ui.language import Translated
from app.ui.shell.menus import Menus
from app.ui.theme import tokens
from app.ui.widgets.labels import name_control, picture, tool_button

WORKLIST, STUDY = 0, 1


class TopBar(Translated, QFrame):
    """One row, because height is what images need most."""

    chosen = Signal(int)
    """WORKLIST or STUDY."""
    study_closed = Signal()

    def __init__(self, menus: Menus) -> None:
        super().__init__()
        self._study_text = ""
        self.setProperty("surface", "bar")
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.addTab(icon("worklist"), "")
        self.tabs.currentChanged.connect(self.chosen.emit)
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.M, 0, tokens.M, 0)
        row.setSpacing(tokens.M)
        row.addWidget(picture("logo", 20, tokens.ACCENT))
        row.addWidget(menus, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignBottom)
        self._close: QToolButton | None = None
        self.retranslate()

    def show_study(self, text: str) -> None:
        """Show the tab of a study, named `text`, and choose it."""
        self._study_text = text
        if self.tabs.count() == 1:
            self.tabs.addTab(icon("stack"), "")
            self._close = tool_button("close", size=12)
            self._close.clicked.connect(lambda _checked: self.study_closed.emit())
            self.tabs.setTabButton(STUDY, QTabBar.ButtonPosition.RightSide, self._close)
        self.retranslate()
        self.choose(STUDY)

    def drop_study(self) -> None:
        """Take the study's tab away."""
        if self.tabs.count() > 1:
            self.tabs.removeTab(STUDY)
            self._close = None

    def choose(self, tab: int) -> None:
        """Choose a tab, without telling."""
        self.tabs.blockSignals(True)
        self.tabs.setCurrentIndex(tab)
        self.tabs.blockSignals(False)

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.tabs.setTabText(WORKLIST, tr("Worklist"))
        self.tabs.setAccessibleName(tr("Pages"))
        if self.tabs.count() > 1:
            self.tabs.setTabText(STUDY, self._study_text or tr("No name"))
        if self._close is not None:
            name_control(self._close, tr("Close study"))
