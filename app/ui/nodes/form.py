"""The fields of a remote node's record."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.domain.nodes import (
    MAX_CHARACTER_SET,
    MAX_DESCRIPTION,
    MAX_PRIORS,
    MAX_SECRET,
    MAX_URL,
    MAX_USER,
    RemoteNode,
    is_ae_title,
)
from app.language import mark, tr
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.fields import Field, PasswordField, indented
from app.ui.widgets.films import FilmFields

NAMES = {
    "ae_title": mark("AE title"),
    "host": mark("Host"),
    "port": mark("Port"),
    "description": mark("Description"),
    "character_set": mark("Character set of its unlabelled texts"),
    "prior_count": mark("Earlier studies fetched from it"),
    "prior_years": mark("Not older than, in years"),
    "dicomweb_url": mark("DICOMweb address"),
    "dicomweb_user": mark("User name there"),
    "dicomweb_secret": mark("Password or token there"),
}
LENGTHS = {
    "ae_title": 16,
    "host": 255,
    "description": MAX_DESCRIPTION,
    "character_set": MAX_CHARACTER_SET,
    "dicomweb_url": MAX_URL,
    "dicomweb_user": MAX_USER,
}
SWITCHES = {
    "may_store": mark("May store here"),
    "may_query": mark("May search here"),
    "may_retrieve": mark("May retrieve from here"),
    "is_archive": mark("Archive that is searched from here"),
    "is_told_of_images": mark("Is told when images are here"),
    "is_asked_to_commit": mark("Is asked to confirm what it was sent"),
    "has_worklist": mark("Its worklist is taken over"),
    "is_printer": mark("Film printer"),
    "tls": mark("Speaks TLS"),
    "host_is_checked": mark("Calls from this host only"),
}
EXAMPLES = {"character_set": "ISO_IR 192", "dicomweb_url": "https://pacs.example/dicom-web"}
ROWS = (
    ("ae_title", "host", "port"),
    ("description", "character_set"),
    ("prior_count", "prior_years"),
)
WEB = ("dicomweb_url", "dicomweb_user", "dicomweb_secret")


class NodeForm(Translated, QWidget):
    """What is not shown of a record stays as it is; `changed` when a field does."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._node = RemoteNode("")
        self.texts = {name: QLineEdit() for name in LENGTHS}
        self.port, self.prior_count, self.prior_years = (indented(QSpinBox()) for _ in range(3))
        self.secret = PasswordField()
        self.switches = {name: QCheckBox() for name in SWITCHES}
        self.film, self.is_colour, self.web = FilmFields(), QCheckBox(), QWidget()
        self.film.row.addWidget(self.is_colour)
        self.port.setRange(0, 65535)
        self.port.setGroupSeparatorShown(False)
        for number in (self.prior_count, self.prior_years):
            number.setRange(0, MAX_PRIORS)
        self.secret.setMaxLength(MAX_SECRET)
        for name, length in LENGTHS.items():
            self.texts[name].setMaxLength(length)
            self.texts[name].setPlaceholderText(EXAMPLES.get(name, ""))
        self._lay_out()
        for text in (*self.texts.values(), self.secret):
            text.textChanged.connect(self.changed)
        for number in (self.port, self.prior_count, self.prior_years):
            number.valueChanged.connect(self.changed)
        self.film.changed.connect(self.changed)
        self.is_colour.toggled.connect(self.changed)
        for switch in self.switches.values():
            switch.toggled.connect(self._switched)
        self.retranslate()
        self._switched()

    @property
    def ae_title(self) -> QLineEdit:
        """The field of the AE title."""
        return self.texts["ae_title"]

    def show_node(self, node: RemoteNode) -> None:
        """Fill the fields in; the AE title of a record is its name and stays."""
        self._node = node
        for name, field in self.texts.items():
            field.setText(getattr(node, name))
        self.ae_title.setReadOnly(bool(node.ae_title))
        self.port.setValue(node.port)
        self.prior_count.setValue(node.prior_count)
        self.prior_years.setValue(node.prior_years)
        self.secret.clear()
        self.film.show_film(node.film)
        self.is_colour.setChecked(node.film_is_colour)
        for name, switch in self.switches.items():
            switch.setChecked(getattr(node, name))

    def node(self) -> RemoteNode:
        """The record that is filled in."""
        film = self.film.film()
        return replace(
            self._node,
            port=self.port.value(),
            prior_count=self.prior_count.value(),
            prior_years=self.prior_years.value(),
            film_size=film.size,
            film_is_landscape=film.is_landscape,
            film_columns=film.columns,
            film_rows=film.rows,
            film_is_colour=self.is_colour.isChecked(),
            **{name: field.text().strip() for name, field in self.texts.items()},
            **{name: switch.isChecked() for name, switch in self.switches.items()},
        )

    def is_ready(self) -> bool:
        """Whether it can be saved."""
        node = self.node()
        return is_ae_title(node.ae_title) and (bool(node.host) or not node.host_is_checked)

    def retranslate(self) -> None:
        """Name the switches, and what 0 means, in the current language."""
        self.secret.setPlaceholderText(tr("Stays as it is"))
        self.is_colour.setText(tr("Prints in colour"))
        for name, switch in self.switches.items():
            switch.setText(tr(SWITCHES[name]))
        self.prior_count.setSpecialValueText(tr("none"))
        self.prior_years.setSpecialValueText(tr("any age"))

    def _switched(self) -> None:
        """Show what belongs to what the node is."""
        self.web.setVisible(self.switches["is_archive"].isChecked())
        self.film.setVisible(self.switches["is_printer"].isChecked())
        self.changed.emit()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.M)
        first, *rows = (self._row(names) for names in ROWS)
        self.switches["tls"].setFixedHeight(tokens.CONTROL_HEIGHT)
        first.addWidget(self.switches["tls"], 0, Qt.AlignmentFlag.AlignBottom)
        for row in (first, *rows):
            column.addLayout(row)
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.L)
        grid.setVerticalSpacing(tokens.S)
        others = [switch for name, switch in self.switches.items() if name != "tls"]
        for number, switch in enumerate(others):
            grid.addWidget(switch, number // 3, number % 3)
        column.addLayout(grid)
        self.web.setLayout(self._row(WEB))
        column.addWidget(self.web)
        column.addWidget(self.film)

    def _row(self, names: tuple[str, ...]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.M)
        for name in names:
            field = Field(self._control(name), lambda name=name: tr(NAMES[name]))
            row.addWidget(field, 1 if name != "port" else 0)
        return row

    def _control(self, name: str) -> QWidget:
        if name == "dicomweb_secret":
            return self.secret
        return self.texts[name] if name in self.texts else getattr(self, name)
