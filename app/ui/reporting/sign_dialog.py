"""Signing: the final pages, what is left open, and the password again."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import ConflictError, TooManyAttemptsError, UnauthenticatedError
from app.domain.report import Heading, Report
from app.domain.study import StudySummary
from app.language import ntr, tr
from app.report.glyphs import is_named, is_written
from app.report.pdf import language_of
from app.report.templates import blank_count
from app.report.wording import heading_text
from app.ui.context import Context
from app.ui.language import Translated
from app.ui.reporting.pages import PdfPages
from app.ui.reporting.pdfs import drawn_pdf
from app.ui.reporting.preview import ZoomBar
from app.ui.texts import error_text
from app.ui.theme import tokens
from app.ui.widgets.fields import Field, PasswordField
from app.ui.widgets.labels import label, push_button, surface
from app.ui.widgets.messages import MessageBar


def open_points(report: Report, study: StudySummary, signer: str) -> Sequence[str]:
    """What a careful reader would ask about before signing."""
    points = []
    if not is_named(study):
        points.append(
            tr("The PDF can't show the patient's name or ID: it has no letters of that script.")
        )
    if not is_written(report, signer):
        points.append(tr("The PDF can't show every letter of the text. Look at its pages."))
    blanks = blank_count(report.content)
    if blanks:
        points.append(
            ntr(
                "{n} blank (___) is not filled in.",
                "{n} blanks (___) are not filled in.",
                blanks,
            )
        )
    for heading in (Heading.FINDINGS, Heading.IMPRESSION):
        if not report.content.sections.get(heading, "").strip():
            title = heading_text(heading, language_of(report.content.language))
            points.append(tr("“{section}” is empty.", section=title))
    return points


class SignDialog(Translated, QDialog):
    """Signs `report`, which must be saved as it is shown."""

    signed = Signal(object)
    """The signed Report."""
    stale = Signal()
    """Someone changed the draft meanwhile: the dialog has closed without signing."""

    def __init__(
        self, context: Context, report: Report, study: StudySummary, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._context, self._report, self._study = context, report, study
        account = context.server.account
        self._signer = (account.full_name or account.username) if account else ""
        self._previewed = self._signing = False
        self._key = f"report/{report.study_uid}/sign"
        self.pages = PdfPages(context.tasks)
        self.message = MessageBar()
        self.password = PasswordField()
        self.field = Field(self.password, lambda: tr("Your password"))
        self.sign_button = push_button("primary", "sign")
        self.cancel_button = push_button()
        self._title, self._name = label(tone="title", wrap=True), label(tone="strong", wrap=True)
        self._name.setText(self._signer)
        self._label = label(tone="small")
        self._meaning = label(tone="dim", wrap=True)
        self._warning = MessageBar()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._paper(), 1)
        row.addWidget(self._side())
        self.password.textChanged.connect(self._typed)
        self.sign_button.clicked.connect(self.sign)
        self.cancel_button.clicked.connect(self.reject)
        self.setModal(True)
        self.resize(1080, 700)
        self.retranslate()
        self.password.setFocus()
        self._preview()

    def sign(self) -> None:
        """Print the pages with name and time, and sign them."""
        if not (self._previewed and self.password.text()) or self._signing:
            return
        self._signing = True
        self._typed()
        password, report, server = self.password.text(), self._report, self._context.server
        signer, study = self._signer, self._study

        def work(_: object) -> Report:
            now = datetime.now().astimezone()
            pdf = drawn_pdf(server, report, study, signer, now)
            return server.sign_report(report.report_id, report.revision, password, pdf, now)

        self._context.tasks.run(self._key, work, self._done, self._failed)

    def retranslate(self) -> None:
        """Build the texts again."""
        self.setWindowTitle(tr("Sign report"))
        self._title.setText(tr("Sign report"))
        self._label.setText(tr("Signing as"))
        self._meaning.setText(
            tr(
                "After signing the report can't be changed, only amended as a new version. Its PDF "
                "is stored in the study."
            )
        )
        self.sign_button.setText(tr("Signing…") if self._signing else tr("Sign"))
        self.cancel_button.setText(tr("Cancel"))
        if self._points():
            self._warning.show_message("warning", lambda: "\n".join(self._points()), closable=False)

    def done(self, result: int) -> None:
        """Forget the password and stop drawing, then close."""
        self._context.tasks.cancel(self._key)
        self.password.clear()
        self.pages.close()
        super().done(result)

    def reject(self) -> None:
        """Close, unless the signature is on its way."""
        if not self._signing:
            super().reject()

    def _points(self) -> Sequence[str]:
        return open_points(self._report, self._study, self._signer)

    def _paper(self) -> QWidget:
        bar, paper = surface("foot"), QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(tokens.M, tokens.XS, tokens.M, tokens.XS)
        row.addStretch(1)
        row.addWidget(ZoomBar(self.pages))
        row.addStretch(1)
        column = QVBoxLayout(paper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.pages, 1)
        column.addWidget(bar)
        return paper

    def _side(self) -> QWidget:
        side = surface("panel")
        side.setFixedWidth(360)
        column = QVBoxLayout(side)
        column.setContentsMargins(tokens.XL, tokens.XL, tokens.XL, tokens.L)
        column.setSpacing(tokens.M)
        column.addWidget(self._title)
        column.addWidget(self._meaning)
        column.addWidget(self._warning)
        column.addSpacing(tokens.S)
        signer = QVBoxLayout()
        signer.setSpacing(2)
        signer.addWidget(self._label)
        signer.addWidget(self._name)
        column.addLayout(signer)
        column.addWidget(self.field)
        column.addWidget(self.message)
        column.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(tokens.S)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.sign_button, 1)
        column.addLayout(buttons)
        return side

    def _preview(self) -> None:
        server, report, study, signer = (
            self._context.server,
            self._report,
            self._study,
            self._signer,
        )
        self._context.tasks.run(
            f"{self._key}/preview",
            lambda _: drawn_pdf(server, report, study, signer, datetime.now().astimezone()),
            self._show,
            self._no_preview,
        )

    def _show(self, pdf: bytes) -> None:
        self.pages.show_pdf(pdf)
        self._previewed = True
        self._typed()

    def _no_preview(self, error: Exception) -> None:
        self.message.show_message(
            "error",
            lambda: error_text(error),
            lambda: tr("Try again"),
            self._preview,
            closable=False,
        )

    def _typed(self) -> None:
        if not self._signing:
            self.field.show_hint("")
        self.password.setEnabled(not self._signing)
        self.cancel_button.setEnabled(not self._signing)
        ready = self._previewed and bool(self.password.text()) and not self._signing
        self.sign_button.setEnabled(ready)
        self.sign_button.setText(tr("Signing…") if self._signing else tr("Sign"))

    def _done(self, report: Report) -> None:
        self._signing = False
        self.accept()
        self.signed.emit(report)

    def _failed(self, error: Exception) -> None:
        self._signing = False
        self._typed()
        if isinstance(error, ConflictError):
            self.reject()
            self.stale.emit()
        elif isinstance(error, (UnauthenticatedError, TooManyAttemptsError)):
            self.field.show_hint(self._refusal(error), "error")
            self.password.selectAll()
            self.password.setFocus()
        else:
            self.message.show_message("error", lambda: error_text(error))

    def _refusal(self, error: Exception) -> str:
        wrong = isinstance(error, UnauthenticatedError) and self._context.server.account is not None
        return tr("The password is wrong.") if wrong else error_text(error)
