"""How the objects of a STOW-RS request were received (PS3.18 10.5.3, 10.5.1.1.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import orjson

from app.dicom.dicom_json import Model, attribute
from app.domain.errors import Error, ForbiddenError, InvalidError, StorageFullError
from app.domain.ingest import RefusalReason, RefusedObjectError, StoreOutcome, StoreResult

STORED, IN_PART, NONE_STORED = 200, 202, 409
"""With warnings it is 202 too, though everything was stored (PS3.18 table 10.5.3-1)."""
COERCED = 0xB000
"""The WarningReason of an object in which attributes were changed (PS3.18 table I.2-2)."""


class FailureReason(IntEnum):
    """Why an object was not stored (PS3.4 B.2.3, PS3.7 C)."""

    PROCESSING_FAILURE = 0x0110
    DUPLICATE_INSTANCE = 0x0111
    NOT_AUTHORIZED = 0x0124
    OUT_OF_RESOURCES = 0xA700
    DATA_SET_MISMATCH = 0xA900
    CANNOT_UNDERSTAND = 0xC000
    TRANSFER_SYNTAX = 0xC122


_REFUSALS = {
    RefusalReason.TOO_LARGE: FailureReason.OUT_OF_RESOURCES,
    RefusalReason.TRANSFER_SYNTAX: FailureReason.TRANSFER_SYNTAX,
    RefusalReason.MISSING_UID: FailureReason.DATA_SET_MISMATCH,
    RefusalReason.BAD_UID: FailureReason.DATA_SET_MISMATCH,
    RefusalReason.NO_SOP_CLASS: FailureReason.DATA_SET_MISMATCH,
}


class OtherStudyError(InvalidError):
    """The object belongs to another study than the one it was sent to."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object; its UIDs may be unknown when it failed."""

    sop_class_uid: str
    sop_instance_uid: str
    series_uid: str = ""
    study_uid: str = ""
    failure: FailureReason | None = None
    is_coerced: bool = False

    @classmethod
    def of(cls, result: StoreResult) -> "Outcome":
        """What the archive answered."""
        is_conflict = result.outcome is StoreOutcome.CONFLICT
        return cls(
            result.sop_class_uid,
            result.sop_instance_uid,
            result.series_uid,
            result.study_uid,
            FailureReason.DUPLICATE_INSTANCE if is_conflict else None,
            result.is_coerced,
        )

    @classmethod
    def failed(cls, identity: tuple[str, str], error: Error) -> "Outcome":
        """Why the object that claims to be `identity` (SOP class, instance) was not stored."""
        return cls(*identity, failure=_reason(error))


def _reason(error: Error) -> FailureReason:
    if isinstance(error, RefusedObjectError):
        return _REFUSALS.get(error.reason, FailureReason.CANNOT_UNDERSTAND)
    if isinstance(error, StorageFullError):
        return FailureReason.OUT_OF_RESOURCES
    if isinstance(error, ForbiddenError):
        return FailureReason.NOT_AUTHORIZED
    if isinstance(error, OtherStudyError):
        return FailureReason.DATA_SET_MISMATCH
    if isinstance(error, InvalidError):
        return FailureReason.CANNOT_UNDERSTAND
    return FailureReason.PROCESSING_FAILURE


def store_answer(outcomes: Sequence[Outcome], studies_url: str) -> tuple[int, bytes]:
    """(the HTTP status, the Store Instances Response Module as DICOM JSON)."""
    stored = [each for each in outcomes if each.failure is None]
    named = [each for each in outcomes if each.failure is not None and each.sop_instance_uid]
    others = [each for each in outcomes if each.failure is not None and not each.sop_instance_uid]
    model: Model = {}
    studies = {each.study_uid for each in stored}
    if len(studies) == 1:
        model["00081190"] = attribute("UR", [f"{studies_url}/{studies.pop()}"])
    for tag, items in (
        ("00081198", [{**_referenced(each), **_failure(each)} for each in named]),
        ("00081199", [_stored(each, studies_url) for each in stored]),
        ("0008119A", [_failure(each) for each in others]),
    ):
        if items:
            model[tag] = {"vr": "SQ", "Value": items}
    is_as_sent = len(stored) == len(outcomes) and not any(each.is_coerced for each in stored)
    status = IN_PART if stored else NONE_STORED
    return STORED if is_as_sent else status, orjson.dumps(model)


def _referenced(outcome: Outcome) -> Model:
    return {
        "00081150": attribute("UI", [outcome.sop_class_uid]),
        "00081155": attribute("UI", [outcome.sop_instance_uid]),
    }


def _failure(outcome: Outcome) -> Model:
    return {"00081197": attribute("US", [str(int(outcome.failure or 0))])}


def _stored(outcome: Outcome, studies_url: str) -> Model:
    url = (
        f"{studies_url}/{outcome.study_uid}/series/{outcome.series_uid}"
        f"/instances/{outcome.sop_instance_uid}"
    )
    stored = {**_referenced(outcome), "00081190": attribute("UR", [url])}
    if outcome.is_coerced:
        stored["00081196"] = attribute("US", [str(COERCED)])
    return stored
