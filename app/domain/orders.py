"""Orders: what is scheduled for whom, where and when, as the modality worklist tells it.

An order is one scheduled procedure step of one requested procedure (PS3.4 K.6, PS3.3 C.4.10 to
C.4.13). Dates and times are the clinic's own; names keep the DICOM PN form (`Иванов^Иван`).
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class OrderStatus(StrEnum):
    """Where an order stands; in upper case the first four are terms of (0040,0020)."""

    SCHEDULED = "scheduled"
    ARRIVED = "arrived"
    READY = "ready"
    STARTED = "started"
    COMPLETED = "completed"
    DISCONTINUED = "discontinued"
    CANCELLED = "cancelled"


WAITING = frozenset({OrderStatus.SCHEDULED, OrderStatus.ARRIVED, OrderStatus.READY})
"""Nothing was performed yet: people may still change or cancel the order."""
ON_WORKLIST = WAITING | {OrderStatus.STARTED}
"""What a modality is told of, so that it may go on with a step that it started."""
NEXT: dict[OrderStatus, frozenset[OrderStatus]] = {
    **{each: frozenset(OrderStatus) - {each} for each in WAITING},
    OrderStatus.STARTED: frozenset({OrderStatus.COMPLETED, OrderStatus.DISCONTINUED}),
    OrderStatus.COMPLETED: frozenset(),
    OrderStatus.DISCONTINUED: frozenset({OrderStatus.SCHEDULED}),
    OrderStatus.CANCELLED: frozenset({OrderStatus.SCHEDULED}),
}
"""Where people may move an order: also for scanners that never say what they performed."""


class Priority(StrEnum):
    """(0040,1003) in lower case."""

    STAT = "stat"
    HIGH = "high"
    ROUTINE = "routine"
    MEDIUM = "medium"
    LOW = "low"


class Sex(StrEnum):
    """(0010,0040); unknown is empty."""

    UNKNOWN = ""
    FEMALE = "F"
    MALE = "M"
    OTHER = "O"


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept (PS3.3 8): what a scanner chooses its protocol by."""

    value: str
    scheme: str
    meaning: str
    scheme_version: str = ""


@dataclass(frozen=True, slots=True)
class OrderedPatient:
    """Who is to be examined, and what the people at the scanner must know."""

    name: str
    patient_id: str
    issuer_of_patient_id: str = ""
    birth_date: date | None = None
    sex: Sex = Sex.UNKNOWN
    weight_kg: float | None = None
    medical_alerts: str = ""
    allergies: str = ""
    pregnancy_status: int | None = None
    """(0010,21C0): 1 not pregnant, 2 possibly, 3 definitely, 4 unknown."""
    special_needs: str = ""
    state: str = ""
    confidentiality: str = ""
    admission_id: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class RequestedProcedure:
    """What was asked for and by whom; what is left empty of the numbers is made by the server."""

    description: str
    accession_number: str = ""
    procedure_id: str = ""
    codes: tuple[Code, ...] = ()
    reason: str = ""
    comments: str = ""
    priority: Priority = Priority.ROUTINE
    transport: str = ""
    requesting_physician: str = ""
    referring_physician: str = ""


@dataclass(frozen=True, slots=True)
class ScheduledStep:
    """What a scanner is to do; without a station any one of the modality may do it."""

    modality: str
    starts_at: datetime
    station_ae_title: str = ""
    station_name: str = ""
    location: str = ""
    description: str = ""
    performing_physician: str = ""
    protocol_codes: tuple[Code, ...] = ()
    pre_medication: str = ""
    contrast_agent: str = ""


@dataclass(frozen=True, slots=True)
class OrderContent:
    """What people say of an order."""

    patient: OrderedPatient
    procedure: RequestedProcedure
    step: ScheduledStep


@dataclass(frozen=True, slots=True)
class Order:
    """One order; `revision` rises with every change, and one that names an older is refused.

    `study_uid` is the StudyInstanceUID its images will have, `step_id` the scheduled procedure
    step's ID; both are the server's, or those of the node `origin` whose worklist it came from.
    """

    order_id: str
    step_id: str
    study_uid: str
    status: OrderStatus
    revision: int
    content: OrderContent
    created_by: str
    updated_at: datetime
    origin: str = ""
    """The AE title of that node; empty for an order that was made here."""


@dataclass(frozen=True, slots=True)
class ForeignOrder:
    """An order as the worklist of another system tells it."""

    study_uid: str
    step_id: str
    status: OrderStatus
    content: OrderContent


class PerformedStatus(StrEnum):
    """(0040,0252): only a step in progress may change (PS3.4 F.7.2)."""

    IN_PROGRESS = "IN PROGRESS"
    COMPLETED = "COMPLETED"
    DISCONTINUED = "DISCONTINUED"


@dataclass(frozen=True, slots=True)
class PerformedStep:
    """What a modality says it performed; `study_uids` are those of its scheduled steps."""

    sop_instance_uid: str
    status: PerformedStatus
    station_ae_title: str
    modality: str
    study_uids: tuple[str, ...]
    started_at: datetime | None
    ended_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """An order with what was performed for it, oldest first."""

    order: Order
    performed: tuple[PerformedStep, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """Which orders to list; an empty field asks for nothing, all given ones must hold.

    `text` is words of which each must begin a word of the patient's name or be the beginning of the
    patient's ID or the accession number.
    """

    text: str = ""
    first_day: date | None = None
    last_day: date | None = None
    modality: str = ""
    station_ae_title: str = ""
    statuses: tuple[OrderStatus, ...] = ()
    limit: int = 200
    offset: int = 0


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of orders by their start, earliest first; `total` counts all matches."""

    orders: tuple[Order, ...] = field(default=())
    total: int = 0
