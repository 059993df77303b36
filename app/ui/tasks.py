"""Work off the GUI thread: each run has a key, a cancel and callbacks in the GUI thread.

A newer run of a key replaces the older, whose answer is dropped. Keys are paths: cancelling
`study/1.2` also cancels `study/1.2/thumbnails`. What may take long (series, pictures, imports) has
threads of its own, so that a save or a signature never waits behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event, Lock
from time import monotonic
from typing import Generic, TypeVar

import structlog
from PySide6.QtCore import QObject, Qt, Signal

from app.domain.errors import Error
from app.ui.pool import Pool

T = TypeVar("T")
QUICK_THREADS = 6
LONG_THREADS = 8
CLOSE_S = 3.0
log = structlog.get_logger()


class Task(Generic[T]):
    """One run; work asks `cancelled()` now and then, and tells how far it is by `report()`."""

    def __init__(self, key: str, send: Callable[["Task[T]"], None]) -> None:
        self.key = key
        self.error: Exception | None = None
        self.result: T | None = None
        self._send = send
        self._cancelled = Event()
        self._stopping = Event()
        self._over = Event()
        self._progress: list[object] = []
        self._lock = Lock()

    def cancelled(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Drop the answer; the work ends when it next asks."""
        self._cancelled.set()

    def stop(self) -> None:
        """Ask the work to end early and still answer with what it has."""
        self._stopping.set()

    def stopping(self) -> bool:
        """Whether the work should end early."""
        return self._stopping.is_set() or self._cancelled.is_set()

    def over(self) -> bool:
        """Whether the work has come to its end."""
        return self._over.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait at most `seconds` for the end of the work; whether it has ended."""
        return self._over.wait(seconds)

    def report(self, value: object) -> None:
        """Hand `value` to the progress callback; several before it runs come as the last one."""
        with self._lock:
            waiting = bool(self._progress)
            self._progress = [value]
        if not waiting:
            self._send(self)

    def taken_progress(self) -> list[object]:
        """The last reported value, once; empty when there is no new one."""
        with self._lock:
            taken, self._progress = self._progress, []
        return taken

    def execute(self, work: Callable[["Task[T]"], T]) -> None:
        """Run `work` here, in a thread of the pool."""
        if self.cancelled():
            self._over.set()
            return
        try:
            self.result = work(self)
        except Exception as error:
            self.error = error
            if not isinstance(error, Error):
                log.exception("task-failed", key=self.key)
        self._over.set()
        self._send(self)


@dataclass(frozen=True, slots=True)
class _Callbacks:
    done: Callable
    failed: Callable[[Exception], None]
    progress: Callable[[object], None] | None


class _Gate:
    """Lets threads emit a signal until it is shut: emitting for an object that is gone crashes."""

    def __init__(self, emit: Callable[[object], None]) -> None:
        self._emit = emit
        self._lock = Lock()
        self._is_shut = False

    def send(self, value: object) -> None:
        """Emit, in any thread; nothing once the gate is shut."""
        with self._lock:
            if not self._is_shut:
                self._emit(value)

    def shut(self) -> None:
        """Let nothing through any more; whatever is on its way is through when this returns."""
        with self._lock:
            self._is_shut = True


class Tasks(QObject):
    """Runs work in threads for one desktop, which closes it before it goes."""

    failed = Signal(object)
    """An exception nobody else wanted: the window shows its text."""
    _news = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._quick = Pool("task", QUICK_THREADS)
        self._long = Pool("long-task", LONG_THREADS)
        self._running: dict[str, tuple[Task, _Callbacks]] = {}
        self._news.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._gate = _Gate(self._news.emit)

    def run(
        self,
        key: str,
        work: Callable[[Task[T]], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        progress: Callable[[object], None] | None = None,
        *,
        long: bool = False,
    ) -> Task[T]:
        """Run `work(task)` in a thread; `done(result)`, `failed(error)`, `progress(value)` here.

        `long` is for what moves many pixels or may wait for something else that does.
        """
        self._drop(key)
        task: Task[T] = Task(key, self._gate.send)
        self._running[key] = (task, _Callbacks(done, failed or self.failed.emit, progress))
        (self._long if long else self._quick).submit(partial(task.execute, work))
        return task

    def cancel(self, key: str) -> None:
        """Cancel the run of `key` and those below it; no callback of theirs comes any more."""
        for name in [name for name in self._running if name == key or name.startswith(f"{key}/")]:
            self._drop(name)

    def running(self, key: str) -> bool:
        """Whether a run of `key` is not over."""
        return key in self._running

    def close(self, seconds: float = CLOSE_S) -> bool:
        """Cancel everything; whether all threads ended within `seconds`.

        One that hangs (in a read of a lost server, say) is left behind and ends with the program.
        """
        for key in list(self._running):
            self._drop(key)
        self._gate.shut()
        pools, until = (self._quick, self._long), monotonic() + seconds
        for pool in pools:
            pool.stop()
        ended = [pool.join(until) for pool in pools]
        return all(ended)

    def _drop(self, key: str) -> None:
        if key in self._running:
            self._running.pop(key)[0].cancel()

    def _deliver(self, task: Task) -> None:
        current, callbacks = self._running.get(task.key, (None, None))
        if current is not task or callbacks is None or task.cancelled():
            return
        over = task.over()
        for value in task.taken_progress():
            if callbacks.progress is not None:
                callbacks.progress(value)
        if not over or task.cancelled():
            return
        del self._running[task.key]
        if task.error is not None:
            callbacks.failed(task.error)
        else:
            callbacks.done(task.result)
