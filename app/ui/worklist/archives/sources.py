"""Where the worklist looks: this archive, or another that is a node of the server."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from app.domain.access import Permission
from app.domain.nodes import RemoteNode
from app.language import tr
from app.ui.context import Context
from app.ui.icons import icon
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.labels import name_control

KEY = "worklist/sources"


class SourceChooser(Translated, QComboBox):
    """Hidden while the server knows no other archive; `chosen` with one, or None for this."""

    chosen = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._nodes: tuple[RemoteNode, ...] = ()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setMaximumWidth(240)
        self.activated.connect(self._choose)
        self._show(())
        self.load()

    def load(self) -> None:
        """Ask which archives there are."""
        if Permission.NODE_READ in self._context.server.permissions:
            server = self._context.server
            self._context.tasks.run(KEY, lambda _task: server.nodes(), self._show, _ignore)

    def retranslate(self) -> None:
        """Name this archive in the current language."""
        name_control(self, tr("Where to look"))
        if self.count():
            self.setItemText(0, tr("This archive"))

    def _show(self, nodes: tuple[RemoteNode, ...]) -> None:
        before = self._current()
        self._nodes = tuple(each for each in nodes if each.is_searchable)
        titles = [node.ae_title for node in self._nodes]
        with QSignalBlocker(self):
            self.clear()
            self.addItem(icon("archive", tokens.TEXT_DIM), "")
            for node in self._nodes:
                self.addItem(icon("network", tokens.TEXT_DIM), node.description or node.ae_title)
            if before and before.ae_title in titles:
                self.setCurrentIndex(titles.index(before.ae_title) + 1)
        self.setVisible(bool(self._nodes))
        self.retranslate()
        if before and before.ae_title not in titles:
            self.chosen.emit(None)

    def _current(self) -> RemoteNode | None:
        at = self.currentIndex()
        return self._nodes[at - 1] if at > 0 else None

    def _choose(self, _index: int) -> None:
        self.chosen.emit(self._current())


def _ignore(_error: Exception) -> None:
    """Without an answer there is this archive alone; that the server is away is told elsewhere."""
