"""Retrieves studies from remote archives: what is missing, by C-GET, else by C-MOVE to ourselves.

Each attempt asks the archive what it has and fetches what is not here, so that a retrieval that was
cut off goes on where it was.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from app.domain.access import Actor, Permission
from app.domain.archives import ArchiveProblem
from app.domain.errors import UnavailableError
from app.domain.ingest import Source, SourceKind
from app.domain.jobs import Job
from app.server.core import archives
from app.server.core.archives import KIND
from app.server.dimse import archive, storage
from app.server.dimse.archive import Fetch
from app.server.dimse.requestor import Objects, Peer
from app.server.dimse.service import Door
from app.server.dimse.status import Status
from app.server.jobs.outbox import HopelessError, Outbox, Retry, Stop, StoppedError
from app.server.store.engine import Database
from app.server.store.spool import Spool

RETRY = Retry(first=timedelta(seconds=10), most=timedelta(minutes=15))
LOOK_S = 0.5
"""So often it is looked whether somebody cancelled."""


@dataclass(frozen=True, slots=True)
class Retrieving:
    """Does the jobs in the name of `calling`; `peer_of` tells where a node is."""

    database: Database
    door: Door
    spool: Spool
    max_object_size: int
    peer_of: Callable[[str], Peer | None]
    calling: str

    def serve(self, outbox: Outbox) -> None:
        """Let `outbox` do them."""
        outbox.handle(KIND, self._retrieve, RETRY)

    def _retrieve(self, job: Job, stop: Stop) -> None:
        peer = self.peer_of(job.payload["ae_title"])
        if peer is None:
            raise HopelessError(f"{ArchiveProblem.FAILED}: the archive has no address")
        is_stopped = _Looking(stop, partial(archives.is_under_way, self.database, job.id))
        fetch = Fetch(peer, self.calling, job.subject, is_stopped)
        try:
            left = self._fetch(job, fetch)
        except UnavailableError as error:
            raise UnavailableError(f"{archive.problem_of(error)}: {error.detail}") from error
        if left:
            raise UnavailableError(f"{ArchiveProblem.INCOMPLETE}: {left} images have not come")

    def _fetch(self, job: Job, fetch: Fetch) -> int:
        """How many objects have not come."""
        there = archive.series_of(fetch)
        _go_on(fetch)
        count = sum(map(len, there.values()))
        if not count:
            raise HopelessError(f"{ArchiveProblem.FAILED}: the archive has no such study")
        archives.expect(self.database, job, count)
        if missing := self._missing(there, fetch):
            try:
                archive.get(fetch, there, missing, self._objects(fetch))
            except UnavailableError as error:
                if not archive.can_go_another_way(error):
                    raise
            _go_on(fetch)
        if missing := self._missing(there, fetch):
            archive.move(fetch, there, missing)
            _go_on(fetch)
            missing = self._missing(there, fetch)
        return sum(map(len, missing.values()))

    def _missing(self, there: Mapping[str, Mapping[str, str]], fetch: Fetch) -> archive.Series:
        kept = archives.kept_of(self.database, fetch.study_uid)
        missing = {
            series_uid: {uid: each for uid, each in objects.items() if uid not in kept}
            for series_uid, objects in there.items()
        }
        return {series_uid: objects for series_uid, objects in missing.items() if objects}

    def _objects(self, fetch: Fetch) -> Objects:
        title, host = fetch.peer.ae_title, fetch.peer.host
        actor = Actor(title, frozenset({Permission.STUDY_IMPORT}))
        source = Source(SourceKind.C_STORE, title, host, fetch.peer.character_set, self.calling)

        def take(content: bytes | Path) -> int:
            if fetch.is_stopped():  # so that it ends soon
                return Status.OUT_OF_RESOURCES
            return storage.put(self.door, actor, source, content).status

        return Objects(self.spool, self.max_object_size, take)


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


def _go_on(fetch: Fetch) -> None:
    if fetch.is_stopped():
        raise StoppedError
