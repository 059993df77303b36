"""Asking for a study or series to be deleted, with the reason."""

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.deletion import KEPT_FOR, MAX_REASON
from app.domain.errors import ConflictError
from app.domain.study import SeriesSummary, StudySummary
from app.language import ntr, tr
from app.ui.context import Context
from app.ui.language import Translated
from app.ui.patients import name_text, number_beside_name, study_text
from app.ui.texts import error_text, modality_text
from app.ui.theme import tokens
from app.ui.widgets.fields import Field
from app.ui.widgets.labels import label, push_button
from app.ui.widgets.messages import MessageBar

KEY = "deletion/request"
WIDTH = 520


class DeletionRequestDialog(Translated, QDialog):
    """Stays open until the server has the request, or somebody cancels."""

    def __init__(
        self,
        context: Context,
        study: StudySummary,
        series: SeriesSummary | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._study = study
        self._series = series
        self.message = MessageBar()
        self.reason = QLineEdit()
        self.reason.setMaxLength(MAX_REASON)
        self.ask_button, self.cancel_button = push_button("danger", "delete"), push_button()
        self.ask_button.setAutoDefault(True)
        self._who, self._what = label(tone="heading", wrap=True), label(tone="dim", wrap=True)
        self._note = label(wrap=True)
        self._lay_out()
        self.reason.textChanged.connect(lambda _text: self._show_ready())
        self.ask_button.clicked.connect(lambda _checked: self.ask())
        self.cancel_button.clicked.connect(lambda _checked: self.reject())
        self.retranslate()
        self._show_ready()

    def ask(self) -> None:
        """Send the request."""
        server, study_uid = self._context.server, self._study.study_uid
        series_uid = self._series.series_uid if self._series else ""
        reason = self.reason.text().strip()
        self.message.clear()
        self._context.tasks.run(
            KEY,
            lambda _task: server.request_deletion(study_uid, reason, series_uid),
            lambda _deletion: self.accept(),
            self._failed,
        )
        self._show_ready()

    def done(self, result: int) -> None:
        """Drop what is under way."""
        self._context.tasks.cancel(KEY)
        super().done(result)

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        of_series = self._series is not None
        self.setWindowTitle(tr("Delete series") if of_series else tr("Delete study"))
        who = (name_text(self._study), number_beside_name(self._study))
        self._who.setText(" · ".join(filter(None, who)))
        self._what.setText(self._what_text())
        self._note.setText(
            ntr(
                "Nothing is deleted yet: a second person has to agree. Then nobody finds it any "
                "more, and for {n} day it can be restored.",
                "Nothing is deleted yet: a second person has to agree. Then nobody finds it any "
                "more, and for {n} days it can be restored.",
                KEPT_FOR.days,
            )
        )
        self.ask_button.setText(tr("Ask for the deletion"))
        self.cancel_button.setText(tr("Cancel"))

    def _what_text(self) -> str:
        series = self._series
        if series is None:
            return f"{study_text(self._study)} · {_images(self._study.instance_count)}"
        name = series.description or modality_text(series.modality)
        what = tr("Series: {name}", name=name)
        return f"{what} · {_images(series.instance_count)}"

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.ask_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.XL, tokens.L, tokens.XL, tokens.L)
        column.setSpacing(tokens.M)
        column.addWidget(self.message)
        column.addWidget(self._who)
        column.addWidget(self._what)
        column.addWidget(Field(self.reason, lambda: tr("Reason")))
        column.addWidget(self._note)
        column.addStretch(1)
        column.addLayout(foot)
        self.setMinimumWidth(WIDTH)

    def _failed(self, error: Exception) -> None:
        self._show_ready()
        self.message.show_message("error", lambda: _failure_text(error))

    def _show_ready(self) -> None:
        is_free = not self._context.tasks.running(KEY)
        self.ask_button.setEnabled(is_free and bool(self.reason.text().strip()))


def _images(count: int) -> str:
    return ntr("{n} image", "{n} images", count)


def _failure_text(error: Exception) -> str:
    if isinstance(error, ConflictError):
        return tr(
            "It can't be deleted: it has a report, or somebody asked for it already. See the list "
            "of deletions."
        )
    return error_text(error)
