"""What can be asked of the archive: the attributes of queries, and a query (PS3.4 C.6.1).

One table for C-FIND and QIDO-RS: what is matched, what is returned, and at which level it is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Level(StrEnum):
    """The levels of the information model, by the values of QueryRetrieveLevel (0008,0052)."""

    PATIENT = "PATIENT"
    STUDY = "STUDY"
    SERIES = "SERIES"
    IMAGE = "IMAGE"

    @property
    def depth(self) -> int:
        """0 for the patient, 3 for the image."""
        return LEVELS.index(self)


LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute that answers can hold and, unless `is_counted`, queries can match.

    `level` is the highest at which it is known. `sequence` is the tag of the sequence whose items
    hold it, 0 for the data set itself. A counted one is made when asked for: any key is universal.
    """

    tag: int
    keyword: str
    vr: str
    level: Level
    is_multiple: bool = False
    sequence: int = 0
    is_counted: bool = False


def _counted(tag: int, keyword: str, level: Level) -> Attribute:
    return Attribute(tag, keyword, "IS", level, is_counted=True)


REQUEST_ATTRIBUTES = 0x00400275
"""RequestAttributesSequence: the keys of its items stand beside the others, by their own tags."""

ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(0x00100010, "PatientName", "PN", Level.PATIENT),
    Attribute(0x00100020, "PatientID", "LO", Level.PATIENT),
    Attribute(0x00100021, "IssuerOfPatientID", "LO", Level.PATIENT),
    Attribute(0x00100030, "PatientBirthDate", "DA", Level.PATIENT),
    Attribute(0x00100040, "PatientSex", "CS", Level.PATIENT),
    _counted(0x00201200, "NumberOfPatientRelatedStudies", Level.PATIENT),
    _counted(0x00201202, "NumberOfPatientRelatedSeries", Level.PATIENT),
    _counted(0x00201204, "NumberOfPatientRelatedInstances", Level.PATIENT),
    Attribute(0x0020000D, "StudyInstanceUID", "UI", Level.STUDY),
    Attribute(0x00080020, "StudyDate", "DA", Level.STUDY),
    Attribute(0x00080030, "StudyTime", "TM", Level.STUDY),
    Attribute(0x00080050, "AccessionNumber", "SH", Level.STUDY),
    Attribute(0x00200010, "StudyID", "SH", Level.STUDY),
    Attribute(0x00081030, "StudyDescription", "LO", Level.STUDY),
    Attribute(0x00080090, "ReferringPhysicianName", "PN", Level.STUDY),
    Attribute(0x00080080, "InstitutionName", "LO", Level.STUDY),
    Attribute(0x00080061, "ModalitiesInStudy", "CS", Level.STUDY, is_multiple=True),
    Attribute(0x00080062, "SOPClassesInStudy", "UI", Level.STUDY, is_multiple=True),
    _counted(0x00201206, "NumberOfStudyRelatedSeries", Level.STUDY),
    _counted(0x00201208, "NumberOfStudyRelatedInstances", Level.STUDY),
    Attribute(0x0020000E, "SeriesInstanceUID", "UI", Level.SERIES),
    Attribute(0x00080060, "Modality", "CS", Level.SERIES),
    Attribute(0x00200011, "SeriesNumber", "IS", Level.SERIES),
    Attribute(0x0008103E, "SeriesDescription", "LO", Level.SERIES),
    Attribute(0x00080021, "SeriesDate", "DA", Level.SERIES),
    Attribute(0x00080031, "SeriesTime", "TM", Level.SERIES),
    Attribute(0x00180015, "BodyPartExamined", "CS", Level.SERIES),
    Attribute(0x00200060, "Laterality", "CS", Level.SERIES),
    Attribute(0x00181030, "ProtocolName", "LO", Level.SERIES),
    Attribute(0x00081010, "StationName", "SH", Level.SERIES),
    Attribute(0x00080070, "Manufacturer", "LO", Level.SERIES),
    Attribute(0x00081090, "ManufacturerModelName", "LO", Level.SERIES),
    Attribute(0x00200052, "FrameOfReferenceUID", "UI", Level.SERIES),
    Attribute(0x00400244, "PerformedProcedureStepStartDate", "DA", Level.SERIES),
    Attribute(0x00400245, "PerformedProcedureStepStartTime", "TM", Level.SERIES),
    Attribute(
        0x00400009, "ScheduledProcedureStepID", "SH", Level.SERIES, sequence=REQUEST_ATTRIBUTES
    ),
    Attribute(0x00401001, "RequestedProcedureID", "SH", Level.SERIES, sequence=REQUEST_ATTRIBUTES),
    _counted(0x00201209, "NumberOfSeriesRelatedInstances", Level.SERIES),
    Attribute(0x00080018, "SOPInstanceUID", "UI", Level.IMAGE),
    Attribute(0x00080016, "SOPClassUID", "UI", Level.IMAGE),
    Attribute(0x00083002, "AvailableTransferSyntaxUID", "UI", Level.IMAGE, is_multiple=True),
    Attribute(0x00200013, "InstanceNumber", "IS", Level.IMAGE),
    Attribute(0x00080023, "ContentDate", "DA", Level.IMAGE),
    Attribute(0x00080033, "ContentTime", "TM", Level.IMAGE),
    Attribute(0x00280008, "NumberOfFrames", "IS", Level.IMAGE),
    Attribute(0x00280010, "Rows", "US", Level.IMAGE),
    Attribute(0x00280011, "Columns", "US", Level.IMAGE),
    Attribute(0x00280100, "BitsAllocated", "US", Level.IMAGE),
)
BY_TAG: Mapping[int, Attribute] = MappingProxyType({each.tag: each for each in ATTRIBUTES})

UNIQUE_KEYS: Mapping[Level, int] = MappingProxyType(
    {
        Level.PATIENT: 0x00100020,
        Level.STUDY: 0x0020000D,
        Level.SERIES: 0x0020000E,
        Level.IMAGE: 0x00080018,
    }
)

Match = Mapping[int, tuple[str, ...]]
"""One answer: values by tag in DICOM's text form, none for an attribute without a value.

It holds the attributes that were asked for and the unique keys of its level and those above. The
attributes of a sequence's items are parallel: the n-th value of each belongs to the n-th item. It
can be hashed.
"""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for: entities of `level` that match every key, newest study first.

    `keys` holds matching text as DICOM writes it (decoded) by tag: an empty one only asks for the
    value. Keys that ATTRIBUTES lacks, or that are known only below `level`, count for nothing.
    `is_fuzzy` finds a name when each typed word begins one of its words, in any order.
    `is_combined_datetime` takes the ranges of StudyDate and StudyTime as one range of moments.
    """

    level: Level
    keys: Mapping[int, str]
    limit: int | None = None
    offset: int = 0
    is_fuzzy: bool = False
    is_combined_datetime: bool = False
