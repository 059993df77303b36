"""Keeps the newest token of a running session in the password store: each token serves once."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.ui.sign_in.memory import SessionMemory
from app.ui.tasks import Task, Tasks

if TYPE_CHECKING:
    from app.client.server import Server

LOOK_EVERY_MS = 5_000
CLOSE_S = 2.0
KEY = "session/keep"


class SessionKeeper(QObject):
    """Watches one server's session until it is closed, or forgotten at a sign-out."""

    def __init__(self, tasks: Tasks, memory: SessionMemory, server: "Server", address: str) -> None:
        super().__init__()
        self._tasks = tasks
        self._memory = memory
        self._server = server
        self._address = address
        self._kept = server.refresh_token
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def forget(self) -> None:
        """The person signed out: nothing is left to take up."""
        self._timer.stop()
        memory, address = self._memory, self._address
        self._tasks.run(KEY, lambda _task: memory.forget(address), lambda _nothing: None)

    def close_keeper(self) -> None:
        """Keep the last token, waiting a little for the store; it may want to be unlocked."""
        self._timer.stop()
        task = self._look()
        if task is not None:
            task.wait(CLOSE_S)

    def _look(self) -> Task[None] | None:
        token = self._server.refresh_token
        if not token or token == self._kept:
            return None
        self._kept = token
        memory, address = self._memory, self._address
        return self._tasks.run(
            KEY, lambda _task: memory.keep(address, token), lambda _nothing: None
        )
