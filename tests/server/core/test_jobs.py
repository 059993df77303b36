"""The queue as people see it: listed, replayed, cancelled, each with a trace."""

from datetime import timedelta

import pytest

from app.domain.access import Role
from app.domain.changes import ChangeKind
from app.domain.errors import ConflictError, ForbiddenError, NotFoundError
from app.domain.jobs import JobState
from app.server.core import audit, changes
from app.server.core.jobs import Jobs
from app.server.store import jobs as rows
from app.server.store.jobs import Room

KINDS = ("greet", "wave")


@pytest.fixture
def jobs(database, clock) -> Jobs:
    return Jobs(database, clock)


@pytest.fixture
def add(database, clock, jobs, admin):
    """Queues a job and answers it."""

    def add(kind="greet", **options):
        with database.write() as connection:
            rows.add(connection, kind, {"name": "one", "times": 2}, at=clock(), **options)
        return jobs.newest(admin)[0]

    return add


@pytest.fixture
def claim(database, clock):
    """A worker takes the job that is due longest."""

    def claim(lease="of a worker") -> str:
        with database.write() as connection:
            assert rows.claim(
                connection, Room(KINDS), lease, clock(), clock() + timedelta(minutes=1)
            )
        return lease

    return claim


@pytest.fixture
def fail(database, clock, claim):
    """A worker gives up the job that is due longest."""

    def fail(reason):
        lease = claim()
        with database.write() as connection:
            rows.fail(connection, lease, clock(), reason)

    return fail


def actions(database, admin):
    told = audit.newest(database, admin)
    return [(entry.action, entry.subject) for entry in told if entry.action.startswith("job-")]


def test_jobs_are_listed_newest_first_by_state_and_kind(jobs, admin, add, fail):
    add("greet")
    fail("nobody there")
    waiting = add("wave")
    assert [job.kind for job in jobs.newest(admin)] == ["wave", "greet"]
    (failed,) = jobs.newest(admin, JobState.FAILED)
    assert (failed.kind, failed.reason) == ("greet", "nobody there")
    assert jobs.newest(admin, kind="wave") == (waiting,)
    assert jobs.newest(admin, JobState.FAILED, "wave") == ()
    assert waiting.payload == {"name": "one", "times": "2"}


def test_a_failed_job_is_queued_anew(jobs, admin, add, fail, database):
    job = add()
    fail("nobody there")
    again = jobs.replay(admin, job.id)
    assert (again.state, again.attempts) == (JobState.QUEUED, 0)
    assert actions(database, admin) == [("job-replayed", str(job.id))]
    (told,) = changes.since(database, admin, 0, 10)
    assert (told.kind, told.study_uid) == (ChangeKind.JOBS_CHANGED, "")


def test_a_job_that_waits_is_hurried(jobs, admin, add, clock, claim):
    job = add(not_before=clock() + timedelta(hours=9))
    jobs.replay(admin, job.id)
    claim()


def test_a_job_that_runs_is_not_replayed_and_one_that_is_cancelled_is_lost_to_its_worker(
    jobs, admin, add, claim, database, clock
):
    job = add()
    lease = claim()
    with pytest.raises(ConflictError, match="running"):
        jobs.replay(admin, job.id)
    assert jobs.cancel(admin, job.id).state is JobState.CANCELLED
    with database.write() as connection:
        assert not rows.renew(connection, lease, clock())
        assert not rows.done(connection, lease, clock())
    with pytest.raises(ConflictError, match="cancelled"):
        jobs.cancel(admin, job.id)
    assert actions(database, admin) == [("job-cancelled", str(job.id))]


def test_what_is_no_job_is_not_found(jobs, admin):
    for move in (jobs.replay, jobs.cancel):
        with pytest.raises(NotFoundError):
            move(admin, 17)


def test_a_doctor_sees_the_queue_and_an_operator_moves_it(jobs, sign_in_as, add, nobody):
    job = add()
    doctor, operator = sign_in_as(Role.DOCTOR), sign_in_as(Role.OPERATOR)
    assert jobs.newest(doctor) == (job,)
    with pytest.raises(ForbiddenError):
        jobs.cancel(doctor, job.id)
    assert jobs.cancel(operator, job.id).state is JobState.CANCELLED
    with pytest.raises(ForbiddenError):
        jobs.newest(nobody)
