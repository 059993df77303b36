"""The fields of a routing rule."""

from dataclasses import replace
from datetime import time

from PySide6.QtCore import QLocale, QSize, Qt, QTime, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from app.domain.ingest import SourceKind
from app.domain.nodes import RemoteNode
from app.domain.routing import MAX_TEXT, WEEKDAYS, RoutingRule
from app.language import tr
from app.ui.language import Translated
from app.ui.routing.words import FIELDS, day_text, joined, parted
from app.ui.texts import source_text
from app.ui.theme import tokens
from app.ui.widgets.fields import Field, indented
from app.ui.widgets.labels import label, name_control

LISTS = ("modalities", "descriptions", "stations", "sources", "called")
KINDS = (SourceKind.C_STORE, SourceKind.STOW, SourceKind.IMPORT, SourceKind.REPORT)
NIGHT = (QTime(20, 0), QTime(6, 0))
"""What is proposed first when a rule shall have hours."""


class RuleForm(Translated, QWidget):
    """Conditions on the left, destinations and hours on the right; `changed` when a field does."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rule = RoutingRule("", "", ())
        self.name, self.is_enabled = QLineEdit(), QCheckBox()
        self.name.setMaxLength(MAX_TEXT)
        self.lists = {name: QLineEdit() for name in LISTS}
        self.kinds = {kind: QCheckBox() for kind in KINDS}
        self.nodes = QListWidget()
        self.has_hours = QCheckBox()
        self.weekdays = {day: QCheckBox() for day in sorted(WEEKDAYS)}
        self.opens, self.closes = indented(QTimeEdit()), indented(QTimeEdit())
        self._hint = label(tone="small", wrap=True)
        for field in (self.opens, self.closes):
            field.setDisplayFormat("HH:mm")
        self._lay_out()
        self._connect()
        self.retranslate()

    def show_nodes(self, nodes: tuple[RemoteNode, ...]) -> None:
        """Offer `nodes` as destinations; what is chosen stays."""
        self._offer(nodes, self._destinations())

    def show_rule(self, rule: RoutingRule, nodes: tuple[RemoteNode, ...]) -> None:
        """Fill the fields in."""
        self._rule = rule
        self.blockSignals(True)
        self.name.setText(rule.name)
        self.is_enabled.setChecked(rule.is_enabled)
        for name, field in self.lists.items():
            field.setText(joined(getattr(rule, name)))
        for kind, box in self.kinds.items():
            box.setChecked(kind in rule.kinds)
        for day, box in self.weekdays.items():
            box.setChecked(day in rule.weekdays)
        self.has_hours.setChecked(rule.opens is not None)
        opens, closes = (_qtime(rule.opens), _qtime(rule.closes)) if rule.opens else NIGHT
        self.opens.setTime(opens)
        self.closes.setTime(closes)
        self._offer(nodes, rule.destinations)
        self.blockSignals(False)
        self.changed.emit()

    def rule(self) -> RoutingRule:
        """The rule that is filled in."""
        hours = self.has_hours.isChecked()
        return replace(
            self._rule,
            name=self.name.text().strip(),
            is_enabled=self.is_enabled.isChecked(),
            destinations=self._destinations(),
            kinds=tuple(kind for kind, box in self.kinds.items() if box.isChecked()),
            opens=_time(self.opens) if hours else None,
            closes=_time(self.closes) if hours else None,
            weekdays=tuple(day for day, box in self.weekdays.items() if box.isChecked()),
            **{name: parted(field.text()) for name, field in self.lists.items()},
        )

    def is_ready(self) -> bool:
        """Whether it says what it is called and where it sends to."""
        rule = self.rule()
        return bool(rule.name and rule.destinations)

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.is_enabled.setText(tr("Switched on"))
        self.has_hours.setText(tr("Only between"))
        for kind, box in self.kinds.items():
            box.setText(source_text(kind))
        for day, box in self.weekdays.items():
            box.setText(day_text(day))
            name_control(box, day_text(day, QLocale.FormatType.LongFormat))
        name_control(self.opens, tr("From this hour"))
        name_control(self.closes, tr("To this hour"))
        self._hint.setText(
            tr("Several with semicolons; * and ? stand for letters. An empty field means any.")
        )

    # --- parts -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addLayout(_row(_field(self.name, "name")))
        for names in (("modalities", "descriptions"), ("stations", "sources", "called")):
            left.addLayout(_row(*(_field(self.lists[name], name) for name in names)))
        kinds = _row(*self.kinds.values())
        kinds.addStretch(1)
        left.addLayout(kinds)
        left.addWidget(self._hint)
        left.addStretch(1)
        self.nodes.setProperty("surface", "panel")
        right.addWidget(self.is_enabled)
        right.addWidget(_field(self.nodes, "destinations"), 1)
        hours = _row(self.has_hours, self.opens, label("–"), self.closes)
        hours.addStretch(1)
        right.addLayout(hours)
        right.addWidget(_field(_together(_row(*self.weekdays.values())), "weekdays"))
        for column in (left, right):
            column.setSpacing(tokens.S)
        both = QHBoxLayout(self)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(tokens.XL)
        both.addLayout(left, 3)
        both.addLayout(right, 2)

    def _connect(self) -> None:
        for field in (self.name, *self.lists.values()):
            field.textChanged.connect(self.changed)
        boxes = (*self.kinds.values(), *self.weekdays.values())
        for box in (self.is_enabled, self.has_hours, *boxes):
            box.toggled.connect(self.changed)
        for field in (self.opens, self.closes):
            field.timeChanged.connect(self.changed)
            self.has_hours.toggled.connect(field.setEnabled)
            field.setEnabled(False)
        self.nodes.itemChanged.connect(lambda _item: self.changed.emit())

    def _offer(self, nodes: tuple[RemoteNode, ...], chosen: tuple[str, ...]) -> None:
        """Those that are chosen stay, also when they are no nodes any more."""
        called = {node.ae_title: node.description for node in nodes if node.is_reachable}
        called |= {title: "" for title in chosen if title not in called}
        checks = Qt.CheckState
        self.nodes.blockSignals(True)
        self.nodes.clear()
        for title, description in called.items():
            item = QListWidgetItem(" · ".join(filter(None, (title, description))))
            item.setSizeHint(QSize(0, tokens.ROW_HEIGHT - tokens.XS))
            item.setData(Qt.ItemDataRole.UserRole, title)
            item.setCheckState(checks.Checked if title in chosen else checks.Unchecked)
            self.nodes.addItem(item)
        self.nodes.blockSignals(False)

    def _destinations(self) -> tuple[str, ...]:
        items = (self.nodes.item(at) for at in range(self.nodes.count()))
        checked = Qt.CheckState.Checked
        return tuple(
            item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == checked
        )


def _field(control: QWidget, name: str) -> Field:
    return Field(control, lambda: tr(FIELDS[name]))


def _together(row: QHBoxLayout) -> QWidget:
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    widget = QWidget()
    widget.setLayout(row)
    return widget


def _row(*parts: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(tokens.M)
    for part in parts:
        row.addWidget(part)
    return row


def _qtime(at: time | None) -> QTime:
    return QTime(at.hour, at.minute) if at else QTime(0, 0)


def _time(field: QTimeEdit) -> time:
    return time(field.time().hour(), field.time().minute())
