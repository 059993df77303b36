"""Studies and series as the worklist and the study page show them."""

from dataclasses import dataclass
from datetime import date, datetime, time

from app.domain.report import ReportState


@dataclass(frozen=True, slots=True)
class StudySummary:
    """One row of the worklist.

    `patient_name` keeps the DICOM PN form (`Иванов^Иван`); `display_name` is for people.
    """

    study_uid: str
    patient_name: str = ""
    patient_id: str = ""
    birth_date: date | None = None
    sex: str = ""
    study_date: date | None = None
    study_time: time | None = None
    accession_number: str = ""
    description: str = ""
    modalities: tuple[str, ...] = ()
    referring_physician: str = ""
    institution: str = ""
    series_count: int = 0
    instance_count: int = 0
    received_at: datetime | None = None
    report_state: ReportState | None = None
    character_set: str = ""
    """The one in which a person chose to read its texts; empty: as its objects declare."""


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """One series; `image_count` counts objects with pixels, `instance_count` all of them.

    It `is_complete` when nothing came to it for a while.
    """

    series_uid: str
    study_uid: str
    number: int | None = None
    modality: str = ""
    description: str = ""
    body_part: str = ""
    laterality: str = ""
    instance_count: int = 0
    image_count: int = 0
    frame_of_reference_uid: str = ""
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class Study:
    """A study with its series, in series number order."""

    summary: StudySummary
    series: tuple[SeriesSummary, ...] = ()


def display_name(patient_name: str) -> str:
    """The first filled component group of a DICOM PN, family name first, no carets.

    `Иванов^Иван^Петрович` becomes `Иванов Иван Петрович` (PS3.5 6.2.1.1).
    """
    for group in patient_name.split("="):
        text = " ".join(part for part in group.replace("^", " ").split() if part)
        if text:
            return text
    return ""


@dataclass(frozen=True, slots=True)
class WorklistQuery:
    """What the worklist asks for; `text` is free words, all of which must occur.

    Not `with_total`, the matches are counted only where that costs nothing.
    """

    text: str = ""
    study_uid: str = ""
    limit: int = 200
    offset: int = 0
    with_total: bool = True


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """One page of rows, newest first; `change` is the feed's number.

    `total` counts all matches, or those known of where it `is_least`.
    """

    rows: tuple[StudySummary, ...]
    total: int
    change: int
    is_least: bool = False
