"""Storage commitment: requests that are never forgotten, and what is truly there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.access import Actor, Permission
from app.domain.commitment import Commitment, FailureReason, Finding, Reference
from app.domain.errors import ConflictError, DamagedError, InvalidError, NotFoundError
from app.server.store import commitments as rows
from app.server.store import fixity, jobs, retrieval
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.server.store.retrieval import Scope, StoredObject

KIND = "commitment-report"
"""The kind of the job that owes a report; its payload has the `number` of the request, and
`ae_title`."""
LEASE = timedelta(minutes=5)
"""How long whoever took the request has its report for itself; after a crash the job gives it."""
GIVE_UP_AFTER = timedelta(hours=48)
KEPT_FOR = timedelta(days=30)


def request(database: Database, actor: Actor, commitment: Commitment) -> Commitment:
    """Keep a request, with a job that owes its report after LEASE.

    Asked again in the same words it is reported again. Raises ConflictError for a transaction UID
    that this caller used for other instances, and InvalidError for a request of nothing.
    """
    actor.require(Permission.STUDY_IMPORT)
    if not commitment.references:
        raise InvalidError("ReferencedSOPSequence")
    at = commitment.requested_at
    with database.write() as connection:
        kept = rows.of_transaction(connection, commitment.ae_title, commitment.transaction_uid)
        if kept is None:
            rows.drop_reported(connection, at - KEPT_FOR)
            kept = replace(commitment, number=rows.insert(connection, commitment))
        elif kept.references != commitment.references:
            raise ConflictError("the transaction UID was used")
        rows.set_reported(connection, kept.number, None)
        jobs.add(
            connection,
            KIND,
            {"number": kept.number, "ae_title": kept.ae_title},
            at=at,
            subject=kept.ae_title,
            not_before=at + LEASE,
            key=str(kept.number),
        )
    return replace(kept, is_reported=False)


def one(database: Database, number: int) -> Commitment | None:
    """The request of that number, unless it was reported long ago."""
    with database.read() as connection:
        return rows.get(connection, number)


def examine(database: Database, objects: ObjectStore, references: Sequence[Reference]) -> Finding:
    """Which instances have a row and a file of its size, with the SOP class that is named.

    One that was found damaged is not vouched for until it was mended.
    """
    committed: list[Reference] = []
    failed: list[tuple[Reference, FailureReason]] = []
    uids = tuple(dict.fromkeys(each.sop_instance_uid for each in references))
    with database.read() as connection:
        found = retrieval.objects_of(connection, Scope(sop_instance_uids=uids))
        kept = {each.sop_instance_uid: each for each in found}
        damaged = fixity.damaged_among(connection, uids)
    for reference in references:
        uid = reference.sop_instance_uid
        reason = _missing(objects, reference, kept.get(uid))
        if reason is None and uid in damaged:
            reason = FailureReason.PROCESSING_FAILURE
        if reason is None:
            committed.append(reference)
        else:
            failed.append((reference, reason))
    return Finding(tuple(committed), tuple(failed))


def hand_over(database: Database, commitment: Commitment, at: datetime) -> None:
    """Let the job report it from that moment on."""
    with database.write() as connection:
        jobs.postpone(connection, KIND, str(commitment.number), at, at_most=GIVE_UP_AFTER)


def reported(database: Database, commitment: Commitment, at: datetime) -> None:
    """The peer has taken the report: a job that waits finds nothing to do."""
    with database.write() as connection:
        rows.set_reported(connection, commitment.number, at)
        jobs.postpone(connection, KIND, str(commitment.number), at, at_most=GIVE_UP_AFTER)


def _missing(
    objects: ObjectStore, reference: Reference, kept: StoredObject | None
) -> FailureReason | None:
    if kept is None:
        return FailureReason.NO_SUCH_INSTANCE
    if kept.sop_class_uid != reference.sop_class_uid:
        return FailureReason.CLASS_CONFLICT
    try:
        is_whole = objects.is_whole(kept.key, kept.size)
    except DamagedError:
        return FailureReason.PROCESSING_FAILURE
    except NotFoundError:
        return FailureReason.NO_SUCH_INSTANCE
    except OSError:
        return FailureReason.PROCESSING_FAILURE
    return None if is_whole else FailureReason.PROCESSING_FAILURE
