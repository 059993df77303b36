"""Who may do what: permissions are `resource:action`, roles are rows, default deny."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import ForbiddenError


class Permission(StrEnum):
    """Everything a server use case can ask for."""

    ACCOUNT_CREATE = "account:create"
    ACCOUNT_LIST = "account:list"
    AUDIT_READ = "audit:read"
    JOB_READ = "job:read"
    JOB_WRITE = "job:write"
    NODE_READ = "node:read"
    NODE_WRITE = "node:write"
    ORDER_READ = "order:read"
    ORDER_WRITE = "order:write"
    QUARANTINE_READ = "quarantine:read"
    QUARANTINE_WRITE = "quarantine:write"
    REPORT_READ = "report:read"
    REPORT_SIGN = "report:sign"
    REPORT_WRITE = "report:write"
    ROUTING_READ = "routing:read"
    ROUTING_WRITE = "routing:write"
    STORAGE_READ = "storage:read"
    STUDY_DELETE = "study:delete"
    STUDY_FORWARD = "study:forward"
    STUDY_IMPORT = "study:import"
    STUDY_READ = "study:read"
    STUDY_REREAD = "study:reread"


class Role(StrEnum):
    """The three roles of the clinic."""

    ADMIN = "admin"
    DOCTOR = "doctor"
    OPERATOR = "operator"


POLICY: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.DOCTOR: frozenset(
        {
            Permission.JOB_READ,
            Permission.NODE_READ,
            Permission.ORDER_READ,
            Permission.ORDER_WRITE,
            Permission.QUARANTINE_READ,
            Permission.REPORT_READ,
            Permission.REPORT_SIGN,
            Permission.REPORT_WRITE,
            Permission.STUDY_DELETE,
            Permission.STUDY_FORWARD,
            Permission.STUDY_IMPORT,
            Permission.STUDY_READ,
            Permission.STUDY_REREAD,
        }
    ),
    Role.OPERATOR: frozenset(
        {
            Permission.JOB_READ,
            Permission.JOB_WRITE,
            Permission.NODE_READ,
            Permission.ORDER_READ,
            Permission.ORDER_WRITE,
            Permission.STUDY_FORWARD,
            Permission.STUDY_IMPORT,
            Permission.STUDY_READ,
            Permission.STUDY_REREAD,
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can sign in; `role` is the value of a Role, or of one only a server knows."""

    username: str
    full_name: str
    role: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: an account through a session, a DICOM node, or the server itself."""

    name: str
    permissions: frozenset[Permission]
    session_id: str = ""

    def require(self, permission: Permission) -> None:
        """Raise ForbiddenError unless the actor holds `permission`."""
        if permission not in self.permissions:
            raise ForbiddenError(permission)
