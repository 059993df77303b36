"""Storage commitment (PS3.4 J): what one asks another to be sure of before it deletes."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

UNCONFIRMED = "unconfirmed"
"""What the reason of a job begins with that waits for a node's report."""


class FailureReason(IntEnum):
    """Why an instance is not committed, as (0008,1197) has it."""

    PROCESSING_FAILURE = 0x0110
    NO_SUCH_INSTANCE = 0x0112
    CLASS_CONFLICT = 0x0119


@dataclass(frozen=True, slots=True)
class Reference:
    """An instance that is asked for."""

    sop_class_uid: str
    sop_instance_uid: str


@dataclass(frozen=True, slots=True)
class Commitment:
    """A request of `ae_title`, which called us `called_ae_title`."""

    number: int
    transaction_uid: str
    ae_title: str
    called_ae_title: str
    references: tuple[Reference, ...]
    requested_at: datetime
    is_reported: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What is truly there, and what is not and why."""

    committed: tuple[Reference, ...]
    failed: tuple[tuple[Reference, FailureReason], ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a node reports that we asked: SOP Instance UIDs, with the reason where it failed."""

    transaction_uid: str
    committed: tuple[str, ...]
    failed: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """An object that a node was sent and does not keep, by its `failure` (0008,1197)."""

    sop_instance_uid: str
    series_uid: str
    failure: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What a node was sent: what it has said nothing of yet, and what it does not keep."""

    waiting: tuple[Reference, ...] = ()
    failed: tuple[Sent, ...] = ()
