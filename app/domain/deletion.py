"""Deleting studies and series: one asks, another confirms, and for 30 days it can be undone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.study import StudySummary

KEPT_FOR = timedelta(days=30)
MAX_REASON = 500
"""Characters."""


class DeletionState(StrEnum):
    """How far a deletion is; what was withdrawn, restored or purged is in the audit trail alone."""

    REQUESTED = "requested"
    DELETED = "deleted"
    """Nobody finds it any more; its objects are kept until `purge_at`."""


@dataclass(frozen=True, slots=True)
class DeletionRequest:
    """What is to be deleted, and why: a study, or one series of it."""

    study_uid: str
    reason: str
    series_uid: str = ""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deletion; `study` is as it was when somebody asked, `object_count` what was deleted."""

    id: str
    study_uid: str
    series_uid: str
    reason: str
    state: DeletionState
    requested_by: str
    requested_at: datetime
    study: StudySummary
    confirmed_by: str = ""
    deleted_at: datetime | None = None
    purge_at: datetime | None = None
    object_count: int = 0
