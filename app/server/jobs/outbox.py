"""The workers of the outbox: a fixed number of threads that bring durable jobs to their end.

A job is done at least once: a server that dies gives its jobs back when their leases run out, and
what a job did before must be safe to do again. What fails is tried again, later each time.

Nobody takes all threads: jobs that call one node have a share of them, jobs of one kind that call
none have the same, and some threads are never for nodes, however many of those hang.
"""

import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from app.domain.archives import ArchiveProblem, told_apart
from app.domain.changes import ChangeKind
from app.domain.errors import Error
from app.domain.jobs import LOST, Job
from app.server.store import changes
from app.server.store import jobs as rows
from app.server.store.engine import Database
from app.server.store.jobs import Room

THREADS = 12
FOR_NODES = 8
"""So many threads may call nodes at a time: the others look after the archive itself."""
SHARE = 2
"""So many jobs of one node, or of one kind that calls none, run at a time."""
REST = timedelta(seconds=20)
"""So long a server calls a node no more that could not be reached or fell silent: its jobs wait
where they are. Less than the first wait for another attempt."""
AWAY = frozenset(
    {
        ArchiveProblem.UNREACHABLE,
        ArchiveProblem.NOT_TRUSTED,
        ArchiveProblem.SILENT,
    }
)
MOST_LOST = 5
"""A job after which so many servers on end did not come back is given up: it may be the cause."""
LEASE = timedelta(seconds=60)
RENEW_S = 15.0
POLL_S = 0.5
STOP_S = 30.0
KEEP_FINISHED = timedelta(days=7)
CLEAN_EVERY = timedelta(hours=1)
MAX_REASON = 500

log = structlog.get_logger()

T = TypeVar("T")
Stop = Callable[[], bool]
Handler = Callable[[Job, Stop], None]
"""Does a job. It looks at times whether it shall stop, and raises StoppedError then."""


class HopelessError(Error):
    """A job that no further attempt can bring to an end; `detail` says why."""

    code = "hopeless"


class LaterError(Error):
    """A job has done what it could and waits for somebody else, `wait` long; `detail` says why."""

    code = "later"

    def __init__(self, wait: timedelta, detail: str) -> None:
        super().__init__(detail)
        self.wait = wait


class StoppedError(Error):
    """A job was told to stop before its end; it goes back into the queue."""

    code = "stopped"


@dataclass(frozen=True, slots=True)
class Retry:
    """When a kind is tried again: `first` after a failure, twice as long each time, up to `most`.

    After `give_up_after` it has failed.
    """

    first: timedelta = timedelta(seconds=30)
    most: timedelta = timedelta(hours=1)
    give_up_after: timedelta = timedelta(hours=24)

    def delay(self, attempts: int, jitter: float) -> timedelta:
        """The wait after so many attempts; `jitter` from 0 to 1 spreads it over a half more."""
        doubled: timedelta = self.first * 2 ** min(max(attempts - 1, 0), 20)
        return min(doubled, self.most) * (1 + jitter / 2)


@dataclass(slots=True)
class _Running:
    """A job in the hands of one thread."""

    job: Job
    lease: str
    is_lost: bool = False


class Outbox:
    """Runs jobs of the kinds that have a handler; `clock` tells the time in UTC."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        *,
        threads: int = THREADS,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._clock = clock
        self._jitter = jitter
        self._handlers: dict[str, tuple[Handler, Retry]] = {}
        self._held: dict[str, _Running] = {}
        self._rests: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._looking = threading.Lock()  # one idle thread looks for all
        self._is_stopped = threading.Event()
        self._cleaned_at: datetime | None = None
        self._threads = [
            threading.Thread(target=self._work, name=f"outbox-{number}", daemon=True)
            for number in range(threads)
        ]
        self._threads.append(threading.Thread(target=self._keep, name="outbox-keeper", daemon=True))

    def handle(self, kind: str, handler: Handler, retry: Retry = Retry()) -> None:
        """Let `handler` do the jobs of a kind; before `start`."""
        self._handlers[kind] = (handler, retry)

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Tell the jobs that run to stop and wait for them; they go on with the next start."""
        self._is_stopped.set()
        deadline = time.monotonic() + STOP_S
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(deadline - time.monotonic(), 0))

    def run_one(self) -> bool:
        """Do the job that is due longest; False when none is."""
        claimed = self._claim()
        if claimed is None:
            return False
        self._run(claimed)
        return True

    def _run(self, running: _Running) -> None:
        try:
            self._do(running.job, running)
        finally:
            with self._lock:
                del self._held[running.lease]

    def keep_leases(self) -> None:
        """Renew the leases of the jobs that run, and drop old ones that are finished."""
        with self._lock:
            held = list(self._held.values())
        now = self._clock()
        for running in held:
            with self._database.write() as connection:
                running.is_lost = not rows.renew(connection, running.lease, now + LEASE)
        if self._cleaned_at is None or now - self._cleaned_at > CLEAN_EVERY:
            self._cleaned_at = now
            with self._database.write() as connection:
                rows.forget_finished(connection, now - KEEP_FINISHED)

    def _claim(self) -> _Running | None:
        now, lease = self._clock(), secrets.token_hex(16)
        room = self._room(now)
        with self._database.read() as connection:
            if not rows.is_any_due(connection, room, now):
                return None
        with self._database.write() as connection:
            lost = rows.fail_lost(connection, now, MOST_LOST, f"{LOST}: {MOST_LOST} times")
            if lost:
                changes.append(connection, ChangeKind.JOBS_CHANGED, [""], now)
            job = rows.claim(connection, room, lease, now, now + LEASE)
        if lost:
            log.warning("jobs-lost", count=lost)
        if job is None:
            return None
        running = _Running(job, lease)
        with self._lock:
            self._held[lease] = running
        return running

    def _room(self, now: datetime) -> Room:
        with self._lock:
            held = [running.job for running in self._held.values()]
            resting = {node for node, until in self._rests.items() if now < until}
        nodes = Counter(job.node for job in held if job.node)
        kinds = Counter(job.kind for job in held if not job.node)
        return Room(
            kinds=tuple(kind for kind in self._handlers if kinds[kind] < SHARE),
            without=resting | {node for node, count in nodes.items() if count >= SHARE},
            for_nodes=nodes.total() < FOR_NODES,
        )

    def _do(self, job: Job, running: _Running) -> None:
        handler, retry = self._handlers[job.kind]
        try:
            handler(job, lambda: running.is_lost or self._is_stopped.is_set())
        except StoppedError:
            with self._database.write() as connection:
                now = self._clock()
                rows.give_back(connection, running.lease, now, job.reason, is_counted=False)
        except HopelessError as error:
            self._fail(job, running, error.detail)
        except LaterError as error:
            self._try_again(job, running, retry, error.detail, error.wait)
        except (Error, OSError) as error:
            self._try_again(job, running, retry, str(error))
        except Exception as error:  # the outermost edge: one job must not end the others
            log.exception("job-crashed", kind=job.kind, job=job.id)
            self._try_again(job, running, retry, type(error).__name__)
        else:
            with self._database.write() as connection:
                rows.done(connection, running.lease, self._clock())

    def _try_again(
        self,
        job: Job,
        running: _Running,
        retry: Retry,
        reason: str,
        wait: timedelta | None = None,
    ) -> None:
        now, attempts = self._clock(), job.attempts + 1
        if job.node and told_apart(reason)[0] in AWAY:
            with self._lock:
                self._rests[job.node] = now + REST
        with self._database.write() as connection:
            since = rows.tried_since(connection, job.id) or now
            if now - since < retry.give_up_after:
                later = now + (wait or retry.delay(attempts, self._jitter()))
                rows.give_back(
                    connection, running.lease, later, reason[:MAX_REASON], is_counted=True
                )
                log.info("job-waits", kind=job.kind, job=job.id, attempts=attempts, reason=reason)
                return
        self._fail(job, running, reason)

    def _fail(self, job: Job, running: _Running, reason: str) -> None:
        log.warning("job-failed", kind=job.kind, job=job.id, reason=reason)
        with self._database.write() as connection:
            now = self._clock()
            if rows.fail(connection, running.lease, now, reason[:MAX_REASON]):
                changes.append(connection, ChangeKind.JOBS_CHANGED, [""], now)

    def _work(self) -> None:
        while not self._is_stopped.is_set():
            with self._looking:
                if self._is_stopped.is_set():
                    return
                claimed = self._attempted(self._claim)
                if claimed is None:
                    self._is_stopped.wait(POLL_S)
                    continue
            self._attempted(partial(self._run, claimed))

    def _keep(self) -> None:
        while not self._is_stopped.wait(RENEW_S):
            self._attempted(self.keep_leases)

    def _attempted(self, step: Callable[[], T]) -> T | None:
        """What `step` answers, None when it failed: the database may be away for a while."""
        try:
            return step()
        except Error as error:
            log.warning("outbox-waits", reason=error.code)
        except Exception:  # the outermost edge: the thread has to live
            log.exception("outbox-failed")
        return None
