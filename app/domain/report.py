"""The report: headings and text, key images and measurements, and its state machine."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ReportState(StrEnum):
    """A signed version never changes; an amendment is a new draft version."""

    DRAFT = "draft"
    SIGNED = "signed"


class Heading(StrEnum):
    """The sections of a report, in the order they are written and printed."""

    INDICATION = "indication"
    TECHNIQUE = "technique"
    FINDINGS = "findings"
    IMPRESSION = "impression"


@dataclass(frozen=True, slots=True)
class KeyImage:
    """A picture put into the report: where it comes from and the id of its stored PNG."""

    image_id: str
    sop_instance_uid: str
    frame: int = 0
    caption: str = ""


@dataclass(frozen=True, slots=True)
class MeasurementLine:
    """A measurement as it stands in the report, with the calibration it rests on."""

    label: str
    value: float
    unit: str
    calibration: str
    sop_instance_uid: str = ""
    frame: int = 0


@dataclass(frozen=True, slots=True)
class ReportContent:
    """What the doctor writes; immutable, so that a save is one value."""

    language: str
    template: str = ""
    sections: dict[Heading, str] = field(default_factory=dict)
    key_images: tuple[KeyImage, ...] = ()
    measurements: tuple[MeasurementLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One version of a study's report.

    `revision` rises with every save of a draft: a save that names an older one is refused.
    """

    report_id: str
    study_uid: str
    version: int
    revision: int
    state: ReportState
    content: ReportContent
    author: str
    updated_at: datetime
    signed_by: str = ""
    signed_at: datetime | None = None
    pdf_sop_instance_uid: str = ""


@dataclass(frozen=True, slots=True)
class Clinic:
    """The header of the PDF, from settings."""

    name: str = ""
    address: str = ""
    phone: str = ""
