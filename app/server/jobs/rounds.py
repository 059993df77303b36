"""Work that is done again and again as long as the server runs."""

import threading
from collections.abc import Callable

import structlog

from app.domain.errors import Error

STOP_S = 5

log = structlog.get_logger()


class Rounds:
    """Does `task` every `every_s` seconds in a thread; what fails is tried the next time."""

    def __init__(self, name: str, task: Callable[[], None], *, every_s: float) -> None:
        self._name = name
        self._task = task
        self._every_s = every_s
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin with the first round."""
        self._thread.start()

    def close(self) -> None:
        """Stop after the round that is under way."""
        self._is_stopped.set()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._is_stopped.is_set():
            try:
                self._task()
            except Error as error:
                log.warning("round-failed", name=self._name, reason=error.code)
            except Exception:  # the outermost edge: the next round tries again
                log.exception("round-failed", name=self._name)
            self._is_stopped.wait(self._every_s)
