"""Objects that were put aside: kept, but not part of any study."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.ingest import SourceKind
from app.domain.study import SeriesSummary, StudySummary


class QuarantineReason(StrEnum):
    """Why an object is not with the others."""

    CONTENT = "content"
    """Its UID is known with other content."""
    SERIES = "series"
    """Another study has its series."""
    PATIENT = "patient"
    """Its study is another patient's, by ID and name both."""
    REPLACED = "replaced"
    """Another object of its UID was accepted in its place."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One object that was put aside; `study_uid` and `series_uid` are those it says itself.

    `character_set` is how its unlabelled texts are read, as `RemoteNode` has it; `source_called` is
    the AE title of ours that it was sent to.
    """

    id: str
    sop_instance_uid: str
    series_uid: str
    study_uid: str
    reason: QuarantineReason
    size: int
    source_kind: SourceKind
    source_name: str
    received_at: datetime
    character_set: str = ""
    source_called: str = ""


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    """One page of what was put aside, newest first; `total` counts everything."""

    objects: tuple[Quarantined, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class QuarantinedDetails:
    """What an object that was put aside says, beside what the archive has.

    `kept` is the study that the archive has under its UID. `differences` names the elements, by
    keyword or by tag, that differ from the object of its UID that the archive has.
    """

    object: Quarantined
    study: StudySummary
    series: SeriesSummary
    kept: StudySummary | None = None
    differences: tuple[str, ...] = ()
