"""The queue of jobs, for people: what waits, runs, has failed and why."""

from collections.abc import Callable
from datetime import datetime

from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.errors import ConflictError, NotFoundError
from app.domain.jobs import Job, JobState
from app.server.core import audit
from app.server.core.audit import Action
from app.server.store import changes
from app.server.store import jobs as rows
from app.server.store.engine import Connection, Database

MOST = 500


class Jobs:
    """The use cases of the queue."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def newest(
        self, actor: Actor, state: JobState | None = None, kind: str = ""
    ) -> tuple[Job, ...]:
        """The newest jobs, at most MOST, in `state` and of `kind` when they are named."""
        actor.require(Permission.JOB_READ)
        with self._database.read() as connection:
            return rows.newest(connection, state, MOST, kind=kind)

    def replay(self, actor: Actor, job_id: int) -> Job:
        """Queue a job anew, or let one that waits begin now.

        Raises NotFoundError, and ConflictError for one that runs or is done.
        """
        return self._move(actor, job_id, Action.JOB_REPLAYED, rows.replay)

    def cancel(self, actor: Actor, job_id: int) -> Job:
        """Take a job out of the queue; one that runs stops soon.

        Raises NotFoundError, and ConflictError for one that has ended.
        """
        return self._move(actor, job_id, Action.JOB_CANCELLED, rows.cancel)

    def _move(
        self,
        actor: Actor,
        job_id: int,
        action: Action,
        move: Callable[[Connection, int, datetime], bool],
    ) -> Job:
        actor.require(Permission.JOB_WRITE)
        now = self._clock()
        with self._database.write() as connection:
            is_moved = move(connection, job_id, now)
            job = rows.get(connection, job_id)
            if job is None:
                raise NotFoundError("no such job")
            if not is_moved:
                raise ConflictError(f"the job is {job.state}")
            audit.record(connection, actor.name, action, at=now, subject=str(job_id))
            changes.append(connection, ChangeKind.JOBS_CHANGED, [""], now)
        return job
