"""A pool of threads that never keeps the program from ending."""

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic


class Pool:
    """At most `most` daemon threads, begun when they are needed; jobs start in order."""

    def __init__(self, name: str, most: int) -> None:
        self._name, self._most = name, most
        self._jobs: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._lock = Lock()
        self._closed = False

    def submit(self, job: Callable[[], object]) -> None:
        """Run `job`, which may not raise, in a thread; not at all once the pool is closed."""
        with self._lock:
            if self._closed:
                return
            self._jobs.put(job)
            if len(self._threads) < self._most:
                name = f"{self._name}-{len(self._threads)}"
                thread = Thread(target=self._work, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()

    def stop(self) -> None:
        """Drop the jobs that have not begun; a thread ends when its job does."""
        with self._lock:
            self._closed = True
            with suppress(Empty):
                while True:
                    self._jobs.get_nowait()
            for _ in self._threads:
                self._jobs.put(None)

    def join(self, until: float) -> bool:
        """Wait for the threads of a stopped pool, at most until the monotonic time `until`."""
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            del job
