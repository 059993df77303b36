"""What the worklist of another system is asked, and its answers as orders (PS3.4 K.6).

Texts that an order could not hold are made to fit; the numbers by which others know it are not.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from pydicom import Dataset
from pydicom.uid import UID

from app.dicom.keys import text_of
from app.dicom.values import parse_date, parse_time
from app.domain.errors import InvalidError
from app.domain.orders import (
    Code,
    ForeignOrder,
    OrderContent,
    OrderedPatient,
    OrderStatus,
    Priority,
    RequestedProcedure,
    ScheduledStep,
    Sex,
)

ASKED = (
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientWeight",
    "MedicalAlerts",
    "Allergies",
    "PregnancyStatus",
    "SpecialNeeds",
    "PatientState",
    "ConfidentialityConstraintOnPatientDataDescription",
    "AdmissionID",
    "CurrentPatientLocation",
    "AccessionNumber",
    "RequestedProcedureID",
    "RequestedProcedureDescription",
    "RequestedProcedurePriority",
    "ReasonForTheRequestedProcedure",
    "RequestedProcedureComments",
    "PatientTransportArrangements",
    "RequestingPhysician",
    "ReferringPhysicianName",
    "StudyInstanceUID",
)
ASKED_OF_STEP = (
    "ScheduledStationAETitle",
    "ScheduledStationName",
    "ScheduledProcedureStepLocation",
    "ScheduledProcedureStepStartTime",
    "Modality",
    "ScheduledPerformingPhysicianName",
    "ScheduledProcedureStepDescription",
    "PreMedication",
    "RequestedContrastAgent",
    "ScheduledProcedureStepID",
    "ScheduledProcedureStepStatus",
)
DEPARTED = "departed"
"""A term of (0040,0020) that orders of ours do not have: the patient has gone."""
LONGEST_STEP_ID = 16
LONGEST_MEANING = 64
LONGEST_CODE = 16


def identifier(first: date, last: date) -> Dataset:
    """Asks for everything of the steps that begin from the first day to the last."""
    ds, step = Dataset(), Dataset()
    for keyword in ASKED:
        setattr(ds, keyword, None)
    for keyword in ASKED_OF_STEP:
        setattr(step, keyword, None)
    step.ScheduledProcedureStepStartDate = f"{first:%Y%m%d}-{last:%Y%m%d}"
    ds.RequestedProcedureCodeSequence = [_asked_code()]
    step.ScheduledProtocolCodeSequence = [_asked_code()]
    ds.ScheduledProcedureStepSequence = [step]
    return ds


def foreign_order(ds: Dataset, asking: str) -> ForeignOrder:
    """The order that an answer to `asking`, an AE title, tells of.

    Some name who asks where a step has no station. Raises InvalidError naming what it can't be
    known by: the study, the step, or its day.
    """
    step = next(iter(_items(ds, "ScheduledProcedureStepSequence")), Dataset())
    study_uid, step_id = _text(ds, "StudyInstanceUID"), _text(step, "ScheduledProcedureStepID")
    day = parse_date(_text(step, "ScheduledProcedureStepStartDate"))
    if not UID(study_uid).is_valid:
        raise InvalidError("study_uid")
    if not 0 < len(step_id) <= LONGEST_STEP_ID:
        raise InvalidError("step_id")
    if day is None:
        raise InvalidError("step.starts_at")
    moment = parse_time(_text(step, "ScheduledProcedureStepStartTime")) or time()
    starts_at = datetime.combine(day, moment.replace(microsecond=0))
    content = OrderContent(_patient(ds), _procedure(ds, step), _step(step, starts_at, asking))
    return ForeignOrder(study_uid, step_id, _status(step), content)


def _patient(ds: Dataset) -> OrderedPatient:
    sex, pregnancy = _text(ds, "PatientSex"), _text(ds, "PregnancyStatus")
    return OrderedPatient(
        name=_name(ds, "PatientName"),
        patient_id=_text(ds, "PatientID"),
        issuer_of_patient_id=_text(ds, "IssuerOfPatientID"),
        birth_date=parse_date(_text(ds, "PatientBirthDate")),
        sex=Sex(sex) if sex in set(Sex) else Sex.UNKNOWN,
        weight_kg=_weight(ds),
        medical_alerts=_text(ds, "MedicalAlerts"),
        allergies=_text(ds, "Allergies"),
        pregnancy_status=int(pregnancy) if pregnancy in {"1", "2", "3", "4"} else None,
        special_needs=_text(ds, "SpecialNeeds"),
        state=_text(ds, "PatientState"),
        confidentiality=_text(ds, "ConfidentialityConstraintOnPatientDataDescription"),
        admission_id=_text(ds, "AdmissionID"),
        location=_text(ds, "CurrentPatientLocation"),
    )


def _procedure(ds: Dataset, step: Dataset) -> RequestedProcedure:
    """Many say what is to be done only of the step, or only by a code."""
    codes = _codes(ds, "RequestedProcedureCodeSequence")
    described = (
        _text(ds, "RequestedProcedureDescription"),
        _text(step, "ScheduledProcedureStepDescription"),
        *(code.meaning for code in codes),
        _text(step, "Modality"),
    )
    priority = _text(ds, "RequestedProcedurePriority").lower()
    return RequestedProcedure(
        description=next(filter(None, described), ""),
        accession_number=_text(ds, "AccessionNumber"),
        procedure_id=_text(ds, "RequestedProcedureID"),
        codes=codes,
        reason=_text(ds, "ReasonForTheRequestedProcedure"),
        comments="\n".join(_lines(ds, "RequestedProcedureComments")),
        priority=Priority(priority) if priority in set(Priority) else Priority.ROUTINE,
        transport=_text(ds, "PatientTransportArrangements"),
        requesting_physician=_name(ds, "RequestingPhysician"),
        referring_physician=_name(ds, "ReferringPhysicianName"),
    )


def _step(step: Dataset, starts_at: datetime, asking: str) -> ScheduledStep:
    stations = _values(step, "ScheduledStationAETitle")
    has_one = len(stations) == 1 and stations != [asking]
    return ScheduledStep(
        modality=_text(step, "Modality"),
        starts_at=starts_at,
        station_ae_title=stations[0] if has_one else "",  # of several any of the modality
        station_name=_text(step, "ScheduledStationName"),
        location=_text(step, "ScheduledProcedureStepLocation"),
        description=_text(step, "ScheduledProcedureStepDescription"),
        performing_physician=_name(step, "ScheduledPerformingPhysicianName"),
        protocol_codes=_codes(step, "ScheduledProtocolCodeSequence"),
        pre_medication=_text(step, "PreMedication"),
        contrast_agent=_text(step, "RequestedContrastAgent"),
    )


def _status(step: Dataset) -> OrderStatus:
    """Where the other system says it stands; what is on a worklist without a word is scheduled."""
    said = _text(step, "ScheduledProcedureStepStatus").lower()
    if said == DEPARTED:
        return OrderStatus.COMPLETED
    return OrderStatus(said) if said in set(OrderStatus) else OrderStatus.SCHEDULED


def _asked_code() -> Dataset:
    item = Dataset()
    for keyword in (
        "CodeValue",
        "CodingSchemeDesignator",
        "CodingSchemeVersion",
        "CodeMeaning",
    ):
        setattr(item, keyword, None)
    return item


def _codes(ds: Dataset, keyword: str) -> tuple[Code, ...]:
    """Those that a scanner can choose by; codes too long for their old place are left out."""
    codes = (
        Code(
            value=_text(item, "CodeValue"),
            scheme=_text(item, "CodingSchemeDesignator"),
            meaning=_text(item, "CodeMeaning")[:LONGEST_MEANING],
            scheme_version=_text(item, "CodingSchemeVersion")[:LONGEST_CODE],
        )
        for item in _items(ds, keyword)
    )
    return tuple(
        code
        for code in codes
        if 0 < len(code.value) <= LONGEST_CODE
        and 0 < len(code.scheme) <= LONGEST_CODE
        and code.meaning
    )


def _weight(ds: Dataset) -> float | None:
    try:
        weight_kg = float(_text(ds, "PatientWeight"))
    except ValueError:
        return None
    return weight_kg if 0 < weight_kg < 1000 else None


def _items(ds: Dataset, keyword: str) -> Sequence[Dataset]:
    element = ds.data_element(keyword) if keyword in ds else None
    return element.value if element is not None and element.VR == "SQ" else ()


def _name(ds: Dataset, keyword: str) -> str:
    return next(iter(_values(ds, keyword)), "").rstrip("^= ")


def _text(ds: Dataset, keyword: str) -> str:
    """Several values are one text, as orders have it."""
    return ", ".join(_values(ds, keyword))


def _values(ds: Dataset, keyword: str) -> list[str]:
    return _printable(_raw(ds, keyword).split("\\"))


def _lines(ds: Dataset, keyword: str) -> list[str]:
    return _printable(_raw(ds, keyword).splitlines())


def _raw(ds: Dataset, keyword: str) -> str:
    element = ds.data_element(keyword) if keyword in ds else None
    return text_of(element) if element is not None else ""


def _printable(texts: Iterable[str]) -> list[str]:
    """Those that say something, control characters as spaces."""
    said = ("".join(one if one.isprintable() else " " for one in each).strip() for each in texts)
    return [text for text in said if text]
