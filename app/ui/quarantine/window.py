"""The window of quarantine: what was put aside and why, taken after all or deleted for good."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.domain.access import Permission
from app.domain.changes import ChangeKind
from app.domain.errors import ConflictError, NotFoundError
from app.domain.quarantine import Quarantined, QuarantinedDetails, QuarantineReason
from app.language import mark, ntr, tr
from app.ui.context import Context
from app.ui.lookup import Lookup
from app.ui.moments import moment_text
from app.ui.patients import name_text, study_text
from app.ui.quarantine.comparing import Comparison
from app.ui.quarantine.words import EXPLAINED, from_text, reason_text
from app.ui.texts import error_text
from app.ui.widgets.labels import label, line, push_button
from app.ui.widgets.questions import is_sure
from app.ui.widgets.records import RecordsDialog
from app.ui.widgets.tables import RecordColumn, RecordTable

KEY = "quarantine"
PAGE = 500
"""So many more are read when the last of them comes into view."""


class QuarantineWindow(RecordsDialog):
    """The newest first; what each says of itself, and what is older, is asked for when shown."""

    follows = frozenset({ChangeKind.QUARANTINE_CHANGED, ChangeKind.DELETION_CHANGED})

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, KEY, parent)
        self._details = Lookup(context, f"{KEY}/details", context.server.quarantined, self)
        self._may_decide = Permission.QUARANTINE_WRITE in context.server.permissions
        self.accept_button = push_button("primary", "check")
        self.delete_button = push_button("danger", "delete")
        self._wanted, self._total = PAGE, 0
        self._count, self._why = label(tone="dim"), label(wrap=True)
        self.comparison = Comparison()
        table = RecordTable(mark("Quarantine"), self._columns(), lambda one: one.id, several=True)
        foot = (self.accept_button, self.delete_button)
        below = (self._count, line(), self._why, self.comparison)
        self.lay_out((1100, 680), table, below, foot)
        table.ended.connect(self._read_more)
        self._details.told.connect(self._described)
        self.accept_button.clicked.connect(lambda _checked: self.accept_chosen())
        self.delete_button.clicked.connect(lambda _checked: self.delete_chosen())
        self.retranslate()
        self.load()

    # --- what can be done ------------------------------------------------------------------------

    def accept_chosen(self) -> None:
        """Take the selected objects into the archive, after a question."""
        chosen = self.table.selected()
        question = ntr(
            "Take {n} object into the archive? What the archive has in its place is put aside.",
            "Take {n} objects into the archive? What the archive has in their place is put aside.",
            len(chosen),
        )
        if is_sure(self, question, tr("Take")):
            self._for_each(chosen, self.context.server.accept_quarantined)

    def delete_chosen(self) -> None:
        """Delete the selected objects, after a question."""
        chosen = self.table.selected()
        question = ntr(
            "Delete {n} object for good? It can't be restored.",
            "Delete {n} objects for good? They can't be restored.",
            len(chosen),
        )
        if is_sure(self, question, tr("Delete for good")):
            self._for_each(chosen, self.context.server.delete_quarantined)

    def fetch(self) -> tuple[Quarantined, ...]:
        """As many as were asked for so far, in the pages that the server gives."""
        found: dict[str, Quarantined] = {}  # what comes meanwhile moves the others on
        server, offset = self.context.server, 0
        while True:
            page = server.quarantine(self._wanted - offset, offset)
            found |= {one.id: one for one in page.objects}
            offset, self._total = offset + len(page.objects), page.total
            if not page.objects or offset >= min(self._wanted, page.total):
                return tuple(found.values())

    # --- texts -----------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        super().retranslate()
        self.setWindowTitle(tr("Quarantine"))
        self.delete_button.setText(tr("Delete for good…"))
        self.show_chosen()

    def show_none(self) -> bool:
        """Say that nothing was put aside."""
        self.empty.show_state(
            "success",
            lambda: tr("Quarantine is empty"),
            lambda: tr("What can't be filed without a person's word is put aside here."),
        )
        return True

    def show_chosen(self) -> None:
        """Show what is known of the selected object, and what can be done."""
        chosen = self.table.selected()
        shown = self.table.rowCount()
        self._count.setText(tr("{n} of {total}", n=shown, total=self._total))
        self._count.setVisible(shown < self._total)
        one: Quarantined | None = chosen[0] if len(chosen) == 1 else None
        details = self._details.of(one.id) if one else None
        self._why.setText(tr(EXPLAINED[one.reason]) if one else "")
        self._why.setVisible(one is not None)
        self.comparison.show_details(details)
        self.comparison.setVisible(one is not None)
        is_free = self._may_decide and bool(chosen) and not self.is_busy()
        self.accept_button.setText(_accept_text(one, details))
        for button in (self.accept_button, self.delete_button):
            button.setEnabled(is_free)
            tip = "" if self._may_decide else tr("Your role may look, and change nothing here.")
            button.setToolTip(tip)

    def failure_text(self, error: Exception) -> str:
        """Why it can't be taken."""
        if isinstance(error, ConflictError):
            return tr(
                "It can't be taken: the archive has its series in another study, or a signed "
                "report would go. Delete that series first, or have it mended and sent again."
            )
        return error_text(error)

    # --- parts -----------------------------------------------------------------------------------

    def _columns(self) -> tuple[RecordColumn, ...]:
        return (
            RecordColumn(mark("Came"), lambda one: moment_text(one.received_at), 140),
            RecordColumn(mark("From"), from_text, 200),
            RecordColumn(mark("Why it is here"), reason_text, 264),
            RecordColumn(mark("Patient"), self._patient),
            RecordColumn(mark("Study"), self._study),
        )

    def _patient(self, one: Quarantined) -> str:
        details = self._details.of(one.id)
        return name_text(details.study) if details else ""

    def _study(self, one: Quarantined) -> str:
        details = self._details.of(one.id)
        return study_text(details.study) if details else ""

    def _described(self) -> None:
        self.table.say_anew()
        self.show_chosen()

    def _read_more(self) -> None:
        if self.table.rowCount() < self._total:
            self._wanted = self.table.rowCount() + PAGE
            self.load()

    # --- work ------------------------------------------------------------------------------------

    def _for_each(self, chosen: tuple[Quarantined, ...], decide: Callable[[str], None]) -> None:
        def ask() -> None:
            for one in chosen:
                try:
                    decide(one.id)
                except NotFoundError:
                    continue  # somebody else decided

        self.run(ask, lambda _nothing: self._decided())

    def not_done(self, error: Exception) -> None:
        """Some may have been decided before the one that could not be."""
        super().not_done(error)
        self._decided()

    def _decided(self) -> None:
        self._details.forget()
        self.load()


def _accept_text(one: Quarantined | None, details: QuarantinedDetails | None) -> str:
    takes_a_place = one is not None and one.reason in (
        QuarantineReason.CONTENT,
        QuarantineReason.REPLACED,
    )
    if takes_a_place and details and details.kept:
        return tr("Take instead of the archive's…")
    return tr("Take into the archive…")
