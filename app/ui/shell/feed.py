"""The change feed's calls, brought from its thread into the GUI thread."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from app.client.server import Server


class Feed(QObject):
    """Follows one server's changes until it is closed."""

    changed = Signal(object)
    """A tuple of Change."""
    connected = Signal(bool)

    def __init__(self, server: "Server", parent: QObject | None = None) -> None:
        super().__init__(parent)
        from app.client.feed import ChangeFeed

        self._feed = ChangeFeed(server, self.changed.emit, self.connected.emit)

    def start(self, since: int | None) -> None:
        """Follow what comes after change number `since`, else from now on."""
        self._feed.start(since)

    def hurry(self) -> None:
        """The server is back: connect again at once."""
        self._feed.hurry()

    def close_feed(self) -> None:
        """Stop following."""
        self._feed.close()
