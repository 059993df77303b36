"""The remote nodes of a server: recorded, changed, tried and forgotten."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QMessageBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.archives import ArchiveProblem
from app.domain.errors import ConflictError, InvalidError
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.language import tr
from app.ui.context import Context
from app.ui.language import Translated
from app.ui.nodes.form import NAMES, NodeForm
from app.ui.texts import error_text
from app.ui.theme import tokens
from app.ui.widgets.labels import label, line, push_button
from app.ui.widgets.messages import MessageBar
from app.ui.worklist.archives.words import problem_text

KEY = "nodes"


class NodesDialog(Translated, QDialog):
    """A table on top, the record of the selected node or of a new one below it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._nodes: tuple[RemoteNode, ...] = ()
        self._shown = ""
        self.table = QTableWidget(0, 3)
        self.form = NodeForm()
        self.message = MessageBar()
        self._heading = label(tone="heading")
        self.new_button, self.echo_button = push_button("", "plus"), push_button("", "network")
        self.delete_button, self.save_button = (
            push_button("danger", "delete"),
            push_button("primary"),
        )
        self._close = push_button()
        self._lay_out()
        self._connect()
        self.show_new()
        self.retranslate()
        self._load()

    # --- what can be done ------------------------------------------------------------------------

    def show_new(self) -> None:
        """Begin a new record."""
        self.table.clearSelection()
        self._show_node(RemoteNode(""))

    def save(self) -> None:
        """Keep the record that is filled in."""
        node, server = self.form.node(), self._context.server
        keep = server.save_node if self._shown else server.add_node
        self._run(lambda: keep(node), lambda _nothing: self._saved(node))

    def echo(self) -> None:
        """Let the server try to reach the node that is shown."""
        title, server = self._shown, self._context.server
        name = self._called(title)
        self._run(lambda: server.echo_node(title), lambda result: self._echoed(name, result))

    def delete(self) -> None:
        """Forget the node that is shown, after a question."""
        title, server = self._shown, self._context.server
        question = tr("Forget {name}? It can no longer call as a known node.", name=title)
        if QMessageBox.question(self, tr("Nodes"), question) == QMessageBox.StandardButton.Yes:
            self._run(lambda: server.delete_node(title), lambda _nothing: self._deleted())

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.setWindowTitle(tr("Nodes"))
        self.table.setAccessibleName(tr("Nodes"))
        self.table.setHorizontalHeaderLabels([tr("AE title"), tr("Address"), tr("Description")])
        self.new_button.setText(tr("New node"))
        self.echo_button.setText(tr("Try the connection"))
        self.delete_button.setText(tr("Delete"))
        self.save_button.setText(tr("Save"))
        self._close.setText(tr("Close"))
        self._heading.setText(self._shown or tr("New node"))

    def done(self, result: int) -> None:
        """Drop what is under way."""
        self._context.tasks.cancel(KEY)
        super().done(result)

    # --- parts -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.resize(820, 660)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(tokens.ROW_HEIGHT)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self._heading, 1)
        head.addWidget(self.new_button)
        for part in (self.save_button, self.echo_button, self.delete_button):
            foot.addWidget(part)
        foot.addStretch(1)
        foot.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.XL, tokens.L, tokens.XL, tokens.L)
        column.setSpacing(tokens.M)
        column.addWidget(self.message)
        column.addWidget(self.table, 1)
        column.addWidget(line())
        column.addLayout(head)
        column.addWidget(self.form)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.table.itemSelectionChanged.connect(self._select)
        self.form.changed.connect(self._show_ready)
        for button, act in (
            (self.new_button, self.show_new),
            (self.save_button, self.save),
            (self.echo_button, self.echo),
            (self.delete_button, self.delete),
            (self._close, self.accept),
        ):
            button.clicked.connect(lambda _checked, act=act: act())

    def _called(self, title: str) -> str:
        return (
            next((each.description for each in self._nodes if each.ae_title == title), "") or title
        )

    def _select(self) -> None:
        rows = {index.row() for index in self.table.selectedIndexes()}
        if rows:
            self._show_node(self._nodes[min(rows)])

    def _show_node(self, node: RemoteNode) -> None:
        self._shown = node.ae_title
        self.form.show_node(node)
        self._heading.setText(self._shown or tr("New node"))
        self._show_ready()

    def _show_ready(self) -> None:
        is_free = not self._context.tasks.running(f"{KEY}/do")
        known = {each.ae_title: each for each in self._nodes}.get(self._shown)
        self.save_button.setEnabled(is_free and self.form.is_ready() and self.form.node() != known)
        self.delete_button.setEnabled(is_free and known is not None)
        is_kept = known is not None and known == self.form.node()
        self.echo_button.setEnabled(is_free and is_kept and known.is_reachable)

    # --- work ------------------------------------------------------------------------------------

    def _load(self) -> None:
        server = self._context.server
        self._context.tasks.run(
            f"{KEY}/list", lambda _task: server.nodes(), self._show, self._failed
        )

    def _run(self, ask: Callable[[], object], done: Callable) -> None:
        self.message.clear()
        self._context.tasks.run(f"{KEY}/do", lambda _task: ask(), done, self._failed)
        self._show_ready()

    def _show(self, nodes: tuple[RemoteNode, ...]) -> None:
        self._nodes = nodes
        self.table.blockSignals(True)
        self.table.setRowCount(len(nodes))
        for row, node in enumerate(nodes):
            address = f"{node.host}:{node.port}" if node.is_reachable else node.host
            for column, text in enumerate((node.ae_title, address, node.description)):
                self.table.setItem(row, column, QTableWidgetItem(text))
            if node.ae_title == self._shown:
                self.table.selectRow(row)
        self.table.blockSignals(False)
        self._show_ready()

    def _saved(self, node: RemoteNode) -> None:
        self._show_node(node)
        self.message.show_message("success", lambda: tr("{name} is saved.", name=node.ae_title))
        self._load()

    def _deleted(self) -> None:
        self.show_new()
        self._load()

    def _echoed(self, name: str, result: EchoResult) -> None:
        self._show_ready()
        if result.outcome is EchoOutcome.ANSWERED:
            ms = round(result.duration_ms)
            text = lambda: tr("{name} answers after {n} ms.", name=name, n=ms)  # noqa: E731
            self.message.show_message("success", text)
            return
        problem = ArchiveProblem(result.outcome.value)
        self.message.show_message("error", lambda: problem_text(problem, name, result.reason))

    def _failed(self, error: Exception) -> None:
        self._show_ready()
        self.message.show_message("error", lambda: _failure_text(error))


def _failure_text(error: Exception) -> str:
    if isinstance(error, ConflictError):
        return tr("This AE title is recorded already. Choose it in the table to change it.")
    if isinstance(error, InvalidError) and error.detail in NAMES:
        return tr(
            "This can't be used: {name}. Correct it and save again.", name=tr(NAMES[error.detail])
        )
    return error_text(error)
