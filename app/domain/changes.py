"""The numbered change feed: appended in the transaction that makes the change."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChangeKind(StrEnum):
    """What happened, in the past tense; an order's study is the one it will have.

    What is not about a study has an empty UID.
    """

    DELETION_CHANGED = "deletion-changed"
    """Asked for, deleted, restored, withdrawn or purged."""
    DISK_LEVEL_CHANGED = "disk-level-changed"
    JOBS_CHANGED = "jobs-changed"
    """One was given up, or a person queued, replayed or cancelled one."""
    OBJECT_DAMAGED = "object-damaged"
    OBJECT_MENDED = "object-mended"
    STUDY_REREAD = "study-reread"
    """Somebody chose the character set of its texts."""
    STUDY_STORED = "study-stored"
    SERIES_COMPLETED = "series-completed"
    """Nothing came to a series for a while; its study says which are complete."""
    QUARANTINE_CHANGED = "quarantine-changed"
    ORDER_CREATED = "order-created"
    ORDER_CHANGED = "order-changed"
    REPORT_DRAFTED = "report-drafted"
    REPORT_SIGNED = "report-signed"


@dataclass(frozen=True, slots=True)
class Change:
    """One entry; numbers rise without meaning in their gaps."""

    number: int
    kind: ChangeKind
    study_uid: str
    at: datetime
