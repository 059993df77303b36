"""A modality performed procedure step: what it must say, and what may change (PS3.4 F.7.2).

Attributes of type 2 that a modality leaves out are taken as empty, because many do. What may not be
changed by N-SET stays as it was said first.
"""

import io
from datetime import datetime

from pydicom import Dataset, dcmread
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import UID

from app.dicom.values import join, parse_date, parse_time
from app.domain.errors import InvalidError
from app.domain.orders import PerformedStatus, PerformedStep

CHARACTER_SET = "ISO_IR 192"
NEEDED = (
    "PerformedProcedureStepID",
    "PerformedStationAETitle",
    "PerformedProcedureStepStartDate",
    "PerformedProcedureStepStartTime",
    "PerformedProcedureStepStatus",
    "Modality",
    "ScheduledStepAttributesSequence",
)
"""Type 1 of N-CREATE (PS3.4 table F.7.2-1)."""
EXPECTED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "ReferencedPatientSequence",
    "PerformedStationName",
    "PerformedLocation",
    "PerformedProcedureStepDescription",
    "PerformedProcedureTypeDescription",
    "ProcedureCodeSequence",
    "PerformedProcedureStepEndDate",
    "PerformedProcedureStepEndTime",
    "StudyID",
    "PerformedProtocolCodeSequence",
    "PerformedSeriesSequence",
)
"""Type 2 of N-CREATE."""
FINAL = ("PerformedProcedureStepEndDate", "PerformedProcedureStepEndTime")
UNCHANGEABLE = frozenset(
    {
        *NEEDED,
        "PatientName",
        "PatientID",
        "IssuerOfPatientID",
        "OtherPatientIDsSequence",
        "PatientBirthDate",
        "PatientSex",
        "ReferencedPatientSequence",
        "PerformedStationName",
        "PerformedLocation",
        "StudyID",
    }
) - {"PerformedProcedureStepStatus"}
MOMENTS = {
    "PerformedProcedureStepStartDate": parse_date,
    "PerformedProcedureStepEndDate": parse_date,
    "PerformedProcedureStepStartTime": parse_time,
    "PerformedProcedureStepEndTime": parse_time,
}
MAX_ITEMS = 1000


class MissingAttributeError(InvalidError):
    """An attribute that must be there is not, or, where it is, `has_attribute` without a value."""

    def __init__(self, keyword: str, *, has_attribute: bool = False) -> None:
        super().__init__(keyword)
        self.has_attribute = has_attribute


def created(ds: Dataset) -> Dataset:
    """What is kept of an N-CREATE. Raises MissingAttributeError, and InvalidError for a value."""
    for keyword in NEEDED:
        _require(ds, keyword)
    for item in ds.ScheduledStepAttributesSequence:
        _require(item, "StudyInstanceUID")
    if ds.PerformedProcedureStepStatus != PerformedStatus.IN_PROGRESS:
        raise InvalidError("PerformedProcedureStepStatus")
    kept = Dataset()
    kept.update(ds)
    for keyword in EXPECTED:
        if keyword not in kept:
            setattr(kept, keyword, [] if keyword.endswith("Sequence") else None)
    _check(kept)
    return kept


def modified(before: Dataset, changes: Dataset) -> Dataset:
    """What is kept after an N-SET on a step in progress. Raises as `created`."""
    after = Dataset()
    after.update(before)
    after.update(
        {each.tag: each for each in changes if each.keyword not in UNCHANGEABLE and each.keyword}
    )
    _require(after, "PerformedProcedureStepStatus")
    _check(after)
    status = PerformedStatus(after.PerformedProcedureStepStatus)
    if status is not PerformedStatus.IN_PROGRESS:
        for keyword in FINAL:
            _require(after, keyword)
    if status is PerformedStatus.COMPLETED:
        _require(after, "PerformedSeriesSequence")
    return after


def told(ds: Dataset, sop_instance_uid: str, at: datetime) -> PerformedStep:
    """What orders want to know of a step that was kept `at` that moment."""
    items = ds.ScheduledStepAttributesSequence
    return PerformedStep(
        sop_instance_uid=sop_instance_uid,
        status=PerformedStatus(ds.PerformedProcedureStepStatus),
        station_ae_title=str(ds.PerformedStationAETitle),
        modality=str(ds.Modality),
        study_uids=tuple(dict.fromkeys(str(item.StudyInstanceUID) for item in items)),
        started_at=_moment(ds, "Start"),
        ended_at=_moment(ds, "End"),
        updated_at=at,
    )


def images_of(ds: Dataset) -> dict[str, str]:
    """The SOP class of each object that the step names, by SOP instance UID."""
    return {uid: kind for named in images_by_series(ds).values() for uid, kind in named.items()}


def images_by_series(ds: Dataset) -> dict[str, dict[str, str]]:
    """The same for each series that the step names, by its UID."""
    found: dict[str, dict[str, str]] = {}
    for series in ds.get("PerformedSeriesSequence") or ():
        named = found.setdefault(str(series.get("SeriesInstanceUID") or ""), {})
        for keyword in (
            "ReferencedImageSequence",
            "ReferencedNonImageCompositeSOPInstanceSequence",
        ):
            for item in series.get(keyword) or ():
                uid = str(item.get("ReferencedSOPInstanceUID") or "")
                named[uid] = str(item.get("ReferencedSOPClassUID") or "")
        named.pop("", None)
    return found


def to_bytes(ds: Dataset) -> bytes:
    """The data set in explicit VR little endian and UTF-8, as it is kept."""
    ds.SpecificCharacterSet = CHARACTER_SET
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    write_dataset(buffer, ds)
    return buffer.getvalue()


def from_bytes(data: bytes) -> Dataset:
    """What `to_bytes` wrote."""
    return dcmread(io.BytesIO(data), force=True)


def _require(ds: Dataset, keyword: str) -> None:
    if keyword not in ds:
        raise MissingAttributeError(keyword)
    if not ds[keyword].value:
        raise MissingAttributeError(keyword, has_attribute=True)


def _check(ds: Dataset) -> None:
    for keyword, parse in MOMENTS.items():
        text = str(ds.get(keyword) or "")
        if text and parse(text) is None:
            raise InvalidError(keyword)
    if ds.PerformedProcedureStepStatus not in set(PerformedStatus):
        raise InvalidError("PerformedProcedureStepStatus")
    items = ds.ScheduledStepAttributesSequence
    if len(items) > MAX_ITEMS:
        raise InvalidError("ScheduledStepAttributesSequence")
    for item in items:
        if not UID(str(item.StudyInstanceUID)).is_valid:
            raise InvalidError("StudyInstanceUID")
    for series in ds.get("PerformedSeriesSequence") or ():
        _require(series, "SeriesInstanceUID")


def _moment(ds: Dataset, which: str) -> datetime | None:
    day = str(ds.get(f"PerformedProcedureStep{which}Date") or "")
    time = str(ds.get(f"PerformedProcedureStep{which}Time") or "")
    return join(parse_date(day), parse_time(time))
