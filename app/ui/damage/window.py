"""The window of damaged objects: the studies whose files are lost or changed, and the remedy."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtWidgets import QWidget

from app.client.server import Server
from app.domain.changes import ChangeKind
from app.domain.storage import Damage, DamagedObject, Whereabouts
from app.domain.study import StudySummary, WorklistQuery
from app.language import mark, ntr, tr
from app.ui.context import Context
from app.ui.moments import moment_text
from app.ui.patients import name_text, number_beside_name, study_text
from app.ui.theme import tokens
from app.ui.widgets.labels import label, line
from app.ui.widgets.records import RecordsDialog
from app.ui.widgets.tables import Look, RecordColumn, RecordTable

DAMAGES: dict[Damage, str] = {
    Damage.CHANGED: mark("File changed"),
    Damage.GONE: mark("File lost"),
    Damage.UNREADABLE: mark("File can't be read"),
}
ELSEWHERE: dict[Whereabouts, str] = {
    Whereabouts.QUARANTINE: mark("of these in quarantine: {n}"),
    Whereabouts.DELETED: mark("of these deleted, can't be restored: {n}"),
}
MOST_NAMED = 200
"""Studies whose patients are looked up; the others show their UIDs."""


@dataclass(frozen=True, slots=True)
class DamagedStudy:
    """The damaged objects of a study; `study` is None where it was not looked up, or is gone."""

    study_uid: str
    study: StudySummary | None
    damages: dict[Damage, int]
    elsewhere: dict[Whereabouts, int]
    """How many are not in the archive itself."""
    found_at: datetime

    @property
    def count(self) -> int:
        """How many objects are damaged."""
        return sum(self.damages.values())


class DamageWindow(RecordsDialog):
    """Shows them by study: whoever has the study sends it again, which mends it."""

    follows = frozenset({ChangeKind.OBJECT_DAMAGED, ChangeKind.OBJECT_MENDED})

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, "damage", parent)
        self._who, self._what = label(tone="heading", wrap=True), label(wrap=True)
        self._remedy = label(tone="dim", wrap=True)
        table = RecordTable(mark("Damaged files"), _columns(), lambda each: each.study_uid)
        self.lay_out((960, 560), table, (line(), self._who, self._what, self._remedy))
        self.retranslate()
        self.load()

    def fetch(self) -> tuple[DamagedStudy, ...]:
        """The studies in the order in which damage was found, newest first."""
        server = self.context.server
        return tuple(_by_study(server, server.damaged_objects()))

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        super().retranslate()
        self.setWindowTitle(tr("Damaged files"))
        self.show_chosen()

    def show_none(self) -> bool:
        """All is well."""
        self.empty.show_state(
            "check",
            lambda: tr("No damaged files"),
            lambda: tr("Every file is compared with what was stored once a week."),
        )
        return True

    def show_chosen(self) -> None:
        """Show what is damaged of the chosen study, and what to do."""
        chosen = self.table.selected()
        for part in (self._who, self._what, self._remedy):
            part.setVisible(bool(chosen))
        if not chosen:
            return
        one: DamagedStudy = chosen[0]
        name = (name_text(one.study), number_beside_name(one.study)) if one.study else ()
        self._who.setText(" · ".join(filter(None, name)) or one.study_uid)
        damages = [f"{tr(DAMAGES[each])}: {count}" for each, count in one.damages.items()]
        elsewhere = [tr(ELSEWHERE[each], n=count) for each, count in one.elsewhere.items()]
        self._what.setText(" · ".join(damages + elsewhere))
        self._remedy.setText(
            tr(
                "A damaged file is shown to nobody. Send the study again from where it came, or "
                "retrieve it from another archive: the same images take the place of the damaged "
                "ones by themselves. If files are found damaged again, have the disk checked."
            )
        )


def _by_study(server: Server, objects: Iterable[DamagedObject]) -> Iterable[DamagedStudy]:
    found: dict[str, list[DamagedObject]] = {}
    for each in objects:
        found.setdefault(each.study_uid, []).append(each)
    for place, (study_uid, damaged) in enumerate(found.items()):
        rows = (
            server.worklist(WorklistQuery(study_uid=study_uid)).rows if place < MOST_NAMED else ()
        )
        damages = Counter(each.damage for each in damaged)
        elsewhere = Counter(each.whereabouts for each in damaged if each.whereabouts in ELSEWHERE)
        newest = max(each.found_at for each in damaged)
        study = rows[0] if rows else None
        yield DamagedStudy(study_uid, study, dict(damages), dict(elsewhere), newest)


def _columns() -> tuple[RecordColumn, ...]:
    return (
        RecordColumn(mark("Damaged"), _count_text, 160, _look),
        RecordColumn(mark("Patient"), lambda each: name_text(each.study) if each.study else ""),
        RecordColumn(
            mark("Study"), lambda each: study_text(each.study) if each.study else each.study_uid
        ),
        RecordColumn(mark("Found"), lambda each: moment_text(each.found_at), 170),
    )


def _count_text(each: DamagedStudy) -> str:
    return ntr("{n} image", "{n} images", each.count)


def _look(_each: DamagedStudy) -> Look:
    return Look("error", tokens.DANGER)
