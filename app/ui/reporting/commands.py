"""What can be done with a whole report: preview, print, save, sign, amend."""

import itertools
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.domain.report import Report
from app.language import tr
from app.ui.context import Context
from app.ui.reporting.form import ReportForm
from app.ui.reporting.notice import Notice
from app.ui.reporting.pdfs import report_pdf
from app.ui.reporting.preview import PreviewWindow
from app.ui.reporting.printing import ask_and_print, ask_and_save
from app.ui.reporting.session import ReportSession
from app.ui.reporting.sign_dialog import SignDialog
from app.ui.reporting.uploads import Uploads
from app.ui.texts import error_text

FLUSH_S = 5.0
_numbers = itertools.count()


class ReportCommands(QObject):
    """The commands of one panel; what stands in their way is said in its notice."""

    def __init__(
        self,
        context: Context,
        session: ReportSession,
        form: ReportForm,
        uploads: Uploads,
        notice: Notice,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._context, self._session, self._form = context, session, form
        self._uploads, self._notice, self._window = uploads, notice, window

    def preview(self) -> None:
        """Show the pages of what is written now."""
        report = self._shown()
        if report is not None:
            self.show_version(report)

    def show_version(self, report: Report) -> None:
        """Show the pages of one version."""
        server, study = self._context.server, self._session.study.summary
        window = PreviewWindow(
            self._context, report, lambda: report_pdf(server, report, study), self._window
        )
        window.open()

    def print(self) -> None:
        """Ask for a printer and print."""
        self._with_pdf(lambda _report, pdf: ask_and_print(self._window, self._context.tasks, pdf))

    def export(self) -> None:
        """Ask for a file and save the PDF there."""
        self._with_pdf(
            lambda report, pdf: ask_and_save(self._window, self._context.tasks, pdf, report)
        )

    def save(self) -> None:
        """Save now rather than soon."""
        self._session.autosave.flush(FLUSH_S)

    def sign(self) -> None:
        """Ask for the signature, once everything shown is saved."""
        session = self._session
        if not session.is_draft or session.clash is not None:
            return
        if self._uploads.pending:
            self._notice.say(
                "warning",
                lambda: tr("Key images are still being sent. Sign when they have arrived."),
            )
            return
        if not session.autosave.flush(FLUSH_S):
            self._notice.say(
                "error", lambda: tr("The report can be signed once the server has saved it.")
            )
            return
        report = session.current
        if report is None:
            return
        dialog = SignDialog(self._context, report, session.study.summary, self._window)
        dialog.signed.connect(self._signed)
        dialog.stale.connect(self._stale)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def amend(self) -> None:
        """Begin a new version from the signed one."""
        report = self._session.current
        if report is not None and not self._session.is_draft:
            self._notice.clear()
            self._session.start(report.content)

    def _shown(self) -> Report | None:
        """The newest version with what stands in the form now."""
        report = self._session.current
        if report is None or not self._session.is_draft:
            return report
        return replace(report, content=self._form.content)

    def _with_pdf(self, use: Callable[[Report, bytes], None]) -> None:
        report = self._shown()
        if report is None:
            return
        server, study = self._context.server, self._session.study.summary
        self._session.run(
            f"pdf/{next(_numbers)}",
            lambda _: report_pdf(server, report, study),
            lambda pdf: use(report, pdf),
            lambda error: self._notice.say("error", lambda: error_text(error)),
        )

    def _signed(self, report: Report) -> None:
        self._session.signed(report)
        self._notice.say(
            "success", lambda: tr("The report is signed, and its PDF is stored in the study.")
        )

    def _stale(self) -> None:
        self._session.load()
        self._notice.say(
            "warning",
            lambda: tr("Someone else changed the report: read the newest text before you sign it."),
        )
