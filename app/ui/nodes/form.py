"""The fields of a remote node's record."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.domain.nodes import MAX_CHARACTER_SET, MAX_DESCRIPTION, MAX_PRIORS, RemoteNode, is_ae_title
from app.language import mark, tr
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.fields import Field

NAMES = {
    "ae_title": mark("AE title"),
    "host": mark("Host"),
    "port": mark("Port"),
    "description": mark("Description"),
    "character_set": mark("Character set of its unlabelled texts"),
    "prior_count": mark("Earlier studies fetched from it"),
    "prior_years": mark("Not older than, in years"),
}
SWITCHES = {
    "may_store": mark("May store here"),
    "may_query": mark("May search here"),
    "may_retrieve": mark("May retrieve from here"),
    "is_archive": mark("Archive that is searched from here"),
    "is_told_of_images": mark("Is told when images are here"),
    "tls": mark("Speaks TLS"),
    "host_is_checked": mark("Calls from this host only"),
}


class NodeForm(Translated, QWidget):
    """What is not shown of a record stays as it is; `changed` when a field does."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._node = RemoteNode("")
        self.ae_title, self.host, self.port = QLineEdit(), QLineEdit(), QSpinBox()
        self.description, self.character_set = QLineEdit(), QLineEdit()
        self.prior_count, self.prior_years = QSpinBox(), QSpinBox()
        self.switches = {name: QCheckBox() for name in SWITCHES}
        self.port.setRange(0, 65535)
        self.port.setGroupSeparatorShown(False)
        for field in (self.prior_count, self.prior_years):
            field.setRange(0, MAX_PRIORS)
        self.ae_title.setMaxLength(16)
        self.host.setMaxLength(255)
        self.description.setMaxLength(MAX_DESCRIPTION)
        self.character_set.setMaxLength(MAX_CHARACTER_SET)
        self.character_set.setPlaceholderText("ISO_IR 192")
        self._lay_out()
        for field in (self.ae_title, self.host, self.description, self.character_set):
            field.textChanged.connect(self.changed)
        for field in (self.port, self.prior_count, self.prior_years):
            field.valueChanged.connect(self.changed)
        for switch in self.switches.values():
            switch.toggled.connect(self.changed)
        self.retranslate()

    def show_node(self, node: RemoteNode) -> None:
        """Fill the fields in; the AE title of a record is its name and stays."""
        self._node = node
        self.ae_title.setText(node.ae_title)
        self.ae_title.setReadOnly(bool(node.ae_title))
        self.host.setText(node.host)
        self.port.setValue(node.port)
        self.description.setText(node.description)
        self.character_set.setText(node.character_set)
        self.prior_count.setValue(node.prior_count)
        self.prior_years.setValue(node.prior_years)
        for name, switch in self.switches.items():
            switch.setChecked(getattr(node, name))

    def node(self) -> RemoteNode:
        """The record that is filled in."""
        return replace(
            self._node,
            ae_title=self.ae_title.text().strip(),
            host=self.host.text().strip(),
            port=self.port.value(),
            description=self.description.text().strip(),
            character_set=self.character_set.text().strip(),
            prior_count=self.prior_count.value(),
            prior_years=self.prior_years.value(),
            **{name: switch.isChecked() for name, switch in self.switches.items()},
        )

    def is_ready(self) -> bool:
        """Whether it can be saved."""
        node = self.node()
        return is_ae_title(node.ae_title) and (bool(node.host) or not node.host_is_checked)

    def retranslate(self) -> None:
        """Name the switches, and what 0 means, in the current language."""
        for name, switch in self.switches.items():
            switch.setText(tr(SWITCHES[name]))
        self.prior_count.setSpecialValueText(tr("none"))
        self.prior_years.setSpecialValueText(tr("any age"))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.M)
        rows = (
            ("ae_title", "host", "port"),
            ("description", "character_set"),
            ("prior_count", "prior_years"),
        )
        for names in rows:
            row = QHBoxLayout()
            row.setSpacing(tokens.M)
            for name in names:
                field = Field(getattr(self, name), lambda name=name: tr(NAMES[name]))
                row.addWidget(field, 1 if name != "port" else 0)
            column.addLayout(row)
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.L)
        grid.setVerticalSpacing(tokens.S)
        for number, switch in enumerate(self.switches.values()):
            grid.addWidget(switch, number // 2, number % 2)
        column.addLayout(grid)
