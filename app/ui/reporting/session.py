"""The reports of one study and the draft being written, between the panel and the server."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.access import Permission
from app.domain.errors import ConflictError, UnavailableError
from app.domain.report import Report, ReportContent, ReportState
from app.domain.study import Study
from app.settings import default_data_dir
from app.ui.context import Context
from app.ui.reporting.autosave import RETRY_MS, Autosave
from app.ui.reporting.journal import Entry, Journal
from app.ui.reporting.merging import same_text, with_mine_below
from app.ui.tasks import Task

T = TypeVar("T")


class Recovery(StrEnum):
    """Where a text comes from that the form is to show instead of the server's."""

    JOURNAL = "journal"
    MERGED = "merged"
    CLASH = "clash"


class ReportSession(QObject):
    """Loads, starts, saves and amends; what it decides about it tells by signals."""

    changed = Signal()
    """`versions` and `current` are new: show them."""
    restored = Signal(object, object)
    """A ReportContent to show instead of the server's, and its Recovery."""
    clashed = Signal()
    """The server has `clash` and the form something else: `take_theirs` or `keep_mine` answer."""
    offered = Signal(object)
    """A ReportContent kept on this computer for a report the server does not have."""
    failed = Signal(object)
    report_changed = Signal(object)
    """A Report was begun, saved, signed or amended here."""

    def __init__(
        self,
        context: Context,
        study: Study,
        content: Callable[[], ReportContent],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._content = content
        self.study = study
        self.uid = study.summary.study_uid
        self.versions: tuple[Report, ...] = ()
        self.loaded = self.starting = False
        self.clash: Report | None = None
        self._permissions = context.server.permissions
        account = context.server.account
        folder = (context.settings.data_dir or default_data_dir()) / "drafts"
        place = context.server.place
        self.journal = Journal(folder, place, account.username if account else "")
        self._retry = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._retry.timeout.connect(self.load)
        self.autosave = Autosave(context, self.journal, self.uid, content, self)
        self.autosave.saved.connect(self._saved)
        self.autosave.conflicted.connect(self._look_again)

    @property
    def current(self) -> Report | None:
        """The newest version."""
        return self.versions[0] if self.versions else None

    @property
    def is_draft(self) -> bool:
        """Whether there is a draft to write in."""
        return self.current is not None and self.current.state is ReportState.DRAFT

    def may(self, permission: Permission) -> bool:
        """Whether the account that opened the study holds `permission`; the server decides.

        A session that ended takes nothing away: what was written is still to be saved.
        """
        if self._context.server.account is not None:
            self._permissions = self._context.server.permissions
        return permission in self._permissions

    def run(
        self,
        name: str,
        work: Callable[[Task[T]], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run `work` in the background under this study's own key."""
        self._context.tasks.run(f"report/{self.uid}/{name}", work, done, failed or self.failed.emit)

    def load(self) -> None:
        """Ask for every version, and for what the journal keeps."""
        self.run(
            "load",
            lambda _: (self._context.server.reports(self.uid), self.journal.read(self.uid)),
            lambda answer: self._loaded(*answer),
            self._not_loaded,
        )

    def refresh(self) -> None:
        """Another desktop changed a report: show it, unless something here waits to be saved."""
        if not self.autosave.pending and self.clash is None:
            self.load()

    def start(self, content: ReportContent) -> None:
        """Begin the first draft, or an amendment of the signed version; once at a time."""
        if self.starting:
            return
        self.starting = True
        self.run(
            "start",
            lambda _: self._context.server.start_report(self.uid, content),
            self._started,
            self._not_started,
        )

    def signed(self, report: Report) -> None:
        """The sign dialog has signed the draft."""
        self._adopt((report, *self.versions[1:]))
        self.report_changed.emit(report)

    def forget_kept(self) -> None:
        """Give up the text that was offered."""
        self.run("forget", lambda _: self.journal.remove(self.uid), lambda _: None)

    def take_theirs(self) -> None:
        """Answer the clash: show what the server has, give up what is here."""
        if self.clash is not None:
            self.clash = None
            self.forget_kept()
            self._adopt(self.versions)

    def keep_mine(self, marker: str) -> None:
        """Answer the clash: mine under theirs, or as an amendment when theirs is signed."""
        theirs, mine, self.clash = self.clash, self._content(), None
        if theirs is None:
            return
        if theirs.state is ReportState.SIGNED:
            self.start(mine)
            return
        self._adopt(self.versions)
        self.restored.emit(with_mine_below(theirs.content, mine, marker), Recovery.MERGED)
        self.autosave.edited()

    def close(self, seconds: float = 3) -> None:
        """Save what is left, waiting at most `seconds`, and stop."""
        self._retry.stop()
        self.autosave.flush(seconds)
        self._context.tasks.cancel(f"report/{self.uid}")
        self.autosave.keep()  # after the cancel no save that begins now can write over it
        self.autosave.close()

    def _loaded(self, versions: tuple[Report, ...], kept: Entry | None) -> None:
        if self.loaded and (self.autosave.pending or self.clash or self._is_older(versions)):
            return  # something was written here while the answer was on its way
        self.loaded = True
        self._adopt(versions)
        if kept is None or not self.may(Permission.REPORT_WRITE):
            return
        report = self.current
        if report is None:
            self.offered.emit(kept.content)
        elif same_text(kept.content, report.content):
            self.run("forget", lambda _: self.journal.settle(kept), lambda _: None)
        elif self.is_draft and (kept.report_id, kept.revision) == (
            report.report_id,
            report.revision,
        ):
            self.restored.emit(kept.content, Recovery.JOURNAL)
            self.autosave.edited()
        else:
            self.restored.emit(kept.content, Recovery.CLASH)
            self.autosave.stall(kept.report_id, kept.revision)
            self._clash(report)

    def _is_older(self, versions: tuple[Report, ...]) -> bool:
        """Whether `versions` is from before what is known here."""
        now = self.current
        newest = versions[0] if versions else None
        if now is None:
            return False
        return newest is None or (newest.version, newest.revision) < (now.version, now.revision)

    def _not_loaded(self, error: Exception) -> None:
        if isinstance(error, UnavailableError) and not self.loaded:
            self._retry.start()
        self.failed.emit(error)

    def _adopt(self, versions: tuple[Report, ...]) -> None:
        self.versions = versions
        writing = self.is_draft and self.may(Permission.REPORT_WRITE)
        self.autosave.follow(self.current if writing else None)
        self.changed.emit()

    def _saved(self, report: Report) -> None:
        self.versions = (report, *self.versions[1:])
        self.report_changed.emit(report)

    def _started(self, report: Report) -> None:
        self.starting = False
        self._adopt((report, *self.versions))
        self.report_changed.emit(report)

    def _not_started(self, error: Exception) -> None:
        self.starting = False
        if isinstance(error, ConflictError):
            self.load()
        self.failed.emit(error)

    def _look_again(self) -> None:
        """A save was refused as stale: what is there now?"""
        self.run(
            "conflict",
            lambda _: self._context.server.reports(self.uid),
            self._found,
        )

    def _found(self, versions: tuple[Report, ...]) -> None:
        self.versions = versions
        sent = self.autosave.last_sent
        if self.is_draft and sent is not None and same_text(versions[0].content, sent):
            # It was our own save, whose answer was lost.
            self.autosave.follow(versions[0])
            self.autosave.edited()
        elif versions:
            self._clash(versions[0])

    def _clash(self, theirs: Report) -> None:
        self.clash = theirs
        self.clashed.emit()
