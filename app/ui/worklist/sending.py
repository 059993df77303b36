"""Sending a study to a node."""

from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.nodes import RemoteNode
from app.domain.study import StudySummary
from app.language import tr
from app.ui.context import Context
from app.ui.language import Translated
from app.ui.patients import name_text, number_beside_name, study_text
from app.ui.texts import error_text
from app.ui.theme import tokens
from app.ui.widgets.fields import Field
from app.ui.widgets.labels import label, push_button
from app.ui.widgets.messages import MessageBar

KEY = "study/send"
WIDTH = 520


class SendDialog(Translated, QDialog):
    """Asks for the node, and leaves the sending to the server's queue."""

    def __init__(
        self, context: Context, study: StudySummary, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._study = study
        self._nodes: tuple[RemoteNode, ...] = ()
        self.node, self.message = QComboBox(), MessageBar()
        self.send_button, self.close_button = push_button("primary", "export"), push_button()
        self._who, self._what = label(tone="heading", wrap=True), label(tone="dim", wrap=True)
        self._lay_out()
        self.send_button.clicked.connect(lambda _checked: self.send())
        self.close_button.clicked.connect(self.reject)
        self.retranslate()
        self._show_ready()
        self._load()

    def send(self) -> None:
        """Let the server send the whole study."""
        server, study_uid = self._context.server, self._study.study_uid
        node = self._nodes[self.node.currentIndex()]
        self.message.clear()
        self._context.tasks.run(
            f"{KEY}/queue",
            lambda _task: server.forward(study_uid, node.ae_title),
            lambda _nothing: self._sending(node),
            self._failed,
        )
        self._show_ready()

    def done(self, result: int) -> None:
        """Drop what is under way."""
        self._context.tasks.cancel(KEY)
        super().done(result)

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.setWindowTitle(tr("Send to a node"))
        who = (name_text(self._study), number_beside_name(self._study))
        self._who.setText(" · ".join(filter(None, who)))
        self._what.setText(study_text(self._study))
        self.send_button.setText(tr("Send study"))
        self.close_button.setText(tr("Close"))

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        foot.addWidget(self.send_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.XL, tokens.L, tokens.XL, tokens.L)
        column.setSpacing(tokens.M)
        column.addWidget(self.message)
        column.addWidget(self._who)
        column.addWidget(self._what)
        column.addWidget(Field(self.node, lambda: tr("Node")))
        column.addStretch(1)
        column.addLayout(foot)
        self.setMinimumWidth(WIDTH)

    def _load(self) -> None:
        server = self._context.server
        self._context.tasks.run(
            f"{KEY}/nodes", lambda _task: server.nodes(), self._show_nodes, self._failed
        )

    def _show_nodes(self, nodes: tuple[RemoteNode, ...]) -> None:
        self._nodes = tuple(each for each in nodes if each.is_reachable and not each.is_printer)
        self.node.clear()
        self.node.addItems([_name(each) for each in self._nodes])
        if not self._nodes:
            self.message.show_message("info", _no_node, closable=False)
        self._show_ready()

    def _sending(self, node: RemoteNode) -> None:
        self._show_ready()
        self.message.show_message(
            "success",
            lambda: tr(
                "The study waits to be sent to {name}. What fails is tried again; see the queue.",
                name=_name(node),
            ),
        )

    def _failed(self, error: Exception) -> None:
        self._show_ready()
        self.message.show_message("error", lambda: error_text(error))

    def _show_ready(self) -> None:
        is_busy = self._context.tasks.running(f"{KEY}/queue")
        self.send_button.setEnabled(bool(self._nodes) and not is_busy)


def _name(node: RemoteNode) -> str:
    return f"{node.description} ({node.ae_title})" if node.description else node.ae_title


def _no_node() -> str:
    return tr("No node to send to is recorded. An administrator adds it to the nodes.")
