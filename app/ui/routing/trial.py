"""The dry run of a rule: which of the newest studies it would send, and that nothing is sent."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.domain.routing import DryRun, RoutingRule
from app.domain.study import StudySummary
from app.language import mark, ntr, tr
from app.ui.context import Context
from app.ui.lookup import Lookup
from app.ui.patients import name_text, number_beside_name, study_text
from app.ui.routing.words import joined
from app.ui.widgets.labels import label
from app.ui.widgets.records import RecordsDialog
from app.ui.widgets.tables import RecordColumn, RecordTable

KEY = "routing/trial"


class TrialDialog(RecordsDialog):
    """Its records are the UIDs of the studies."""

    def __init__(self, context: Context, rule: RoutingRule, parent: QWidget | None = None) -> None:
        super().__init__(context, KEY, parent)
        server = context.server
        self._rule = rule
        self._told: DryRun | None = None
        self._studies = Lookup(
            context, f"{KEY}/studies", lambda uid: server.study(uid).summary, self
        )
        self.result = label(tone="heading", wrap=True)
        self._note = label(tone="small", wrap=True)
        table = RecordTable(mark("Studies"), self._columns(), lambda uid: uid)
        self.lay_out((820, 520), table, (self.result, self._note))
        self._studies.told.connect(table.say_anew)
        self.retranslate()
        self.load()

    def fetch(self) -> tuple[str, ...]:
        """Try the rule."""
        self._told = self.context.server.dry_run(self._rule)
        return self._told.study_uids

    def show_none(self) -> bool:
        """Say that it matches nothing."""
        self.empty.show_state(
            "search",
            lambda: tr("It would send nothing"),
            lambda: tr("None of the studies looked at has a series that meets every condition."),
        )
        return True

    def show_chosen(self) -> None:
        """Say what would be sent, and where to."""
        told = self._told
        self.result.setVisible(told is not None)
        self._note.setVisible(told is not None)
        if told is None:
            return
        studies = ntr("{n} study", "{n} studies", told.study_count)
        series = ntr("{n} series", "{n} series", told.series_count)
        self.result.setText(
            tr(
                "{studies} ({series}) would go to: {names}",
                studies=studies,
                series=series,
                names=joined(self._rule.destinations),
            )
        )
        looked = ntr(
            "Looked at the newest {n} study.", "Looked at the newest {n} studies.", told.looked_at
        )
        nothing_sent = tr("Nothing was sent.")
        self._note.setText(f"{looked} {nothing_sent}")

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        super().retranslate()
        self.setWindowTitle(tr("Dry run: {name}", name=self._rule.name))
        self.show_chosen()

    def _columns(self) -> tuple[RecordColumn, ...]:
        return (
            RecordColumn(mark("Patient"), lambda uid: self._say(uid, name_text)),
            RecordColumn(mark("ID"), lambda uid: self._say(uid, number_beside_name), 140),
            RecordColumn(mark("Study"), lambda uid: self._say(uid, study_text)),
        )

    def _say(self, uid: str, text: Callable[[StudySummary], str]) -> str:
        study = self._studies.of(uid)
        return text(study) if study else ""
