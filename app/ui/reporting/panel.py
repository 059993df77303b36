"""The report panel beside the images: one study's report from the template to the signature."""

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.domain.access import Permission
from app.domain.report import KeyImage, MeasurementLine, ReportContent
from app.domain.study import Study
from app.language import tr
from app.ui.actions import make_action
from app.ui.context import Context
from app.ui.pictures import Captured
from app.ui.reporting.choosing import TemplateChoice
from app.ui.reporting.commands import ReportCommands
from app.ui.reporting.foot import PanelFoot
from app.ui.reporting.form import ReportForm
from app.ui.reporting.head import PanelHead, clock
from app.ui.reporting.notice import Notice
from app.ui.reporting.session import Recovery, ReportSession
from app.ui.reporting.start import StartPage
from app.ui.reporting.telling import CLASHES, RECOVERIES, may_not_write
from app.ui.reporting.uploads import Uploads
from app.ui.texts import error_text
from app.ui.widgets.empty import EmptyState

WIDTH = 420
FLUSH_S = 3.0
UPLOAD_S = 2.0


class ReportPanel(QWidget):
    """Give it a study; call `close()` before it goes, so that the last words are saved."""

    report_changed = Signal(object)
    """A Report was begun, saved, signed or amended here: the worklist may show its state."""
    image_chosen = Signal(str, int)
    """A key image was clicked: the SOP instance UID and frame to show in the viewer."""

    def __init__(self, context: Context, study: Study, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_closed = False
        self._queue: list[Callable[[], None]] = []
        self.form = ReportForm()
        self.session = ReportSession(context, study, lambda: self.form.content, self)
        self.uploads = Uploads(
            context, self.session.uid, self.form.key_images, self.session.journal
        )
        self.head, self.foot, self.notice = (
            PanelHead(study, context.server.account),
            PanelFoot(),
            Notice(),
        )
        self.start_page, self.empty = StartPage(study), EmptyState()
        self.commands = ReportCommands(
            context, self.session, self.form, self.uploads, self.notice, self
        )
        self.choice = TemplateChoice(study, self.form, self.head)
        self._commands = {
            "report.save": self.commands.save,
            "report.preview": self.commands.preview,
            "report.print": self.commands.print,
            "report.export": self.commands.export,
            "report.sign": self.commands.sign,
            "report.amend": self.commands.amend,
            "report.next-blank": self.form.sections.next_blank,
        }
        self.pages = QStackedWidget()
        for page in (self.empty, self.start_page, self.form):
            self.pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.head, self.notice):
            column.addWidget(part)
        column.addWidget(self.pages, 1)
        column.addWidget(self.foot)
        self.setMinimumWidth(340)
        self._connect()
        self._begin()

    def sizeHint(self) -> QSize:
        """Beside the images."""
        return QSize(WIDTH, 700)

    def insert_key_image(self, captured: Captured) -> None:
        """Put a picture into the report at once, beginning the report when there is none."""
        self._with_draft(lambda: self.uploads.send(captured))

    def insert_measurement(self, line: MeasurementLine) -> None:
        """Put a measurement into the list and the findings, beginning the report if need be."""
        self._with_draft(lambda: self.form.add_measurement(line))

    def refresh(self) -> None:
        """The change feed named this study: show what others did, if nothing waits here."""
        self.session.refresh()

    def close(self) -> bool:
        """Save what is left, waiting some seconds at most, then close; safe to repeat."""
        if self._is_closed:
            return True
        self._is_closed = True
        self.uploads.flush(UPLOAD_S)
        self.uploads.close()
        self.session.close(FLUSH_S)
        return super().close()

    # --- building ------------------------------------------------------------------------------

    def _connect(self) -> None:
        session, head, foot = self.session, self.head, self.foot
        session.changed.connect(self._show)
        session.restored.connect(self._restored)
        session.clashed.connect(self._clashed)
        session.offered.connect(self._offer)
        session.failed.connect(self._failed)
        session.report_changed.connect(self.report_changed)
        session.autosave.state_changed.connect(self._show_saved)
        self.uploads.failed.connect(self._failed)
        self.uploads.recovered.connect(self._recovered)
        self.form.edited.connect(session.autosave.edited)
        self.form.key_images.chosen.connect(self._show_image)
        self.start_page.started.connect(self._begin_writing)
        self.choice.used.connect(session.autosave.edited)
        head.version_chosen.connect(self.commands.show_version)
        self._actions = {
            name: make_action(name, self, lambda _=False, act=act: act())
            for name, act in self._commands.items()
        }
        for name, button in foot.buttons.items():
            button.clicked.connect(self._actions[name].trigger)

    def _show_image(self, image: KeyImage) -> None:
        if image.sop_instance_uid:  # a picture of a volume shows no single image
            self.image_chosen.emit(image.sop_instance_uid, image.frame)

    def _begin(self) -> None:
        self.foot.hide()
        self.choice.offer(offered=False)
        self.head.show_saved(None)
        if self.session.may(Permission.REPORT_READ):
            self._wait()
            self.session.load()
        else:
            self.empty.show_state(
                "lock",
                lambda: tr("No access to reports"),
                lambda: tr("Your role may not read reports. Ask an administrator for the right."),
            )

    def _wait(self) -> None:
        self.empty.show_waiting(lambda: tr("Loading the report…"))
        self.pages.setCurrentWidget(self.empty)

    # --- showing -------------------------------------------------------------------------------

    def _show(self) -> None:
        report = self.session.current
        self.head.show_report(report, self.session.versions)
        self.start_page.setEnabled(True)
        if report is None:
            self._show_none()
        else:
            self.form.show_content(report.content)
            self.pages.setCurrentWidget(self.form)
            self.uploads.fetch()
        self._show_rights()
        self._show_saved()
        if self.session.is_draft:
            queue, self._queue = self._queue, []
            for act in queue:
                act()
            if self.session.may(Permission.REPORT_WRITE):
                self.uploads.take_up()

    def _show_none(self) -> None:
        if self.session.may(Permission.REPORT_WRITE):
            self.pages.setCurrentWidget(self.start_page)
            return
        self.empty.show_state("report", lambda: tr("No report yet"), may_not_write)
        self.pages.setCurrentWidget(self.empty)

    def _show_rights(self) -> None:
        """Offer what the report's state and the account's rights allow."""
        session, report = self.session, self.session.current
        may_write = session.may(Permission.REPORT_WRITE)
        writing = may_write and (session.is_draft or session.clash is not None)
        may_sign = session.may(Permission.REPORT_SIGN) and session.clash is None
        self.form.set_read_only(not writing)
        self.foot.show_report(report, may_write=may_write, may_sign=may_sign)
        for name, button in self.foot.buttons.items():
            usable = report is not None and not button.isHidden() and button.isEnabled()
            self._actions[name].setEnabled(usable)
        for name in ("report.save", "report.next-blank"):
            self._actions[name].setEnabled(writing)
        self.choice.offer(offered=writing and session.is_draft)
        if report is not None and not may_write:
            self.notice.say("info", may_not_write)

    def _show_saved(self) -> None:
        writing = self.session.is_draft and self.session.may(Permission.REPORT_WRITE)
        stalled = self.session.clash is not None
        self.head.show_saved(self.session.autosave if writing or stalled else None)

    def _restored(self, content: ReportContent, recovery: Recovery) -> None:
        self.form.show_content(content)
        self.uploads.fetch()
        self._show_rights()
        if recovery is not Recovery.CLASH:
            self.notice.say("info", lambda: tr(RECOVERIES[recovery]))

    def _recovered(self) -> None:
        self.notice.say(
            "info", lambda: tr("Key images that were kept on this computer are back in the report.")
        )

    def _offer(self, content: ReportContent) -> None:
        """The server has no report, but this computer kept a text for one."""
        self.notice.say(
            "warning",
            lambda: tr("This computer kept a text for this study that no report contains."),
            (lambda: tr("Begin a report with it"), lambda: self._start(content)),
            (lambda: tr("Discard it"), self.session.forget_kept),
        )

    def _clashed(self) -> None:
        theirs = self.session.clash
        if theirs is None:
            return
        self._show_rights()
        self._show_saved()
        text, keep = CLASHES[theirs.state]
        self.notice.say(
            "warning",
            lambda: tr(text, time=clock(theirs.updated_at)),
            (lambda: tr("Take theirs"), self.session.take_theirs),
            (lambda: tr(keep), self._keep_mine),
        )

    def _keep_mine(self) -> None:
        time = clock(datetime.now(UTC))
        self.session.keep_mine(tr("___ My text, {time} ___", self.form.language, time=time))

    def _failed(self, error: Exception) -> None:
        self._queue.clear()
        self.start_page.setEnabled(True)
        if self.session.loaded:
            self.notice.say("error", lambda: error_text(error))
            return
        self.empty.show_state(
            "error", lambda: tr("The report could not be loaded"), lambda: error_text(error)
        )
        self.empty.add_button(lambda: tr("Try again"), self._retry)

    def _retry(self) -> None:
        self._wait()
        self.session.load()

    # --- writing -------------------------------------------------------------------------------

    def _with_draft(self, act: Callable[[], None]) -> None:
        """Do `act` in a draft: now, once it is loaded or begun, or say why there can be none."""
        session = self.session
        if not session.may(Permission.REPORT_WRITE):
            self.notice.say("info", may_not_write)
        elif session.is_draft or session.clash is not None:
            act()
        elif session.starting or not session.loaded:
            self._queue.append(act)
        elif session.current is not None:
            self.notice.say(
                "info",
                lambda: tr("The report is signed. Amend it to add something."),
                (lambda: tr("Amend"), lambda: self._start(session.current.content, act)),
            )
        else:
            self._start(self.start_page.content, act)

    def _begin_writing(self, content: ReportContent) -> None:
        self._start(content, self.form.write_first)

    def _start(self, content: ReportContent, *acts: Callable[[], None]) -> None:
        """Begin a draft, then do `acts` in it."""
        self.notice.clear()
        self._queue.extend(acts)
        self.start_page.setEnabled(False)
        self.session.start(content)
