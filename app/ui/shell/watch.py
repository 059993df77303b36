"""Watching a session's server: what changes on it, whether it answers, what it says of itself."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.changes import Change, ChangeKind
from app.domain.status import ServerStatus
from app.ui.context import Context
from app.ui.shell.feed import Feed
from app.ui.shell.supervisor import Supervisor

if TYPE_CHECKING:
    from app.client.embedded import EmbeddedServer


class ServerWatch(QObject):
    """Tells until it is closed; this computer's own server is also started again when it dies."""

    changed = Signal(object)
    """A tuple of Change."""
    connected = Signal(bool)
    told = Signal(object, int)
    """The ServerStatus, and the DICOM port of its settings, which may be taken; 0 is unknown."""

    def __init__(
        self, context: Context, embedded: "EmbeddedServer | None", parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._closed = False
        self._has_followed = False
        self._feed: Feed | None = None
        self._supervisor: Supervisor | None = None
        if embedded is not None:
            self._supervisor = Supervisor(context, embedded, self)
            self._supervisor.lost.connect(lambda: self._tell_connected(connected=False))
            self._supervisor.recovered.connect(self._recovered)

    def start(self) -> None:
        """Begin to watch whether the server lives, and ask what it says of itself."""
        self._ask()
        if self._supervisor is not None:
            self._supervisor.start()

    def follow(self, since: int | None) -> None:
        """Tell what changes after number `since`, else from now on; once, until it is stopped."""
        if self._has_followed:
            return
        self._has_followed = True
        self._feed = Feed(self._context.server, self)
        self._feed.changed.connect(self._tell_changed)
        self._feed.connected.connect(lambda connected: self._tell_connected(connected=connected))
        self._feed.start(since)

    def stop_following(self) -> None:
        """Follow no more changes: the session is over."""
        self._has_followed = True
        if self._feed is not None:
            self._feed.close_feed()
            self._feed = None

    def close_watch(self) -> None:
        """Watch no more; nothing is told from now on."""
        self._closed = True
        self.stop_following()
        if self._supervisor is not None:
            self._supervisor.stop()
        self._context.tasks.cancel("server")

    def _recovered(self) -> None:
        """Our own server is back: follow it at once instead of when the feed next tries."""
        if self._feed is not None:
            self._feed.hurry()
        self._ask()

    def _ask(self) -> None:
        self._context.tasks.run(
            "server/status",
            lambda _task: self._context.server.status(),
            self._tell_status,
            lambda _error: None,
        )

    # What a feed sent before it was closed still arrives, and is not told.

    def _tell_changed(self, changes: tuple[Change, ...]) -> None:
        if self._closed:
            return
        self.changed.emit(changes)
        if any(change.kind is ChangeKind.DISK_LEVEL_CHANGED for change in changes):
            self._ask()

    def _tell_connected(self, *, connected: bool) -> None:
        if not self._closed:
            self.connected.emit(connected)

    def _tell_status(self, status: ServerStatus) -> None:
        self.told.emit(status, status.wanted_dicom_port)
