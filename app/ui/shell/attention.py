"""What waits for people, in the status bar: failed jobs, quarantine, damage, deletions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.domain.access import Permission
from app.domain.changes import Change, ChangeKind
from app.domain.deletion import DeletionState
from app.domain.jobs import JobState
from app.language import ntr
from app.ui.context import Context
from app.ui.icons import icon
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.labels import push_button

if TYPE_CHECKING:
    from app.client.server import Server

KEY = "attention"
LOOK_DELAY_MS = 500
"""Many changes in a row are one reason to look."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is counted for whom, after which changes, and the action that shows it."""

    action: str
    permission: Permission
    kinds: frozenset[ChangeKind]
    count: Callable[["Server"], int]
    text: Callable[[int], str]
    icon: str
    colour: str


def _failed(server: "Server") -> int:
    return len(server.jobs(JobState.FAILED))


def _put_aside(server: "Server") -> int:
    return server.quarantine(limit=0).total


def _to_agree_to(server: "Server") -> int:
    own = server.account.username if server.account else ""
    return sum(
        each.state is DeletionState.REQUESTED and each.requested_by != own
        for each in server.deletions()
    )


NOTICES = (
    Notice(
        "archive.queue",
        Permission.JOB_READ,
        frozenset({ChangeKind.JOBS_CHANGED}),
        _failed,
        lambda n: ntr("{n} failed job", "{n} failed jobs", n),
        "error",
        tokens.DANGER,
    ),
    Notice(
        "archive.quarantine",
        Permission.QUARANTINE_READ,
        frozenset({ChangeKind.QUARANTINE_CHANGED}),
        _put_aside,
        lambda n: ntr("{n} in quarantine", "{n} in quarantine", n),
        "warning",
        tokens.WARNING,
    ),
    Notice(
        "archive.damage",
        Permission.STORAGE_READ,
        frozenset({ChangeKind.OBJECT_DAMAGED, ChangeKind.OBJECT_MENDED}),
        lambda server: server.storage().damaged,
        lambda n: ntr("{n} damaged file", "{n} damaged files", n),
        "error",
        tokens.DANGER,
    ),
    Notice(
        "archive.deletions",
        Permission.STUDY_DELETE,
        frozenset({ChangeKind.DELETION_CHANGED}),
        _to_agree_to,
        lambda n: ntr("{n} deletion to agree to", "{n} deletions to agree to", n),
        "delete",
        tokens.WARNING,
    ),
)


class Attention(Translated, QWidget):
    """A button for each that is not zero; `wanted` with the action that shows it."""

    wanted = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        permissions = context.server.permissions
        self._notices = [each for each in NOTICES if each.permission in permissions]
        self._counts: dict[str, int] = {}
        self._outdated = {each.action for each in self._notices}
        self._soon = QTimer(self, singleShot=True, interval=LOOK_DELAY_MS)
        self._soon.timeout.connect(self._look)
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.M, 0, 0, 0)
        row.setSpacing(0)
        for notice in self._notices:
            row.addWidget(self._button(notice))
        self.retranslate()

    def look(self) -> None:
        """Count everything anew."""
        self._outdated = {each.action for each in self._notices}
        self._look()

    def on_changes(self, changes: tuple[Change, ...]) -> None:
        """The feed told of changes: count anew what they concern, soon and once for many."""
        kinds = {change.kind for change in changes}
        self._outdated |= {each.action for each in self._notices if each.kinds & kinds}
        if self._outdated and not self._soon.isActive():
            self._soon.start()

    def close_notices(self) -> None:
        """Drop what is under way."""
        self._soon.stop()
        self._context.tasks.cancel(KEY)

    def retranslate(self) -> None:
        """Say the counts in the current language."""
        for notice in self._notices:
            count, button = self._counts.get(notice.action, 0), self.buttons[notice.action]
            button.setText(notice.text(count))
            button.setVisible(count > 0)

    # --- parts -----------------------------------------------------------------------------------

    def _button(self, notice: Notice) -> QPushButton:
        button = push_button("notice")
        button.setIcon(icon(notice.icon, notice.colour))
        button.setIconSize(QSize(tokens.L, tokens.L))
        button.clicked.connect(lambda _checked: self.wanted.emit(notice.action))
        self.buttons[notice.action] = button
        return button

    def _look(self) -> None:
        if self._context.tasks.running(KEY):
            self._soon.start()
            return
        wanted = [each for each in self._notices if each.action in self._outdated]
        server = self._context.server
        self._outdated = set()
        self._context.tasks.run(
            KEY,
            lambda _task: {each.action: each.count(server) for each in wanted},
            self._show,
            lambda _error: None,  # counted anew when the server is back, or with the next change
        )

    def _show(self, counts: dict[str, int]) -> None:
        self._counts.update(counts)
        self.retranslate()
