"""Jobs: work that is done later and survives a crash, in a queue that people can see."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LOST = "lost"
"""What the reason of a job begins with that failed because servers ended while they did it."""


class JobState(StrEnum):
    """Where a job is on its way."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It was given up; it can be replayed."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """One job; `reason` says why the last attempt failed.

    `subject` is what it is about, mostly a study's UID; `payload` is what its kind needs to know,
    without patient data, and as `ae_title` the node that it calls.
    """

    id: int
    kind: str
    subject: str
    payload: dict[str, str]
    state: JobState
    attempts: int
    created_at: datetime
    not_before: datetime
    reason: str = ""
    finished_at: datetime | None = None

    @property
    def node(self) -> str:
        """The AE title of the node that it calls, empty for none."""
        return self.payload.get("ae_title", "")
