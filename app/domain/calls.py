"""The bodies of requests that are more than one value; secrets stay out of `repr`."""

from dataclasses import dataclass, field
from datetime import datetime

from app.domain.access import Role
from app.domain.orders import OrderContent, OrderStatus
from app.domain.report import ReportContent


@dataclass(frozen=True, slots=True)
class SetUp:
    """Make the first administrator; `token` is what a networked server printed at its start."""

    username: str
    full_name: str
    password: str = field(repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Begin a session."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Renewal:
    """Trade a refresh token for a new grant."""

    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Prove that the person of the session is still there."""

    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Make an account."""

    username: str
    full_name: str
    role: Role
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SavedReport:
    """Save a draft that was read at `revision`."""

    revision: int
    content: ReportContent


@dataclass(frozen=True, slots=True)
class SignedReport:
    """Sign a draft that was read at `revision`; `pdf` is base64."""

    revision: int
    signed_at: datetime
    pdf: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChangedOrder:
    """Change an order that was read at `revision`."""

    revision: int
    content: OrderContent


@dataclass(frozen=True, slots=True)
class ForwardedStudy:
    """Send a study to the node of that AE title."""

    ae_title: str


@dataclass(frozen=True, slots=True)
class ChosenCharacterSet:
    """Read a study's texts in it from now on; empty: as its objects declare."""

    character_set: str


@dataclass(frozen=True, slots=True)
class NodeSecret:
    """The password or bearer token for a node's DICOMweb; empty to forget it."""

    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MovedOrder:
    """Say where an order that was read at `revision` stands now."""

    revision: int
    status: OrderStatus


@dataclass(frozen=True, slots=True)
class WantedStudy:
    """Retrieve a study; `object_count` is what the archive says it has, or 0."""

    study_uid: str
    object_count: int = 0
