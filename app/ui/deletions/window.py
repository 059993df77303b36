"""The window of deletions: what somebody wants deleted, and what can still be restored."""

from PySide6.QtWidgets import QWidget

from app.domain.changes import ChangeKind
from app.domain.deletion import KEPT_FOR, Deletion, DeletionState
from app.domain.errors import ConflictError, ForbiddenError, UnavailableError
from app.language import current_language, mark, ntr, tr
from app.report.wording import date_text
from app.ui.context import Context
from app.ui.moments import moment_text
from app.ui.patients import name_text, number_beside_name, study_text
from app.ui.texts import error_text
from app.ui.theme import tokens
from app.ui.widgets.labels import label, line, push_button
from app.ui.widgets.questions import is_sure
from app.ui.widgets.records import RecordsDialog
from app.ui.widgets.tables import Look, RecordColumn, RecordTable

STATES: dict[DeletionState, str] = {
    DeletionState.REQUESTED: mark("Waits for a second person"),
    DeletionState.DELETED: mark("Deleted"),
}
LOOKS: dict[DeletionState, Look] = {
    DeletionState.REQUESTED: Look("history", tokens.WARNING),
    DeletionState.DELETED: Look("delete", tokens.TEXT_DIM),
}


class DeletionsWindow(RecordsDialog):
    """Four eyes: who asked can take the request back, and not agree to it."""

    follows = frozenset({ChangeKind.DELETION_CHANGED})

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, "deletions", parent)
        account = context.server.account
        self._own_name = account.username if account else ""
        self.agree_button, self.restore_button = push_button("danger", "delete"), push_button()
        self.refuse_button = push_button()
        self._who, self._what = label(tone="heading", wrap=True), label(wrap=True)
        self._note = label(tone="small", wrap=True)
        table = RecordTable(mark("Deletions"), _columns(), lambda deletion: deletion.id)
        below = (line(), self._who, self._what, self._note)
        foot = (self.agree_button, self.refuse_button, self.restore_button)
        self.lay_out((1060, 620), table, below, foot)
        self.agree_button.clicked.connect(lambda _checked: self.agree())
        self.refuse_button.clicked.connect(lambda _checked: self.refuse())
        self.restore_button.clicked.connect(lambda _checked: self.restore())
        self.retranslate()
        self.load()

    # --- what can be done ------------------------------------------------------------------------

    def agree(self) -> None:
        """Delete what another person asked for, after a question."""
        one, server = self._chosen(), self.context.server
        question = ntr(
            "Delete “{what}” of {name}? For {n} day it can be restored.",
            "Delete “{what}” of {name}? For {n} days it can be restored.",
            KEPT_FOR.days,
            what=_what_text(one),
            name=name_text(one.study),
        )
        if is_sure(self, question, tr("Delete")):
            self.run(lambda: server.confirm_deletion(one.id), lambda _deletion: self.load())

    def refuse(self) -> None:
        """Take back or refuse the request."""
        one, server = self._chosen(), self.context.server
        self.run(lambda: server.withdraw_deletion(one.id), lambda _nothing: self.load())

    def restore(self) -> None:
        """Bring back what was deleted."""
        one, server = self._chosen(), self.context.server
        self.run(lambda: server.restore_deletion(one.id), lambda _nothing: self._restored(one))

    def fetch(self) -> tuple[Deletion, ...]:
        """What waits for a second person first."""
        found = self.context.server.deletions()
        return tuple(sorted(found, key=lambda each: each.state is not DeletionState.REQUESTED))

    # --- texts -----------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        super().retranslate()
        self.setWindowTitle(tr("Deletions"))
        self.agree_button.setText(tr("Agree and delete…"))
        self.restore_button.setText(tr("Restore"))
        self.show_chosen()

    def show_none(self) -> bool:
        """Say how something comes here."""
        self.empty.show_state(
            "archive",
            lambda: tr("Nothing is to be deleted"),
            lambda: tr("Ask for it in the worklist, by the menu of a study or series."),
        )
        return True

    def show_chosen(self) -> None:
        """Show who wants what, and what can be done."""
        one = self._chosen()
        for part in (self._who, self._what, self._note):
            part.setVisible(one is not None)
        is_free = one is not None and not self.is_busy()
        is_asked = one is not None and one.state is DeletionState.REQUESTED
        is_own = one is not None and one.requested_by == self._own_name
        self.agree_button.setEnabled(is_free and is_asked and not is_own)
        own = tr("You asked for it yourself: another person has to agree.")
        self.agree_button.setToolTip(own if is_asked and is_own else "")
        self.refuse_button.setText(tr("Take back") if is_asked and is_own else tr("Refuse"))
        self.refuse_button.setEnabled(is_free and is_asked)
        self.restore_button.setEnabled(is_free and not is_asked)
        if one is not None:
            name = (name_text(one.study), number_beside_name(one.study))
            self._who.setText(" · ".join(filter(None, name)))
            self._what.setText(
                tr("{what}. Reason: {reason}", what=_what_text(one), reason=one.reason)
            )
            self._note.setText(own if is_asked and is_own else _history_text(one))

    def failure_text(self, error: Exception) -> str:
        """Why it was not done."""
        if isinstance(error, ConflictError):
            return tr("It has a report by now, or somebody else decided. The list is read anew.")
        if isinstance(error, ForbiddenError):
            return tr("Another person has to agree than the one who asked.")
        if isinstance(error, UnavailableError):
            return tr("The server does not answer, or none of the files can be read. Try again.")
        return error_text(error)

    def not_done(self, error: Exception) -> None:
        """Another may have decided meanwhile."""
        super().not_done(error)
        self.load()

    # --- parts -----------------------------------------------------------------------------------

    def _chosen(self) -> Deletion | None:
        chosen = self.table.selected()
        return chosen[0] if chosen else None

    def _restored(self, one: Deletion) -> None:
        name = name_text(one.study)
        self.message.show_message("success", lambda: tr("{name}: restored.", name=name))
        self.load()


def _columns() -> tuple[RecordColumn, ...]:
    return (
        RecordColumn(mark("Status"), lambda each: tr(STATES[each.state]), 210, _look),
        RecordColumn(mark("Patient"), lambda each: name_text(each.study)),
        RecordColumn(mark("What"), _what_text),
        RecordColumn(mark("Reason"), lambda each: each.reason),
        RecordColumn(mark("Asked by"), lambda each: each.requested_by, 120),
        RecordColumn(mark("Can be restored until"), _until_text, 160),
    )


def _look(deletion: Deletion) -> Look:
    return LOOKS[deletion.state]


def _what_text(deletion: Deletion) -> str:
    study = study_text(deletion.study)
    return tr("A series of: {study}", study=study) if deletion.series_uid else study


def _until_text(deletion: Deletion) -> str:
    until = deletion.purge_at
    return date_text(until.astimezone().date(), current_language()) if until else ""


def _history_text(deletion: Deletion) -> str:
    parts = [
        tr(
            "{name} asked for it: {time}",
            name=deletion.requested_by,
            time=moment_text(deletion.requested_at),
        )
    ]
    if deletion.confirmed_by:
        parts.append(
            tr(
                "{name} agreed: {time}",
                name=deletion.confirmed_by,
                time=moment_text(deletion.deleted_at),
            )
        )
        parts.append(
            ntr(
                "{n} object is kept until then",
                "{n} objects are kept until then",
                deletion.object_count,
            )
        )
    return " · ".join(parts)
