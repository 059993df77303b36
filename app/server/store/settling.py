"""Series that are still growing: each has a job that waits until nothing more comes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.ingest import Source
from app.domain.jobs import JobState
from app.server.store import jobs, prefetching
from app.server.store.filing import NewObject
from app.server.store.prepared import Prepared
from app.server.store.tables import job, series

SETTLE = "settle-series"
MAX_WAIT = timedelta(minutes=30)
"""A series to which objects come without end counts as complete after that, as far as it is."""
SLACK = 4
"""A job is put off again when a quarter of the wait has passed: not at every object's commit."""

_WAITING = Prepared(
    sa.select(job.c.key, job.c.not_before).where(
        job.c.kind == SETTLE,
        job.c.state == JobState.QUEUED.value,
        job.c.key.in_(sa.bindparam("keys", expanding=True)),
    )
)


def note(
    connection: Connection, objects: Sequence[NewObject], quiet: timedelta, now: datetime
) -> None:
    """Let the series of new objects be looked at when nothing came for `quiet`.

    One that begins lets earlier studies of the patient be looked for.
    """
    studies = {each.series.series_uid: each.study.study_uid for each in objects}
    sources: dict[str, set[Source]] = defaultdict(set)
    for each in objects:
        sources[each.series.series_uid].add(each.source)
    waiting: dict[str, datetime] = dict(_WAITING.rows(connection, {"keys": list(studies)}))
    begins = now + quiet
    for uid in sorted(studies):  # the same order everywhere: no two wait for each other
        if uid in waiting and waiting[uid] > begins - quiet / SLACK:
            continue
        if not jobs.postpone(connection, SETTLE, uid, begins, at_most=MAX_WAIT):
            prefetching.owe(connection, studies[uid], now, sources[uid])
            jobs.add(
                connection,
                SETTLE,
                {"series_uid": uid},
                at=now,
                subject=studies[uid],
                not_before=begins,
                key=uid,
            )


def hasten(connection: Connection, series_uid: str, at: datetime) -> None:
    """Let a series be looked at now, if that waits: its modality said that nothing more comes."""
    jobs.postpone(connection, SETTLE, series_uid, at, at_most=MAX_WAIT)


def is_growing(connection: Connection, series_uid: str) -> bool:
    """Whether objects came that nothing was waited for after."""
    return bool(_WAITING.rows(connection, {"keys": [series_uid]}))


def complete(connection: Connection, series_uid: str) -> None:
    """Let a series count as complete until more comes."""
    is_it = series.c.series_uid == series_uid
    connection.execute(series.update().where(is_it).values(is_complete=True))
