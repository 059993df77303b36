"""Looks after this computer's own server: when it dies it is started again."""

from typing import TYPE_CHECKING

import structlog
from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.errors import Error
from app.ui.context import Context

if TYPE_CHECKING:
    from app.client.embedded import EmbeddedServer

LOOK_EVERY_MS = 250
TRY_AGAIN_MS = 1000
KEY = "server/restart"
log = structlog.get_logger()


class Supervisor(QObject):
    """Tells `lost` once, then starts the server again until it is there, then tells `recovered`."""

    lost = Signal()
    recovered = Signal()

    def __init__(
        self, context: Context, embedded: "EmbeddedServer", parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._embedded = embedded
        self._is_lost = False
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Begin to look."""
        self._timer.start()

    def stop(self) -> None:
        """Look no more; a restart under way comes to its end by itself."""
        self._timer.stop()
        self._context.tasks.cancel(KEY)

    def _look(self) -> None:
        if self._embedded.alive() or self._context.tasks.running(KEY):
            return
        if not self._is_lost:
            self._is_lost = True
            log.warning("server-lost")
            self.lost.emit()
        self._timer.setInterval(TRY_AGAIN_MS)
        self._context.tasks.run(KEY, lambda _task: self._restart(), self._done, self._failed)

    def _restart(self) -> None:
        self._embedded.restart()
        self._context.server.move_to(self._embedded.url, self._embedded.secret)

    def _done(self, _nothing: None) -> None:
        self._is_lost = False
        self._timer.setInterval(LOOK_EVERY_MS)
        self.recovered.emit()

    def _failed(self, error: Exception) -> None:
        reason = error.detail if isinstance(error, Error) else type(error).__name__
        log.error("server-restart-failed", reason=reason)
