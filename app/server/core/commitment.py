"""Storage commitment: requests that are never forgotten, and what is truly there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.access import Actor, Permission
from app.domain.commitment import Commitment, FailureReason, Finding, Reference
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.server.store import commitments as rows
from app.server.store import retrieval
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.server.store.retrieval import Scope, StoredObject

LEASE = timedelta(minutes=5)
"""How long whoever reports has it for itself; after a crash another tries then."""
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=48)
KEPT_FOR = timedelta(days=30)


def request(database: Database, actor: Actor, commitment: Commitment) -> Commitment:
    """Keep a request; who calls reports within LEASE, or hands it over.

    Asked again in the same words it is reported again. Raises ConflictError for a transaction UID
    that this caller used for other instances, and InvalidError for a request of nothing.
    """
    actor.require(Permission.STUDY_IMPORT)
    if not commitment.references:
        raise InvalidError("ReferencedSOPSequence")
    at = commitment.requested_at
    with database.write() as connection:
        known = rows.get(connection, commitment.ae_title, commitment.transaction_uid)
        if known is None:
            rows.drop_reported(connection, at - KEPT_FOR)
            return replace(commitment, number=rows.insert(connection, commitment, at + LEASE))
        if known.references != commitment.references:
            raise ConflictError("the transaction UID was used")
        rows.set_due(connection, known.number, at + LEASE)
        return known


def examine(database: Database, objects: ObjectStore, references: Sequence[Reference]) -> Finding:
    """Which instances have a row and a file of its size, with the SOP class that is named."""
    committed: list[Reference] = []
    failed: list[tuple[Reference, FailureReason]] = []
    uids = tuple(dict.fromkeys(each.sop_instance_uid for each in references))
    with database.read() as connection:
        found = retrieval.objects_of(connection, Scope(sop_instance_uids=uids))
        kept = {each.sop_instance_uid: each for each in found}
    for reference in references:
        reason = _missing(objects, reference, kept.get(reference.sop_instance_uid))
        if reason is None:
            committed.append(reference)
        else:
            failed.append((reference, reason))
    return Finding(tuple(committed), tuple(failed))


def hand_over(database: Database, commitment: Commitment, at: datetime) -> None:
    """Let the queue report it from that moment on."""
    with database.write() as connection:
        rows.set_due(connection, commitment.number, at)


def take_due(database: Database, at: datetime) -> Commitment | None:
    """The request that is to be reported next, if one is due."""
    with database.read() as connection:
        if not rows.is_any_due(connection, at):
            return None
    with database.write() as connection:
        return rows.take_due(connection, at, at + LEASE)


def reported(database: Database, commitment: Commitment, at: datetime) -> None:
    """The peer has taken the report."""
    with database.write() as connection:
        rows.set_reported(connection, commitment.number, at)


def failed(database: Database, commitment: Commitment, at: datetime, reason: str) -> bool:
    """The report could not be given; whether it is tried again, ever later for two days."""
    delay = min(FIRST_DELAY * 2 ** min(commitment.attempts, 10), LONGEST_DELAY)
    goes_on: bool = at + delay < commitment.requested_at + GIVE_UP_AFTER
    with database.write() as connection:
        rows.set_failed(connection, commitment.number, at + delay if goes_on else None, reason)
    return goes_on


def _missing(
    objects: ObjectStore, reference: Reference, kept: StoredObject | None
) -> FailureReason | None:
    if kept is None:
        return FailureReason.NO_SUCH_INSTANCE
    if kept.sop_class_uid != reference.sop_class_uid:
        return FailureReason.CLASS_CONFLICT
    try:
        is_whole = objects.path(kept.key).stat().st_size == kept.size
    except NotFoundError:
        return FailureReason.NO_SUCH_INSTANCE
    except OSError:
        return FailureReason.PROCESSING_FAILURE
    return None if is_whole else FailureReason.PROCESSING_FAILURE
