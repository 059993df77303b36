"""The outbox: jobs come with their cause, survive crashes, and are tried again."""

import threading
from datetime import timedelta

import pytest

from app.domain.changes import ChangeKind
from app.domain.errors import UnavailableError
from app.domain.jobs import JobState
from app.server.jobs.outbox import LEASE, HopelessError, Outbox, Retry, StoppedError
from app.server.store import changes
from app.server.store import jobs as rows

PATIENCE_S = 30


@pytest.fixture
def add(database, clock):
    """Queues jobs of the kind `greet`."""

    def add(name="one", **options) -> None:
        with database.write() as connection:
            rows.add(connection, "greet", {"name": name}, at=clock(), **options)

    return add


@pytest.fixture
def queue(database):
    """The jobs, oldest first."""

    def queue():
        with database.read() as connection:
            return rows.newest(connection, None, 100)[::-1]

    return queue


def run_all(outbox) -> int:
    count = 0
    while outbox.run_one():
        count += 1
    return count


def failing(error):
    def handler(job, is_stopped):
        raise error

    return handler


def test_a_job_is_done_once(outbox, add, queue):
    greeted = []
    outbox.handle("greet", lambda job, is_stopped: greeted.append(job.payload["name"]))
    add("one", subject="1.2.3")
    add("two")
    assert run_all(outbox) == 2
    assert greeted == ["one", "two"]
    assert [job.state for job in queue()] == [JobState.DONE] * 2


def test_a_job_of_a_cause_that_did_not_happen_is_not_there(database, clock, queue):
    def cause() -> None:
        with database.write() as connection:
            rows.add(connection, "greet", {}, at=clock())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        cause()
    assert queue() == ()


def test_a_job_waits_until_it_may_begin(outbox, add, clock):
    outbox.handle("greet", lambda job, is_stopped: None)
    add(not_before=clock() + timedelta(minutes=5))
    assert run_all(outbox) == 0
    clock.pass_by(minutes=5)
    assert run_all(outbox) == 1


def test_one_job_of_a_key_waits_at_most(outbox, add, queue):
    outbox.handle("greet", lambda job, is_stopped: None)
    add(key="k")
    add(key="k")
    add(key="other")
    assert run_all(outbox) == 2
    add(key="k")
    assert len(queue()) == 3


def test_failures_are_tried_again_ever_later_with_their_reason(outbox, add, queue, clock):
    outbox.handle("greet", failing(UnavailableError("nobody there")))
    add()
    waits = []
    for _ in range(9):
        assert run_all(outbox) == 1
        (job,) = queue()
        waits.append((job.not_before - clock()).total_seconds())
        clock.now = job.not_before
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert (job.state, job.attempts, job.reason) == (JobState.QUEUED, 9, "nobody there")


def test_jitter_spreads_attempts_over_a_half_more():
    assert Retry().delay(1, 1.0) == timedelta(seconds=45)


@pytest.mark.logs("job-failed")
def test_a_job_that_fails_for_too_long_is_given_up_and_can_be_replayed(
    outbox, add, queue, clock, database
):
    retry = Retry(give_up_after=timedelta(hours=1))
    outbox.handle("greet", failing(UnavailableError("nobody there")), retry)
    add()
    while run_all(outbox):
        clock.now = queue()[0].not_before
    (job,) = queue()
    assert (job.state, job.reason) == (JobState.FAILED, "nobody there")
    with database.write() as connection:
        assert rows.replay(connection, job.id, clock())
    assert run_all(outbox) == 1
    assert queue()[0].state is JobState.QUEUED


@pytest.mark.logs("job-failed")
def test_a_hopeless_job_is_not_tried_again_and_the_feed_tells(outbox, add, queue, database):
    outbox.handle("greet", failing(HopelessError("no such study")))
    add()
    assert run_all(outbox) == 1
    (job,) = queue()
    assert (job.state, job.reason) == (JobState.FAILED, "no such study")
    with database.read() as connection:
        assert [each.kind for each in changes.since(connection, 0, 9)] == [ChangeKind.JOBS_CHANGED]


@pytest.mark.logs("job-crashed")
def test_a_crash_in_a_job_is_kept_from_the_others(outbox, add, queue):
    outbox.handle("greet", failing(ZeroDivisionError("secret of a patient")))
    add()
    assert run_all(outbox) == 1
    assert queue()[0].reason == "ZeroDivisionError"


def test_a_job_of_a_worker_that_died_is_done_by_another(outbox, add, database, clock):
    greeted = []
    outbox.handle("greet", lambda job, is_stopped: greeted.append(job.id))
    add()
    with database.write() as connection:
        rows.claim(connection, ("greet",), "of the dead", clock(), clock() + LEASE)
    assert run_all(outbox) == 0
    clock.pass_by(seconds=LEASE.total_seconds() + 1)
    assert run_all(outbox) == 1
    assert len(greeted) == 1


def test_a_long_job_keeps_its_lease(outbox, add, database, clock):
    other = Outbox(database, clock)
    other.handle("greet", lambda job, is_stopped: None)

    def long(job, is_stopped):
        for _ in range(5):
            clock.pass_by(seconds=40)
            outbox.keep_leases()
            assert not other.run_one()
            assert not is_stopped()

    outbox.handle("greet", long)
    add()
    assert outbox.run_one()


def test_a_job_that_is_cancelled_while_it_runs_is_told(outbox, add, queue, database, clock):
    def long(job, is_stopped):
        with database.write() as connection:
            rows.cancel(connection, job.id, clock())
        outbox.keep_leases()
        assert is_stopped()
        raise StoppedError

    outbox.handle("greet", long)
    add()
    assert run_all(outbox) == 1
    assert queue()[0].state is JobState.CANCELLED


def test_a_stop_of_the_server_puts_the_job_back_uncounted(outbox, add, queue):
    outbox.handle("greet", failing(StoppedError()))
    add()
    assert outbox.run_one()
    (job,) = queue()
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)


@pytest.mark.logs("job-failed")
def test_finished_jobs_are_forgotten_after_a_week_and_failed_ones_kept(
    outbox, add, queue, clock, database
):
    outbox.handle("greet", lambda job, is_stopped: None)
    add()
    run_all(outbox)
    outbox.handle("greet", failing(HopelessError("no")))
    add()
    run_all(outbox)
    clock.pass_by(days=8)
    outbox.keep_leases()
    assert [job.state for job in queue()] == [JobState.FAILED]


def test_two_servers_do_no_job_twice_at_a_time(database, clock, add):
    """Both of them run their threads on one database."""
    lock, greeted, is_done = threading.Lock(), [], threading.Event()

    def greet(job, is_stopped):
        with lock:
            greeted.append(job.payload["name"])
            if len(greeted) >= 30:
                is_done.set()

    for number in range(30):
        add(str(number))
    servers = [Outbox(database, clock, threads=2) for _ in range(2)]
    for server in servers:
        server.handle("greet", greet)
        server.start()
    assert is_done.wait(PATIENCE_S)
    for server in servers:
        server.close()
    assert sorted(greeted, key=int) == [str(number) for number in range(30)]
