"""What a server says of itself and of a session before anything else is asked."""

from dataclasses import dataclass, field

from app.domain.access import Account
from app.domain.report import Clinic
from app.domain.storage import DiskLevel


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """A server as it shows itself to anyone; `needs_setup` while it has no account.

    `wanted_dicom_port` is the one of its settings, which another program may have; 0 is unknown.
    """

    version: str
    needs_setup: bool
    dicom_port: int
    ae_title: str
    clinic: Clinic = field(default_factory=Clinic)
    embedded: bool = False
    wanted_dicom_port: int = 0
    dicom_tls_port: int | None = None
    disk: DiskLevel = DiskLevel.GOOD


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer to a sign-in: a short access token and the refresh token that renews it once.

    `permissions` are by their values: a server may know more of them than its client.
    """

    access_token: str
    refresh_token: str
    expires_in_s: int
    account: Account
    permissions: tuple[str, ...]
