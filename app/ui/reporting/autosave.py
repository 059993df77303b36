"""Saves the draft by itself: 0.7 s after typing stops, at least every 2 s while it goes on.

One save is in flight at a time. What is to be saved lies in the journal until the server has it;
when the server can't be reached the text stays there and is tried again every 3 s.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QObject, QTimer, Signal

from app.domain.errors import (
    ConflictError,
    StorageFullError,
    UnauthenticatedError,
    UnavailableError,
)
from app.domain.report import Report, ReportContent
from app.ui.context import Context
from app.ui.reporting.journal import Entry, Journal
from app.ui.tasks import Task

QUIET_MS = 700
LONGEST_MS = 2000
RETRY_MS = 3000
PASSING = (StorageFullError, UnauthenticatedError, UnavailableError)
"""What may be over at the next try without the doctor's doing."""
T = TypeVar("T")


class SaveState(StrEnum):
    """What is said of the text's safety."""

    SAVED = "saved"
    SAVING = "saving"
    OFFLINE = "offline"
    CONFLICT = "conflict"
    REFUSED = "refused"


class Autosave(QObject):
    """Keeps one draft saved; `content` is asked for the newest text whenever a save begins."""

    state_changed = Signal()
    saved = Signal(object)
    """The Report as the server keeps it now."""
    conflicted = Signal()
    """Somebody else changed the report: only the journal is written until `follow` is called."""
    _answered = Signal()

    def __init__(
        self,
        context: Context,
        journal: Journal,
        study_uid: str,
        content: Callable[[], ReportContent],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._journal = journal
        self._content = content
        self._study_uid = study_uid
        self._base: tuple[str, int] | None = None
        self.last_sent: ReportContent | None = None
        self._dirty = False
        self._saving = False
        self.state = SaveState.SAVED
        self.saved_at: datetime | None = None
        self.error: Exception | None = None
        self.kept = True
        self._quiet = self._timer(QUIET_MS)
        self._longest = self._timer(LONGEST_MS)
        self._retry = self._timer(RETRY_MS)

    @property
    def pending(self) -> bool:
        """Whether the server lacks something, or has not answered yet."""
        return self._dirty or self._saving

    def follow(self, report: Report | None) -> None:
        """Save into `report` from now on; what was waiting for another is given up."""
        self._stop()
        self._base = (report.report_id, report.revision) if report else None
        self._dirty = False
        self.saved_at = report.updated_at if report else None
        self._become(SaveState.SAVED)

    def stall(self, report_id: str, revision: int) -> None:
        """What is shown rests on a stale revision: keep it in the journal only."""
        self._stop()
        self._base = (report_id, revision)
        self._dirty = True
        self._become(SaveState.CONFLICT)

    def edited(self) -> None:
        """Something changed: save it soon."""
        if self._base is None:
            return
        self._dirty = True
        self._quiet.start()
        if not self._longest.isActive():
            self._longest.start()
        if self.state is SaveState.SAVED:
            self._become(SaveState.SAVING)

    def flush(self, seconds: float) -> bool:
        """Save now and wait at most `seconds`; false when it stays in the journal only."""
        deadline = QDeadlineTimer(round(seconds * 1000))
        while (
            self._base
            and self.pending
            and not deadline.hasExpired()
            and self.state is not SaveState.CONFLICT
        ):
            if not self._saving:
                self._save()
            self._wait(deadline.remainingTime())
            if self._dirty and self.state in {SaveState.OFFLINE, SaveState.REFUSED}:
                break
        self.keep()
        return not self.pending

    def keep(self) -> None:
        """Write what the server has not confirmed into the journal, here and now."""
        if self.pending and self._base is not None:
            self.kept = self._journal.write(self._entry(self._base))

    def close(self) -> None:
        """Save nothing more."""
        self._stop()
        self._base = None

    def _timer(self, milliseconds: int) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=milliseconds)
        timer.timeout.connect(self._save)
        return timer

    def _stop(self) -> None:
        for timer in (self._quiet, self._longest, self._retry):
            timer.stop()

    def _wait(self, milliseconds: int) -> None:
        """Let the save in flight answer."""
        loop = QEventLoop()
        self._answered.connect(loop.quit)
        QTimer.singleShot(max(1, milliseconds), loop, loop.quit)
        loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        self._answered.disconnect(loop.quit)

    def _entry(self, base: tuple[str, int]) -> Entry:
        return Entry(self._study_uid, *base, datetime.now(UTC), self._content())

    def _save(self) -> None:
        self._stop()
        if self._base is None or not self._dirty:
            return
        entry = self._entry(self._base)
        if self._saving or self.state is SaveState.CONFLICT:
            self._run("journal", lambda _: self._journal.write(entry), self._journalled)
            return
        self._saving, self._dirty = True, False
        self.last_sent = entry.content
        if self.state is not SaveState.OFFLINE:
            self._become(SaveState.SAVING)
        self._run("save", lambda task: self._send(task, entry), self._done)

    def _send(self, task: Task[Report], entry: Entry) -> Report:
        """In a thread: keep `entry` here, save it there, forget it here."""
        self.kept = self._journal.write(entry, unless=task.cancelled)
        if task.cancelled():
            raise UnavailableError("the report was closed; its text is in the journal")
        answer = self._context.server.save_report(entry.report_id, entry.revision, entry.content)
        self._journal.settle(entry)
        return answer

    def _run(self, name: str, work: Callable[[Task], T], done: Callable[[T], None]) -> None:
        key = f"report/{self._study_uid}/{name}"
        self._context.tasks.run(key, work, done, self._failed)

    def _journalled(self, kept: bool) -> None:
        self.kept = kept
        if self._saving:
            self._longest.start()
            self._become(SaveState.OFFLINE)

    def _done(self, answer: Report) -> None:
        self._saving = False
        if self._base is not None and self._base[0] == answer.report_id:
            self._base = (answer.report_id, answer.revision)
            self.saved_at = answer.updated_at
            self.error = None
            if self._dirty:
                self._quiet.start()
            self._become(SaveState.SAVING if self._dirty else SaveState.SAVED)
            self.saved.emit(answer)
        self._answered.emit()

    def _failed(self, error: Exception) -> None:
        self._saving = False
        self._dirty = True
        self.error = error
        if isinstance(error, ConflictError):
            self._become(SaveState.CONFLICT)
            self.conflicted.emit()
        else:
            offline = isinstance(error, UnavailableError)
            self._become(SaveState.OFFLINE if offline else SaveState.REFUSED)
            if isinstance(error, PASSING):
                self._retry.start()
        self._answered.emit()

    def _become(self, state: SaveState) -> None:
        self.state = state
        self.state_changed.emit()
