"""The windows beside the main one: each is open once, and hears what changes."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.domain.access import Permission
from app.domain.changes import Change
from app.domain.study import SeriesSummary, StudySummary
from app.ui.context import Context
from app.ui.widgets.records import RecordsDialog

Make = Callable[[Context, QWidget], RecordsDialog]


def _queue(context: Context, parent: QWidget) -> RecordsDialog:
    from app.ui.queue.window import QueueWindow

    return QueueWindow(context, parent)


def _quarantine(context: Context, parent: QWidget) -> RecordsDialog:
    from app.ui.quarantine.window import QuarantineWindow

    return QuarantineWindow(context, parent)


def _damage(context: Context, parent: QWidget) -> RecordsDialog:
    from app.ui.damage.window import DamageWindow

    return DamageWindow(context, parent)


def _deletions(context: Context, parent: QWidget) -> RecordsDialog:
    from app.ui.deletions.window import DeletionsWindow

    return DeletionsWindow(context, parent)


def _routing(context: Context, parent: QWidget) -> RecordsDialog:
    from app.ui.routing.window import RoutingWindow

    return RoutingWindow(context, parent)


WINDOWS: dict[str, tuple[Permission, Make]] = {
    "archive.queue": (Permission.JOB_READ, _queue),
    "archive.quarantine": (Permission.QUARANTINE_READ, _quarantine),
    "archive.damage": (Permission.STORAGE_READ, _damage),
    "archive.deletions": (Permission.STUDY_DELETE, _deletions),
    "archive.routing": (Permission.ROUTING_READ, _routing),
}
"""By the action that opens it: who may look, and how it is made."""


class Windows(QObject):
    """Those that the account may see; `close_windows` when the session ends."""

    deletion_asked = Signal()

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._parent = parent
        self._open: dict[str, RecordsDialog] = {}

    def names(self) -> tuple[str, ...]:
        """The actions that open one."""
        permissions = self._context.server.permissions
        return tuple(name for name, (needed, _) in WINDOWS.items() if needed in permissions)

    def open_window(self, name: str) -> RecordsDialog:
        """Show a window, in front of the others."""
        window = self._open.get(name)
        if window is None:
            window = WINDOWS[name][1](self._context, self._parent)
            window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            window.finished.connect(lambda _result: self._open.pop(name, None))
            self._open[name] = window
        window.show()
        window.raise_()
        window.activateWindow()
        return window

    def ask_for_deletion(self, study: StudySummary, series: SeriesSummary | None) -> None:
        """Let the person say why the study, or one series of it, is to be deleted."""
        from app.ui.deletions.request import DeletionRequestDialog

        dialog = DeletionRequestDialog(self._context, study, series, self._parent)
        if dialog.exec():
            self.deletion_asked.emit()
        dialog.deleteLater()

    def on_changes(self, changes: tuple[Change, ...]) -> None:
        """The feed told of changes."""
        for window in self._open.values():
            window.on_changes(changes)

    def refresh(self) -> None:
        """The server is back: what changed meanwhile was not told."""
        for window in self._open.values():
            window.load()

    def close_windows(self) -> None:
        """Close them all."""
        for window in list(self._open.values()):
            window.close()
