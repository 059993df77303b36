"""Rows of what nodes were sent, and of whether they have committed themselves to it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.commitment import Answered, Owed, Reference, Sent
from app.server.store.tables import forwarded as table
from app.server.store.tables import instance, series, study

UIDS_AT_ONCE = 5000
_FILED = (
    sa.join(table, instance, instance.c.sop_instance_uid == table.c.sop_instance_uid)
    .join(series, instance.c.series_id == series.c.id)
    .join(study, series.c.study_id == study.c.id)
)


def owed(connection: Connection, ae_title: str, study_uid: str) -> Owed:
    """What `ae_title` was sent of a study and has not committed itself to."""
    found = connection.execute(
        sa.select(
            instance.c.sop_class_uid,
            instance.c.sop_instance_uid,
            series.c.series_uid,
            table.c.failure,
        )
        .select_from(_FILED)
        .where(study.c.study_uid == study_uid, table.c.ae_title == ae_title)
        .where(table.c.committed_at.is_(None))
        .order_by(instance.c.id)
    )
    waiting, failed = [], []
    for sop_class_uid, sop_instance_uid, series_uid, failure in found:
        if failure is None:
            waiting.append(Reference(sop_class_uid, sop_instance_uid))
        else:
            failed.append(Sent(sop_instance_uid, series_uid, failure))
    return Owed(tuple(waiting), tuple(failed))


def begin(
    connection: Connection, ae_title: str, sop_instance_uids: Sequence[str], transaction_uid: str
) -> None:
    """These are asked for in that transaction, and in no other any more."""
    for is_one in _parts(sop_instance_uids):
        is_it = sa.and_(table.c.ae_title == ae_title, is_one)
        connection.execute(table.update().where(is_it).values(transaction_uid=transaction_uid))


def answered(connection: Connection, answer: Answered, at: datetime) -> set[tuple[str, str]]:
    """Keep what a node says; of which studies (AE title, study UID) it says something."""
    is_asked = table.c.transaction_uid == answer.transaction_uid
    studies: set[tuple[str, str]] = set()
    failures: dict[int, list[str]] = defaultdict(list)
    for uid, reason in answer.failed:
        failures[reason].append(uid)
    kept = table.update().values(committed_at=at, failure=None)
    updates = [(kept, answer.committed)]
    updates += [(table.update().values(failure=r), tuple(uids)) for r, uids in failures.items()]
    for update, uids in updates:
        for is_one in _parts(uids):
            is_it = sa.and_(is_asked, is_one)
            found = sa.select(table.c.ae_title, study.c.study_uid).select_from(_FILED)
            studies |= {(row[0], row[1]) for row in connection.execute(found.where(is_it))}
            connection.execute(update.where(is_it))
    return studies


def _parts(sop_instance_uids: Sequence[str]) -> Iterator[sa.ColumnElement[bool]]:
    for start in range(0, len(sop_instance_uids), UIDS_AT_ONCE):
        yield table.c.sop_instance_uid.in_(sop_instance_uids[start : start + UIDS_AT_ONCE])
