"""Importing files, folders and ZIP archives: several uploads at once, each answered by itself."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from app.client.candidates import Candidate, find
from app.client.server import Server
from app.domain.errors import UnavailableError
from app.domain.ingest import RefusalReason, RefusedObjectError, StoreOutcome, StoreResult

UPLOADS_AT_ONCE = 4
PROGRESS_EVERY_S = 0.05
PATIENCE_S = 30
"""How long a server that does not answer is waited for: a killed one is back in seconds."""
ASK_AGAIN_S = 0.5


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is: files looked at, of all that were found, stored and refused ones."""

    done: int
    total: int
    stored: int
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was not taken, and why."""

    name: str
    reason: RefusalReason


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What came of an import; `ignored` files do not look like DICOM."""

    stored: int
    duplicates: int
    conflicts: int
    ignored: int
    refusals: tuple[Refusal, ...]
    studies: tuple[str, ...]
    cancelled: bool


def import_paths(
    server: Server,
    paths: Sequence[Path],
    progress: Callable[[ImportProgress], None],
    cancelled: Callable[[], bool],
) -> ImportSummary:
    """Store every DICOM object under `paths`; safe to repeat and to break off.

    `progress` is called now and then from threads of the import, one call at a time. Raises what
    keeps the server from taking anything more: StorageFullError, ForbiddenError,
    UnauthenticatedError, or UnavailableError when it stays away.
    """
    with contextlib.ExitStack() as archives:
        found = find(paths, archives, cancelled)
        run = _Run(server, found.candidates, progress, cancelled)
        run.refusals = [Refusal(name, reason) for name, reason in found.refused]
        with ThreadPoolExecutor(UPLOADS_AT_ONCE, thread_name_prefix="import") as pool:
            for worker in [pool.submit(run.work) for _ in range(UPLOADS_AT_ONCE)]:
                worker.result()
    return run.summary()


class _Run:
    """One import: its workers take the next candidate until none is left."""

    def __init__(
        self,
        server: Server,
        candidates: list[Candidate],
        progress: Callable[[ImportProgress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self.refusals: list[Refusal] = []
        self._server = server
        self._waiting: Iterator[Candidate] = iter(candidates)
        self._total = len(candidates)
        self._progress = progress
        self._cancelled = cancelled
        self._lock = threading.Lock()
        self._has_failed = False
        self._was_cancelled = False
        self._done = 0
        self._ignored = 0
        self._outcomes = dict.fromkeys(StoreOutcome, 0)
        self._studies: dict[str, None] = {}
        self._told_at = 0.0

    def work(self) -> None:
        """Take candidates to the end. Raises what ends the whole import."""
        try:
            while candidate := self._next():
                self._take(candidate)
        except BaseException:
            self._has_failed = True
            raise

    def summary(self) -> ImportSummary:
        """What came of it."""
        return ImportSummary(
            stored=self._outcomes[StoreOutcome.STORED],
            duplicates=self._outcomes[StoreOutcome.DUPLICATE],
            conflicts=self._outcomes[StoreOutcome.CONFLICT],
            ignored=self._ignored,
            refusals=tuple(sorted(self.refusals, key=lambda refusal: refusal.name)),
            studies=tuple(self._studies),
            cancelled=self._was_cancelled,
        )

    def _next(self) -> Candidate | None:
        with self._lock:
            self._was_cancelled = self._was_cancelled or self._cancelled()
            if self._was_cancelled or self._has_failed:
                return None
            return next(self._waiting, None)

    def _take(self, candidate: Candidate) -> None:
        result, reason = None, None
        try:
            with candidate.opened() as content:
                if content is not None:
                    result = self._stored(content)
        except RefusedObjectError as error:
            reason = error.reason
        with self._lock:
            self._count(candidate, result, reason)
            self._tell()

    def _stored(self, content: bytes | Path) -> StoreResult | None:
        """The server's answer; None when the import is cancelled while the server is away."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._server.store_object(content)
            except UnavailableError:
                if time.monotonic() > deadline or self._has_failed:
                    raise
            if self._cancelled():
                return None
            time.sleep(ASK_AGAIN_S)

    def _count(
        self, candidate: Candidate, result: StoreResult | None, reason: RefusalReason | None
    ) -> None:
        self._done += 1
        if result:
            self._outcomes[result.outcome] += 1
            if result.outcome is not StoreOutcome.CONFLICT:  # of a clash nothing is listed
                self._studies[result.study_uid] = None
        elif reason is None or (reason is RefusalReason.DIRECTORY and not candidate.chosen):
            self._ignored += 1
        else:
            self.refusals.append(Refusal(candidate.name, reason))

    def _tell(self) -> None:
        now = time.monotonic()
        if self._done == self._total or now - self._told_at >= PROGRESS_EVERY_S:
            self._told_at = now
            stored = self._outcomes[StoreOutcome.STORED]
            refused = len(self.refusals)
            self._progress(ImportProgress(self._done, self._total, stored, refused))
