"""A thread that renders: for each key the newest request wins, and the older is told to stop."""

import atexit
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import structlog

Picture = TypeVar("Picture")
Superseded = Callable[[], bool]
"""Asked inside a long job: true when its answer is no longer wanted."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Request(Generic[Picture]):
    number: int
    job: Callable[[Superseded], Picture | None]
    done: Callable[[Picture], None]
    failed: Callable[[Exception], None]


class RenderWorker:
    """One thread with one pending request for each key.

    `done` and `failed` are called in the worker's thread; a job that returns None, or that was
    superseded meanwhile, is answered by nobody. Whatever is still open when the process ends is
    closed then: VTK must not render while its libraries are taken down.
    """

    _open: ClassVar["weakref.WeakSet[RenderWorker]"] = weakref.WeakSet()

    def __init__(self, name: str) -> None:
        self._lock = threading.Condition()
        self._pending: dict[str, _Request] = {}
        self._newest: dict[str, int] = {}
        self._number = 0
        self._closing = False
        self._last: Callable[[], None] | None = None
        self._open.add(self)
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(
        self,
        key: str,
        job: Callable[[Superseded], Picture | None],
        done: Callable[[Picture], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Queue `job`; a pending one with the same key is dropped, a running one superseded."""
        with self._lock:
            if self._closing:
                return
            self._number += 1
            self._newest[key] = self._number
            self._pending[key] = _Request(self._number, job, done, failed)
            self._lock.notify()

    def cancel(self, key: str) -> None:
        """Drop what is pending under `key` and supersede what runs."""
        with self._lock:
            self._number += 1
            self._newest[key] = self._number
            self._pending.pop(key, None)

    def close(self, last: Callable[[], None] | None = None) -> None:
        """Drop what is pending and run `last` in the worker's thread, which then ends.

        It does not wait: VTK can't be stopped while it prepares a volume. `join` does.
        """
        with self._lock:
            if self._closing:
                return
            self._closing = True
            self._pending.clear()
            self._last = last
            self._lock.notify()

    def join(self, timeout_s: float) -> bool:
        """Wait for a closed worker's thread; whether it ended in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @classmethod
    def close_all(cls, timeout_s: float = 10.0) -> bool:
        """Close what is open and wait for every thread; whether all ended in time."""
        workers = list(cls._open)
        for worker in workers:
            worker.close()
        return all(worker.join(timeout_s) for worker in workers)

    def _work(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._pending or self._closing)
                if self._closing:
                    break
                key = next(iter(self._pending))
                request = self._pending.pop(key)
            self._run(key, request)
            del request
        if self._last is not None:
            self._last()

    def _run(self, key: str, request: _Request) -> None:
        def superseded() -> bool:
            return self._closing or self._newest[key] != request.number

        try:
            picture = request.job(superseded)
        except Exception as error:  # noqa: BLE001 - the thread's edge: it logs and lives on
            log.warning("render-failed", key=key, error=type(error).__name__)
            if not superseded():
                request.failed(error)
            return
        if picture is not None and not superseded():
            request.done(picture)


atexit.register(RenderWorker.close_all)
