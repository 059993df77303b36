"""Retrieves studies from remote archives: what is missing, by DICOM or DICOMweb.

Each attempt asks the archive what it has and fetches what is not here, so that a retrieval that was
cut off goes on where it was. It ends when only what is refused here is missing, or when attempt
after attempt brings nothing although the archive calls it done.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from app.domain.archives import ArchiveProblem
from app.domain.errors import UnavailableError
from app.domain.jobs import Job
from app.server.core import archives
from app.server.core.archives import KIND
from app.server.dimse.archive import Series
from app.server.jobs.outbox import HopelessError, Outbox, Retry, Stop, StoppedError
from app.server.jobs.ways import Way
from app.server.store.engine import Database

RETRY = Retry(first=timedelta(seconds=10), most=timedelta(minutes=15))
MOST_FRUITLESS = 5
"""Attempts on end after which what did not come is not asked for again."""
LOOK_S = 0.5
"""So often it is looked whether somebody cancelled."""

WayOf = Callable[[str, str, Stop], Way | None]
"""How a study comes from the archive of an AE title; None for one without an address."""


@dataclass(frozen=True, slots=True)
class Retrieving:
    """Does the jobs of retrieval."""

    database: Database
    way_of: WayOf

    def serve(self, outbox: Outbox) -> None:
        """Let `outbox` do them."""
        outbox.handle(KIND, self._retrieve, RETRY)

    def _retrieve(self, job: Job, stop: Stop) -> None:
        is_stopped = _Looking(stop, partial(archives.is_under_way, self.database, job.id))
        way = self.way_of(job.payload["ae_title"], job.subject, is_stopped)
        if way is None:
            raise HopelessError(f"{ArchiveProblem.FAILED}: the archive has no address")
        try:
            left = self._fetch(job, way, is_stopped)
        except UnavailableError as error:
            raise UnavailableError(f"{way.problem_of(error)}: {error.detail}") from error
        if left:
            raise UnavailableError(_incomplete(left))

    def _fetch(self, job: Job, way: Way, is_stopped: Stop) -> int:
        """How many objects have not come."""
        there = way.series()
        _go_on(is_stopped)
        count = _count(there)
        if not count:
            raise HopelessError(f"{ArchiveProblem.FAILED}: the archive has no such study")
        fruitless = archives.fruitless_of(job)
        archives.expect(self.database, job, count, fruitless)
        missing = self._missing(job.subject, there)
        before = left = _count(missing)
        for attempt in way.attempts:
            if missing:
                refused = attempt(there, missing)
                _go_on(is_stopped)
                missing = self._missing(job.subject, there)
                left = _count(missing)
                if 0 < left <= refused:
                    raise HopelessError(f"{ArchiveProblem.REFUSED}: {left} images are not kept")
        fruitless = fruitless + 1 if left == before else 0
        archives.expect(self.database, job, count, fruitless)
        if left and fruitless >= MOST_FRUITLESS:
            raise HopelessError(_incomplete(left))
        return left

    def _missing(self, study_uid: str, there: Series) -> Series:
        kept = archives.kept_of(self.database, study_uid)
        missing = {
            series_uid: {uid: each for uid, each in objects.items() if uid not in kept}
            for series_uid, objects in there.items()
        }
        return {series_uid: objects for series_uid, objects in missing.items() if objects}


def _count(series: Series) -> int:
    return sum(map(len, series.values()))


def _incomplete(left: int) -> str:
    return f"{ArchiveProblem.INCOMPLETE}: {left} images have not come"


class _Looking:
    """Whether to stop: asked at every object, it looks into the database at times only."""

    def __init__(self, stop: Stop, is_wanted: Callable[[], bool]) -> None:
        self._stop = stop
        self._is_wanted = is_wanted
        self._is_stopped = False
        self._next = 0.0

    def __call__(self) -> bool:
        if time.monotonic() >= self._next and not self._is_stopped:
            self._next = time.monotonic() + LOOK_S
            self._is_stopped = not self._is_wanted()
        return self._is_stopped or self._stop()


def _go_on(is_stopped: Stop) -> None:
    if is_stopped():
        raise StoppedError
