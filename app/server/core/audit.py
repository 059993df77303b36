"""The audit trail: who did what, written in the transaction that does it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.access import Actor, Permission
from app.server.store import audit as rows
from app.server.store.audit import AuditEntry
from app.server.store.engine import Connection, Database

MOST = 1000


class Action(StrEnum):
    """What is written down."""

    ACCOUNT_CREATED = "account-created"
    ARCHIVE_SEARCHED = "archive-searched"
    AUDIT_READ = "audit-read"
    DELETION_REQUESTED = "deletion-requested"
    DELETION_WITHDRAWN = "deletion-withdrawn"
    DELETIONS_READ = "deletions-read"
    IDENTIFIED = "identified"
    JOB_CANCELLED = "job-cancelled"
    JOB_REPLAYED = "job-replayed"
    KEYS_ROTATED = "keys-rotated"
    NODE_ADDED = "node-added"
    NODE_CHANGED = "node-changed"
    NODE_DELETED = "node-deleted"
    NODE_SECRET_CHANGED = "node-secret-changed"  # noqa: S105 - an event
    OBJECT_DAMAGED = "object-damaged"
    ORDER_CHANGED = "order-changed"
    ORDER_CREATED = "order-created"
    ORDER_MOVED = "order-moved"
    ORDER_READ = "order-read"
    ORDERS_SEARCHED = "orders-searched"
    PASSWORD_CHECKED = "password-checked"  # noqa: S105 - an event
    QUARANTINED_ACCEPTED = "quarantined-accepted"
    QUARANTINED_DELETED = "quarantined-deleted"
    QUARANTINED_READ = "quarantined-read"
    REPORT_READ = "report-read"
    REPORT_SIGNED = "report-signed"
    REPORT_STARTED = "report-started"
    ROUTING_CHANGED = "routing-changed"
    SESSION_RENEWED = "session-renewed"
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    STUDIES_SEARCHED = "studies-searched"
    STUDY_DELETED = "study-deleted"
    STUDY_FORWARDED = "study-forwarded"
    STUDY_PRINTED = "study-printed"
    STUDY_PURGED = "study-purged"
    STUDY_RESTORED = "study-restored"
    STUDY_READ = "study-read"
    STUDY_REREAD = "study-reread"
    STUDY_RETRIEVED = "study-retrieved"
    STUDY_STORED = "study-stored"


@dataclass(frozen=True, slots=True)
class Change:
    """What a setting or record was and became, as JSON; empty where there was none."""

    old_value: str = ""
    new_value: str = ""


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"


def record(
    connection: Connection,
    actor: str,
    action: Action,
    *,
    at: datetime,
    subject: str = "",
    outcome: Outcome = Outcome.DONE,
    change: Change | None = None,
) -> None:
    """Write an entry inside the caller's transaction; `subject` is a UID, an id or a name."""
    told = change or Change()
    rows.insert(
        connection,
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        outcome=outcome,
        old_value=told.old_value,
        new_value=told.new_value,
    )


def newest(database: Database, actor: Actor, limit: int = MOST) -> tuple[AuditEntry, ...]:
    """The last entries, newest first."""
    actor.require(Permission.AUDIT_READ)
    with database.read() as connection:
        return rows.newest(connection, min(limit, MOST))
