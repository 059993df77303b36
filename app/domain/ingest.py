"""What comes in through the one door, and how it was answered."""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from app.domain.errors import Error


class SourceKind(StrEnum):
    """The way an object reached us."""

    C_STORE = "c-store"
    IMPORT = "import"
    REPORT = "report"
    STOW = "stow"
    WADO = "wado"
    """Retrieved from a node's DICOMweb."""


OF_NODES = frozenset({SourceKind.C_STORE, SourceKind.WADO})
"""Where the name of a source is the AE title of a node."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an object comes from: the AE title or account name, and the peer's address.

    `character_set` is how its unlabelled texts are read, as `RemoteNode` has it; `called` is the AE
    title of ours that it was sent to. `announced` are the SOP class and instance UID that the
    sender gives beside the object, each empty where it gives none.
    """

    kind: SourceKind
    name: str
    address: str = ""
    character_set: str = ""
    called: str = ""
    announced: tuple[str, str] = ("", "")

    def require_announced(self, sop_class_uid: str, sop_instance_uid: str) -> None:
        """Raise RefusedObjectError unless that is the object that was announced."""
        for said, found in zip(self.announced, (sop_class_uid, sop_instance_uid), strict=True):
            if said and said != found:
                raise RefusedObjectError(RefusalReason.NOT_ANNOUNCED)


@dataclass(frozen=True, slots=True)
class Particulars:
    """What queries ask of an object beyond what the worklist and the viewer show.

    `requests` holds (ScheduledProcedureStepID, RequestedProcedureID) of each item of
    RequestAttributesSequence. Numbers are None where the object has none.
    """

    dicom_study_id: str = ""
    series_date: date | None = None
    series_time: time | None = None
    station_name: str = ""
    protocol_name: str = ""
    manufacturer: str = ""
    model_name: str = ""
    performed_date: date | None = None
    performed_time: time | None = None
    requests: tuple[tuple[str, str], ...] = ()
    content_date: date | None = None
    content_time: time | None = None
    frame_count: int | None = None
    rows: int | None = None
    columns: int | None = None
    bits_allocated: int | None = None


class StoreOutcome(StrEnum):
    """How a stored object was received; a conflict keeps the first object."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class StoreResult:
    """The answer for one object; `is_coerced` says that rules changed attributes of it."""

    sop_instance_uid: str
    outcome: StoreOutcome
    study_uid: str = ""
    series_uid: str = ""
    sop_class_uid: str = ""
    is_coerced: bool = False


class RefusalReason(StrEnum):
    """Why an object can't be kept."""

    NOT_DICOM = "not-dicom"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    MISSING_UID = "missing-uid"
    BAD_UID = "bad-uid"
    NO_SOP_CLASS = "no-sop-class"
    NOT_ANNOUNCED = "not-announced"
    TRANSFER_SYNTAX = "transfer-syntax"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    DIRECTORY = "directory"
    ENCRYPTED_ARCHIVE = "encrypted-archive"
    UNREADABLE = "unreadable"


class RefusedObjectError(Error):
    """The object is not kept; `reason` says why in one stable word."""

    code = "refused-object"

    def __init__(self, reason: RefusalReason, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
