"""The outbox: jobs are added in the transaction of what causes them, and claimed with a lease.

A lease that its worker does not renew has run out with it: the job is claimed again, so often.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.jobs import Job, JobState
from app.server.store.tables import job as table


@dataclass(frozen=True, slots=True)
class Room:
    """What a worker has room for: jobs of `kinds`, but for none of the nodes `without`.

    Without room `for_nodes` it is those that call no node.
    """

    kinds: tuple[str, ...]
    without: Collection[str] = ()
    for_nodes: bool = True


_COLUMNS = (
    table.c.id,
    table.c.kind,
    table.c.subject,
    table.c.payload,
    table.c.state,
    table.c.attempts,
    table.c.created_at,
    table.c.not_before,
    table.c.reason,
    table.c.finished_at,
)


def add(
    connection: Connection,
    kind: str,
    payload: Mapping[str, str | int],
    *,
    at: datetime,
    subject: str = "",
    not_before: datetime | None = None,
    key: str = "",
) -> None:
    """Queue a job, unless one of `kind` and a `key` that is not empty waits already.

    Where it calls a node, that is `ae_title` in its payload.
    """
    if key and _waiting(connection, kind, key) is not None:
        return
    connection.execute(
        table.insert().values(
            kind=kind,
            key=key,
            node=payload.get("ae_title", ""),
            subject=subject,
            payload=orjson.dumps({name: str(value) for name, value in payload.items()}),
            state=JobState.QUEUED.value,
            attempts=0,
            lost_count=0,
            created_at=at,
            tried_since=not_before or at,
            not_before=not_before or at,
            lease="",
            reason="",
        )
    )


def is_known(connection: Connection, kind: str, key: str) -> bool:
    """Whether there is such a job, in any state."""
    query = sa.select(table.c.id).where(table.c.kind == kind, table.c.key == key).limit(1)
    return connection.scalar(query) is not None


def postpone(
    connection: Connection, kind: str, key: str, until: datetime, *, at_most: timedelta
) -> bool:
    """Let the job that waits begin at `until`, `at_most` after it was made; whether one waits."""
    row = _waiting(connection, kind, key)
    if row is None:
        return False
    latest = min(until, row.created_at + at_most)
    connection.execute(table.update().where(table.c.id == row.id).values(not_before=latest))
    return True


def hasten(connection: Connection, kind: str, subject: str, at: datetime) -> None:
    """Let the jobs of a kind about `subject` that wait begin at that moment."""
    is_it = sa.and_(table.c.kind == kind, table.c.subject == subject, table.c.not_before > at)
    waits = sa.and_(is_it, table.c.state == JobState.QUEUED.value)
    connection.execute(table.update().where(waits).values(not_before=at))


def is_any_due(connection: Connection, room: Room, at: datetime) -> bool:
    """Whether there is something to claim."""
    query = sa.select(table.c.id).where(_is_due(room, at)).limit(1)
    return connection.scalar(query) is not None


def claim(
    connection: Connection, room: Room, lease: str, at: datetime, until: datetime
) -> Job | None:
    """The job that has been due longest of those there is `room` for, leased; None when none is."""
    query = (
        sa.select(*_COLUMNS)
        .where(_is_due(room, at))
        .order_by(table.c.not_before, table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    is_lost = row.state == JobState.RUNNING.value
    values = {
        "state": JobState.RUNNING.value,
        "lease": lease,
        "leased_until": until,
        "attempts": table.c.attempts + 1,
        "lost_count": table.c.lost_count + int(is_lost),
    }
    connection.execute(table.update().where(table.c.id == row.id).values(values))
    return _job(row)


def fail_lost(connection: Connection, at: datetime, most: int, reason: str) -> int:
    """Give jobs up whose leases ran out more than `most` times on end; how many."""
    is_it = sa.and_(_is_lost(at), table.c.lost_count >= most)
    values = {
        "state": JobState.FAILED.value,
        "lease": "",
        "lost_count": 0,
        "finished_at": at,
        "reason": reason,
    }
    return connection.execute(table.update().where(is_it).values(values)).rowcount


def renew(connection: Connection, lease: str, until: datetime) -> bool:
    """Keep a claimed job; False when it was cancelled or somebody else has it."""
    return _update_leased(connection, lease, leased_until=until)


def done(connection: Connection, lease: str, at: datetime) -> bool:
    """A claimed job came to its end; whether it was still ours."""
    return _update_leased(
        connection, lease, state=JobState.DONE.value, reason="", lease="", finished_at=at
    )


def give_back(
    connection: Connection, lease: str, not_before: datetime, reason: str, *, is_counted: bool
) -> bool:
    """Queue a claimed job again; one that was only stopped is not counted as tried."""
    attempts = table.c.attempts if is_counted else table.c.attempts - 1
    return _update_leased(
        connection,
        lease,
        state=JobState.QUEUED.value,
        lease="",
        not_before=not_before,
        reason=reason,
        attempts=attempts,
        lost_count=0,
    )


def fail(connection: Connection, lease: str, at: datetime, reason: str) -> bool:
    """Give a claimed job up."""
    values = {"state": JobState.FAILED.value, "lease": "", "finished_at": at, "reason": reason}
    return _update_leased(connection, lease, **values)


def describe(connection: Connection, job_id: int, payload: Mapping[str, str]) -> None:
    """Keep what is known better of a job now."""
    values = {"payload": orjson.dumps(dict(payload))}
    connection.execute(table.update().where(table.c.id == job_id).values(values))


def tried_since(connection: Connection, job_id: int) -> datetime | None:
    """When a job might begin at first, or was replayed."""
    found: datetime | None = connection.scalar(
        sa.select(table.c.tried_since).where(table.c.id == job_id)
    )
    return found


def replay(connection: Connection, job_id: int, at: datetime) -> bool:
    """Queue a job anew that failed or was cancelled, or hurry one that waits."""
    return _begin_anew(
        connection, job_id, at, (JobState.FAILED, JobState.CANCELLED, JobState.QUEUED)
    )


def repeat(connection: Connection, job_id: int, at: datetime) -> bool:
    """Queue a job anew that is done again and again, in its same row, unless it failed."""
    return _begin_anew(connection, job_id, at, (JobState.DONE, JobState.CANCELLED))


def cancel(connection: Connection, job_id: int, at: datetime) -> bool:
    """Take a job from the queue; one that runs is told at its next renewal."""
    states = (JobState.QUEUED.value, JobState.RUNNING.value)
    values = {"state": JobState.CANCELLED.value, "lease": "", "finished_at": at}
    return _update(connection, sa.and_(table.c.id == job_id, table.c.state.in_(states)), values)


def get(connection: Connection, job_id: int) -> Job | None:
    """One job."""
    row = connection.execute(sa.select(*_COLUMNS).where(table.c.id == job_id)).one_or_none()
    return _job(row) if row else None


def of_key(connection: Connection, kind: str, key: str) -> tuple[Job, ...]:
    """The jobs of that kind and key, newest first."""
    is_it = sa.and_(table.c.kind == kind, table.c.key == key)
    query = sa.select(*_COLUMNS).where(is_it).order_by(table.c.id.desc())
    return tuple(_job(row) for row in connection.execute(query))


def newest(
    connection: Connection, state: JobState | None, most: int, *, kind: str = ""
) -> tuple[Job, ...]:
    """The newest jobs, of `kind` and in `state` when they are named."""
    query = sa.select(*_COLUMNS).order_by(table.c.id.desc()).limit(most)
    if state is not None:
        query = query.where(table.c.state == state.value)
    if kind:
        query = query.where(table.c.kind == kind)
    return tuple(_job(row) for row in connection.execute(query))


def forget_finished(connection: Connection, before: datetime) -> int:
    """Drop jobs that were done or cancelled before that moment; failed ones stay."""
    states = (JobState.DONE.value, JobState.CANCELLED.value)
    is_old = sa.and_(table.c.state.in_(states), table.c.finished_at < before)
    return connection.execute(table.delete().where(is_old)).rowcount


def _begin_anew(
    connection: Connection, job_id: int, at: datetime, states: Collection[JobState]
) -> bool:
    values = {
        "state": JobState.QUEUED.value,
        "tried_since": at,
        "not_before": at,
        "finished_at": None,
        "attempts": 0,
        "lost_count": 0,
    }
    is_one = table.c.state.in_([each.value for each in states])
    return _update(connection, sa.and_(table.c.id == job_id, is_one), values)


def _is_due(room: Room, at: datetime) -> sa.ColumnElement[bool]:
    waits = sa.and_(table.c.state == JobState.QUEUED.value, table.c.not_before <= at)
    is_due = sa.and_(table.c.kind.in_(room.kinds), sa.or_(waits, _is_lost(at)))
    if not room.for_nodes:
        return sa.and_(is_due, table.c.node == "")
    return sa.and_(is_due, table.c.node.not_in(room.without)) if room.without else is_due


def _is_lost(at: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.state == JobState.RUNNING.value, table.c.leased_until < at)


def _waiting(connection: Connection, kind: str, key: str) -> Any:  # noqa: ANN401 - a row
    query = (
        sa.select(table.c.id, table.c.created_at)
        .where(table.c.kind == kind, table.c.key == key, table.c.state == JobState.QUEUED.value)
        .limit(1)
        .with_for_update()
    )
    return connection.execute(query).one_or_none()


def _update_leased(connection: Connection, held: str, **values: object) -> bool:
    return _update(connection, table.c.lease == held, values)


def _update(
    connection: Connection, where: sa.ColumnElement[bool], values: Mapping[str, object]
) -> bool:
    return connection.execute(table.update().where(where).values(**values)).rowcount > 0


def _job(row: Any) -> Job:  # noqa: ANN401 - a row
    return Job(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        payload=orjson.loads(row.payload),
        state=JobState(row.state),
        attempts=row.attempts,
        created_at=row.created_at,
        not_before=row.not_before,
        reason=row.reason,
        finished_at=row.finished_at,
    )
