"""The window of routing rules: written, tried out on stored studies, switched on and off."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.domain.access import Permission
from app.domain.errors import InvalidError, NotFoundError
from app.domain.nodes import RemoteNode
from app.domain.routing import RoutingRule
from app.language import mark, tr
from app.ui.context import Context
from app.ui.routing.form import RuleForm
from app.ui.routing.trial import TrialDialog
from app.ui.routing.words import FIELDS, OFF, ON, conditions_text, hours_text, joined
from app.ui.texts import error_text
from app.ui.widgets.labels import label, line, push_button
from app.ui.widgets.questions import is_sure
from app.ui.widgets.records import RecordsDialog
from app.ui.widgets.tables import Look, RecordColumn, RecordTable

KEY = "routing"


class RoutingWindow(RecordsDialog):
    """A table on top, the selected rule or a new one below it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, KEY, parent)
        self._shown = ""
        self._nodes: tuple[RemoteNode, ...] = ()
        self._may_write = Permission.ROUTING_WRITE in context.server.permissions
        self.form = RuleForm()
        self._heading, self._note = label(tone="heading"), label(tone="small", wrap=True)
        self.new_button, self.try_button = push_button("", "plus"), push_button("", "eye")
        self.save_button, self.delete_button = (
            push_button("primary"),
            push_button("danger", "delete"),
        )
        table = RecordTable(mark("Routing rules"), _columns(), lambda rule: rule.rule_id)
        head = QHBoxLayout()
        head.addWidget(self._heading)
        head.addWidget(self._note, 1)
        head.addWidget(self.new_button)
        foot = (self.save_button, self.try_button, self.delete_button)
        self.lay_out((1060, 700), table, (line(), head, self.form), foot)
        self._connect()
        self.show_new()
        self.retranslate()
        self.load()

    # --- what can be done ------------------------------------------------------------------------

    def show_new(self) -> None:
        """Begin a new rule."""
        self.table.select(None)
        self._show_rule(RoutingRule("", "", ()))

    def save(self) -> None:
        """Keep the rule that is filled in."""
        rule, server = self.form.rule(), self.context.server
        keep = server.save_routing_rule if rule.rule_id else server.add_routing_rule
        self.run(lambda: keep(rule), self._saved)

    def try_out(self) -> None:
        """Show what the rule would send, as it is filled in."""
        rule = self.form.rule()
        try:
            rule.check()
        except InvalidError as error:
            self.not_done(error)
            return
        TrialDialog(self.context, rule, self).exec()

    def delete(self) -> None:
        """Forget the rule that is shown, after a question."""
        rule, server = self.form.rule(), self.context.server
        question = tr(
            "Delete the rule “{name}”? What it has queued already is not sent.", name=rule.name
        )
        if is_sure(self, question, tr("Delete")):
            self.run(
                lambda: server.delete_routing_rule(rule.rule_id), lambda _nothing: self._deleted()
            )

    def fetch(self) -> tuple[RoutingRule, ...]:
        """Every rule; the nodes are asked for with them."""
        self._nodes = self.context.server.nodes()
        return self.context.server.routing_rules()

    # --- texts -----------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        super().retranslate()
        self.setWindowTitle(tr("Routing rules"))
        self.new_button.setText(tr("New rule"))
        self.try_button.setText(tr("Dry run…"))
        self.delete_button.setText(tr("Delete"))
        self.save_button.setText(tr("Save"))
        self._note.setText(tr("Every rule that matches sends; their order does not matter."))
        self._show_heading()

    def show_none(self) -> bool:
        """Say what rules are for."""
        self.empty.show_state(
            "network",
            lambda: tr("No rules yet"),
            lambda: tr("Studies stay here until a rule or a person sends them on."),
        )
        return True

    def show_chosen(self) -> None:
        """Show the rule that was selected last, and what can be done with it."""
        self.form.show_nodes(self._nodes)
        chosen = self.table.selected()
        if chosen and chosen[0].rule_id != self._shown:
            self._show_rule(chosen[0])
        else:
            self._show_ready()

    def failure_text(self, error: Exception) -> str:
        """What is wrong with the rule."""
        if isinstance(error, InvalidError) and error.detail in FIELDS:
            name = tr(FIELDS[error.detail])
            return tr("This can't be used: {name}. Correct it and save again.", name=name)
        if isinstance(error, NotFoundError):
            return tr("Somebody deleted the rule meanwhile. Write it as a new one.")
        return error_text(error)

    # --- parts -----------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.form.changed.connect(self._show_ready)
        for button, act in (
            (self.new_button, self.show_new),
            (self.save_button, self.save),
            (self.try_button, self.try_out),
            (self.delete_button, self.delete),
        ):
            button.clicked.connect(lambda _checked, act=act: act())

    def _known(self) -> RoutingRule | None:
        return {rule.rule_id: rule for rule in self.table.records}.get(self._shown)

    def _show_rule(self, rule: RoutingRule) -> None:
        self._shown = rule.rule_id
        self.form.show_rule(rule, self._nodes)
        self._show_heading()

    def _show_heading(self) -> None:
        known = self._known()
        self._heading.setText(known.name if known else tr("New rule"))

    def _show_ready(self) -> None:
        is_free, known = self._may_write and not self.is_busy(), self._known()
        is_ready = self.form.is_ready()
        self.save_button.setEnabled(is_free and is_ready and self.form.rule() != known)
        self.try_button.setEnabled(is_ready)
        self.delete_button.setEnabled(is_free and known is not None)

    # --- work ------------------------------------------------------------------------------------

    def _saved(self, rule: RoutingRule) -> None:
        self._show_rule(rule)
        self.table.select(rule.rule_id)
        self.message.show_message("success", lambda: tr("{name} is saved.", name=rule.name))
        self.load()

    def _deleted(self) -> None:
        self.show_new()
        self.load()


def _columns() -> tuple[RecordColumn, ...]:
    return (
        RecordColumn(mark("Rule"), lambda rule: rule.name),
        RecordColumn(mark("Status"), _state_text, 110, _look),
        RecordColumn(mark("Sends"), conditions_text),
        RecordColumn(mark("Nodes it sends to"), lambda rule: joined(rule.destinations), 200),
        RecordColumn(mark("Hours"), hours_text, 140),
    )


def _state_text(rule: RoutingRule) -> str:
    return tr("On") if rule.is_enabled else tr("Off")


def _look(rule: RoutingRule) -> Look:
    return ON if rule.is_enabled else OFF
