"""Storage commitment that we ask nodes for: whether they keep what they were sent (PS3.4 J)."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.commitment import UNCONFIRMED, Answered, Owed
from app.domain.jobs import JobState
from app.server.store import commitment_requests as rows
from app.server.store import jobs, nodes
from app.server.store.engine import Connection, Database

KIND = "commitment-request"
"""The kind of the job that asks a node about a study, its subject; its payload has `ae_title`."""
PAUSE = timedelta(minutes=1)
"""After what was sent, in which more of the study may be."""
REPORT_WITHIN = timedelta(hours=24)
GIVE_UP_AFTER = timedelta(days=3)


def owe(database: Database, ae_title: str, study_uid: str, at: datetime) -> None:
    """Let a node be asked, if its record says so, about what it was sent of a study."""
    with database.write() as connection:
        if _owed(connection, ae_title, study_uid).waiting:
            key = _key(ae_title, study_uid)
            if not _hasten(connection, key, at + PAUSE):
                jobs.add(
                    connection,
                    KIND,
                    {"ae_title": ae_title},
                    at=at,
                    subject=study_uid,
                    not_before=at + PAUSE,
                    key=key,
                )


def owed(database: Database, ae_title: str, study_uid: str) -> Owed:
    """What a node has not committed itself to of what it was sent of a study."""
    with database.read() as connection:
        return _owed(connection, ae_title, study_uid)


def begin(database: Database, ae_title: str, sop_instance_uids: Sequence[str]) -> str:
    """The UID of a new transaction about these; before the node is asked, as it may be quick."""
    transaction_uid = f"2.25.{uuid.uuid4().int}"
    with database.write() as connection:
        rows.begin(connection, ae_title, sop_instance_uids, transaction_uid)
    return transaction_uid


def answered(database: Database, answer: Answered, at: datetime) -> bool:
    """Keep a report, and let who waits for it go on; whether its transaction is known still.

    Its UID is told to nobody but the node that was asked.
    """
    with database.write() as connection:
        studies = rows.answered(connection, answer, at)
        for ae_title, study_uid in sorted(studies):
            _hasten(connection, _key(ae_title, study_uid), at)
    return bool(studies)


def _owed(connection: Connection, ae_title: str, study_uid: str) -> Owed:
    node = nodes.get(connection, ae_title)
    if node is None or not node.is_asked_to_commit:
        return Owed()
    return rows.owed(connection, ae_title, study_uid)


def _hasten(connection: Connection, key: str, at: datetime) -> bool:
    """Let the job that waits for a report begin at that moment; whether one does."""
    waits = any(
        job.state is JobState.QUEUED and job.reason.startswith(UNCONFIRMED)
        for job in jobs.of_key(connection, KIND, key)
    )
    return waits and jobs.postpone(connection, KIND, key, at, at_most=GIVE_UP_AFTER)


def _key(ae_title: str, study_uid: str) -> str:
    return f"{ae_title} {study_uid}"
