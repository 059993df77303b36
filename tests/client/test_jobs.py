"""The queue of jobs through the typed client."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.access import Role
from app.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from app.domain.jobs import JobState
from app.server.store import jobs as rows
from app.server.store.engine import Database
from app.settings import Settings

KIND = "nobodys-work"


@pytest.fixture
def a_job(clinic):
    """A job that waits for tomorrow."""
    now = datetime.now(UTC)
    database = Database.open(Settings(data_dir=clinic.data_dir))
    with database.write() as connection:
        rows.add(connection, KIND, {}, at=now, subject="1.2.3", not_before=now + timedelta(days=1))
    database.close()
    return clinic.signed_in(Role.OPERATOR).jobs(kind=KIND)[0]


def test_an_operator_sees_hurries_and_cancels_a_job(clinic, doctor, a_job):
    operator = clinic.signed_in(Role.OPERATOR)
    assert (a_job.state, a_job.subject) == (JobState.QUEUED, "1.2.3")
    assert operator.replay_job(a_job.id).not_before < a_job.not_before
    with pytest.raises(ForbiddenError):
        doctor.cancel_job(a_job.id)
    cancelled = operator.cancel_job(a_job.id)
    assert cancelled in doctor.jobs(JobState.CANCELLED, KIND)
    with pytest.raises(ConflictError):
        operator.cancel_job(a_job.id)


def test_what_is_no_job_is_not_found(clinic):
    operator = clinic.signed_in(Role.OPERATOR)
    for number in (10**17, 10**40):
        with pytest.raises(NotFoundError):
            operator.replay_job(number)


def test_a_state_that_is_none_is_refused(doctor):
    with pytest.raises(InvalidError):
        doctor.connection.get("/api/jobs?state=asleep")
