"""What an order may say: every text must fit its DICOM element (PS3.5 6.2) on every scanner."""

import re
from dataclasses import fields, replace
from typing import Any, TypeVar

from app.domain.errors import InvalidError
from app.domain.orders import (
    Code,
    Order,
    OrderContent,
    OrderedPatient,
    RequestedProcedure,
    ScheduledStep,
)

Part = TypeVar("Part", OrderedPatient, RequestedProcedure, ScheduledStep)

CODE_STRING = re.compile(r"[A-Z0-9_ ]{1,16}")
AE_TITLE = re.compile(r"[\x20-\x5b\x5d-\x7e]{0,16}")
MAX_NAME_GROUP = 64
MAX_NAME_GROUPS = 3
MAX_CODES = 20
MAX_WEIGHT_KG = 1000
PREGNANCY_STATUSES = {None, 1, 2, 3, 4}
LONGEST = {
    "patient_id": 64,
    "issuer_of_patient_id": 64,
    "medical_alerts": 64,
    "allergies": 64,
    "special_needs": 64,
    "state": 64,
    "confidentiality": 64,
    "admission_id": 64,
    "location": 64,
    "description": 64,
    "accession_number": 16,
    "procedure_id": 16,
    "reason": 64,
    "comments": 1024,
    "transport": 64,
    "station_name": 16,
    "pre_medication": 64,
    "contrast_agent": 64,
}
"""Characters of LO (64), SH (16) and LT (as many as old scanners bear)."""
NUMBERS = frozenset({"patient_id", "accession_number", "procedure_id", "admission_id"})
SHORTER = {("step", "location"): 16}
NAMES = ("requesting_physician", "referring_physician", "performing_physician")
NEEDED = (("patient", "name"), ("patient", "patient_id"), ("procedure", "description"))


def checked(content: OrderContent) -> OrderContent:
    """`content` with its texts trimmed. Raises InvalidError naming the field, never its value."""
    trimmed = OrderContent(
        patient=_trimmed(content.patient, "patient"),
        procedure=_trimmed(content.procedure, "procedure"),
        step=_trimmed(content.step, "step"),
    )
    for part, name in NEEDED:
        if not getattr(getattr(trimmed, part), name):
            raise InvalidError(f"{part}.{name}")
    _check_patient(trimmed.patient)
    _check_codes("procedure.codes", trimmed.procedure.codes)
    _check_codes("step.protocol_codes", trimmed.step.protocol_codes)
    step = trimmed.step
    if not CODE_STRING.fullmatch(step.modality):
        raise InvalidError("step.modality")
    if not AE_TITLE.fullmatch(step.station_ae_title):
        raise InvalidError("step.station_ae_title")
    if step.starts_at.tzinfo is not None:
        raise InvalidError("step.starts_at has a zone")
    starts_at = step.starts_at.replace(microsecond=0)
    return replace(trimmed, step=replace(step, starts_at=starts_at))


def fitted(content: OrderContent) -> OrderContent:
    """`content` with what people only read cut to what scanners bear; numbers and names stay."""
    return OrderContent(
        patient=_cut(content.patient, "patient"),
        procedure=_cut(content.procedure, "procedure"),
        step=_cut(content.step, "step"),
    )


def numbered(content: OrderContent, order: Order) -> OrderContent:
    """`content` with the numbers that `order` has already where it leaves them empty."""
    procedure, before = content.procedure, order.content.procedure
    return replace(
        content,
        procedure=replace(
            procedure,
            accession_number=procedure.accession_number or before.accession_number,
            procedure_id=procedure.procedure_id or before.procedure_id,
        ),
    )


def _cut(part: Part, place: str) -> Part:
    given = {name: getattr(part, name) for name in LONGEST.keys() - NUMBERS if hasattr(part, name)}
    texts: dict[str, Any] = {
        name: text[: _longest(place, name)].strip() for name, text in given.items()
    }
    return replace(part, **texts)


def _longest(place: str, name: str) -> int:
    return SHORTER.get((place, name), LONGEST.get(name, MAX_NAME_GROUP))


def _trimmed(part: Part, place: str) -> Part:
    given = {field.name: getattr(part, field.name) for field in fields(part)}
    texts: dict[str, Any] = {
        name: value.strip() for name, value in given.items() if type(value) is str
    }
    for name, text in texts.items():
        _check_text(place, name, text)
    return replace(part, **texts)


def _check_text(place: str, name: str, text: str) -> None:
    allowed = "\r\n" if name == "comments" else ""
    if "\\" in text or any(not (one.isprintable() or one in allowed) for one in text):
        raise InvalidError(f"{place}.{name}")
    if name in NAMES or name == "name":
        groups = text.split("=")
        if len(groups) > MAX_NAME_GROUPS or any(len(one) > MAX_NAME_GROUP for one in groups):
            raise InvalidError(f"{place}.{name}")
    elif len(text) > _longest(place, name):
        raise InvalidError(f"{place}.{name}")


def _check_patient(patient: OrderedPatient) -> None:
    if patient.weight_kg is not None and not 0 < patient.weight_kg < MAX_WEIGHT_KG:
        raise InvalidError("patient.weight_kg")
    if patient.pregnancy_status not in PREGNANCY_STATUSES:
        raise InvalidError("patient.pregnancy_status")


def _check_codes(place: str, codes: tuple[Code, ...]) -> None:
    if len(codes) > MAX_CODES:
        raise InvalidError(place)
    for code in codes:
        for text, longest in (
            (code.value, 16),
            (code.scheme, 16),
            (code.meaning, 64),
            (code.scheme_version or "-", 16),
        ):
            if not 0 < len(text) <= longest or "\\" in text or not text.isprintable():
                raise InvalidError(place)
