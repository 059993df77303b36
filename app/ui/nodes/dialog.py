"""The remote nodes of a server: recorded, changed, tried and forgotten."""

from PySide6.QtWidgets import QHBoxLayout, QMessageBox, QWidget

from app.domain.archives import ArchiveProblem
from app.domain.errors import ConflictError, InvalidError
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.language import mark, tr
from app.ui.context import Context
from app.ui.nodes.form import NAMES, NodeForm
from app.ui.texts import error_text
from app.ui.widgets.labels import label, line, push_button
from app.ui.widgets.records import RecordsDialog
from app.ui.widgets.tables import RecordColumn, RecordTable
from app.ui.worklist.archives.words import problem_text


def _address(node: RemoteNode) -> str:
    if node.is_reachable:
        return f"{node.host}:{node.port}"
    return node.host or node.dicomweb_url


COLUMNS = (
    RecordColumn(mark("AE title"), lambda node: node.ae_title),
    RecordColumn(mark("Address"), _address),
    RecordColumn(mark("Description"), lambda node: node.description),
)


class NodesDialog(RecordsDialog):
    """A table on top, the record of the selected node or of a new one below it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, "nodes", parent)
        self._shown = ""
        self.form = NodeForm()
        self._heading = label(tone="heading")
        self.new_button, self.echo_button = push_button("", "plus"), push_button("", "network")
        self.delete_button = push_button("danger", "delete")
        self.save_button = push_button("primary")
        table = RecordTable(mark("Nodes"), COLUMNS, lambda node: node.ae_title)
        head = QHBoxLayout()
        head.addWidget(self._heading, 1)
        head.addWidget(self.new_button)
        foot = (self.save_button, self.echo_button, self.delete_button)
        self.lay_out((960, 660), table, (line(), head, self.form), foot)
        self._connect()
        self.show_new()
        self.retranslate()
        self.load()

    # --- what can be done ------------------------------------------------------------------------

    def show_new(self) -> None:
        """Begin a new record."""
        self.table.select(None)
        self._show_node(RemoteNode(""))

    def save(self) -> None:
        """Keep the record that is filled in."""
        node, server = self.form.node(), self.context.server
        keep, secret = server.save_node if self._shown else server.add_node, self.form.secret.text()

        def kept() -> None:
            if secret and not node.keeps_secrets:
                raise InvalidError("dicomweb_url")
            keep(node)
            if secret:
                server.keep_node_secret(node.ae_title, secret)

        self.run(kept, lambda _nothing: self._saved(node))

    def echo(self) -> None:
        """Let the server try to reach the node that is shown."""
        title, server = self._shown, self.context.server
        name = self._called(title)
        self.run(lambda: server.echo_node(title), lambda result: self._echoed(name, result))

    def delete(self) -> None:
        """Forget the node that is shown, after a question."""
        title, server = self._shown, self.context.server
        question = tr("Forget {name}? It can no longer call as a known node.", name=title)
        if QMessageBox.question(self, tr("Nodes"), question) == QMessageBox.StandardButton.Yes:
            self.run(lambda: server.delete_node(title), lambda _nothing: self._deleted())

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        super().retranslate()
        self.setWindowTitle(tr("Nodes"))
        self.new_button.setText(tr("New node"))
        self.echo_button.setText(tr("Try the connection"))
        self.delete_button.setText(tr("Delete"))
        self.save_button.setText(tr("Save"))
        self._heading.setText(self._shown or tr("New node"))

    def fetch(self) -> tuple[RemoteNode, ...]:
        """Every record."""
        return self.context.server.nodes()

    def show_chosen(self) -> None:
        """Show the record that was selected last, and what can be done with it."""
        chosen = self.table.selected()
        if chosen and chosen[0].ae_title != self._shown:
            self._show_node(chosen[0])
        else:
            self._show_ready()

    def failure_text(self, error: Exception) -> str:
        """What is wrong with the record."""
        if isinstance(error, ConflictError):
            return tr("This AE title is recorded already. Choose it in the table to change it.")
        if isinstance(error, InvalidError) and error.detail in NAMES:
            name = tr(NAMES[error.detail])
            return tr("This can't be used: {name}. Correct it and save again.", name=name)
        return error_text(error)

    # --- parts -----------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.form.changed.connect(self._show_ready)
        for button, act in (
            (self.new_button, self.show_new),
            (self.save_button, self.save),
            (self.echo_button, self.echo),
            (self.delete_button, self.delete),
        ):
            button.clicked.connect(lambda _checked, act=act: act())

    def _known(self, title: str) -> RemoteNode | None:
        return {each.ae_title: each for each in self.table.records}.get(title)

    def _called(self, title: str) -> str:
        known = self._known(title)
        return (known and known.description) or title

    def _show_node(self, node: RemoteNode) -> None:
        self._shown = node.ae_title
        self.form.show_node(node)
        self._heading.setText(self._shown or tr("New node"))
        self._show_ready()

    def _show_ready(self) -> None:
        is_free, known = not self.is_busy(), self._known(self._shown)
        is_changed = self.form.node() != known or bool(self.form.secret.text())
        self.save_button.setEnabled(is_free and self.form.is_ready() and is_changed)
        self.delete_button.setEnabled(is_free and known is not None)
        is_kept = known is not None and known == self.form.node()
        self.echo_button.setEnabled(is_free and is_kept and known.is_reachable)

    # --- work ------------------------------------------------------------------------------------

    def _saved(self, node: RemoteNode) -> None:
        self._show_node(node)
        self.table.select(node.ae_title)
        self.message.show_message("success", lambda: tr("{name} is saved.", name=node.ae_title))
        self.load()

    def _deleted(self) -> None:
        self.show_new()
        self.load()

    def _echoed(self, name: str, result: EchoResult) -> None:
        self._show_ready()
        if result.outcome is EchoOutcome.ANSWERED:
            ms = round(result.duration_ms)
            self.message.show_message(
                "success", lambda: tr("{name} answers after {n} ms.", name=name, n=ms)
            )
            return
        problem = ArchiveProblem(result.outcome.value)
        self.message.show_message("error", lambda: problem_text(problem, name, result.reason))
