"""The outbox: jobs come with their cause, survive crashes, and are tried again."""

import queue as queues
import threading
from collections import Counter
from datetime import timedelta

import pytest

from app.domain.archives import ArchiveProblem
from app.domain.changes import ChangeKind
from app.domain.errors import UnavailableError
from app.domain.jobs import LOST, JobState
from app.server.jobs.outbox import (
    FOR_NODES,
    LEASE,
    MOST_LOST,
    REST,
    SHARE,
    HopelessError,
    Outbox,
    Retry,
    StoppedError,
)
from app.server.store import changes
from app.server.store import jobs as rows
from app.server.store.jobs import Room

PATIENCE_S = 30


@pytest.fixture
def add(database, clock):
    """Queues jobs of the kind `greet`."""

    def add(name="one", ae_title="", kind="greet", **options) -> None:
        payload = {"name": name, "ae_title": ae_title}
        with database.write() as connection:
            rows.add(connection, kind, payload, at=clock(), **options)

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
        rows.claim(connection, Room(("greet",)), "of the dead", clock(), clock() + LEASE)
    assert run_all(outbox) == 0
    clock.pass_by(seconds=LEASE.total_seconds() + 1)
    assert run_all(outbox) == 1
    assert len(greeted) == 1


@pytest.mark.logs("jobs-lost")
def test_a_job_that_servers_die_of_is_given_up_and_can_be_replayed(
    outbox, add, queue, database, clock
):
    def dying(job, is_stopped):
        raise KeyboardInterrupt  # as a server that is killed: nobody gives the job back

    outbox.handle("greet", dying)
    add()
    for _ in range(MOST_LOST + 1):
        with pytest.raises(KeyboardInterrupt):
            outbox.run_one()
        assert queue()[0].state is JobState.RUNNING
        clock.pass_by(seconds=LEASE.total_seconds() + 1)
    assert run_all(outbox) == 0
    (job,) = queue()
    assert (job.state, job.reason) == (JobState.FAILED, f"{LOST}: {MOST_LOST} times")
    assert job.attempts == MOST_LOST + 1
    with database.read() as connection:
        assert [each.kind for each in changes.since(connection, 0, 9)] == [ChangeKind.JOBS_CHANGED]
    with database.write() as connection:
        assert rows.replay(connection, job.id, clock())
    outbox.handle("greet", lambda job, is_stopped: None)
    assert run_all(outbox) == 1


def test_servers_that_die_now_and_then_give_no_job_up(outbox, add, queue, database, clock):
    outbox.handle("greet", failing(UnavailableError("not yet")))
    add()
    for _ in range(2 * MOST_LOST):
        with database.write() as connection:
            room = Room(("greet",))
            assert rows.claim(connection, room, "of the dead", clock(), clock() + LEASE)
        clock.pass_by(seconds=LEASE.total_seconds() + 1)
        assert run_all(outbox) == 1
        clock.now = queue()[0].not_before
    assert queue()[0].state is JobState.QUEUED


@pytest.fixture
def gate():
    """Jobs that stand before it, by node, and let go at the end."""
    gate = Gate()
    yield gate
    gate.is_open.set()


class Gate:
    """Where jobs hang."""

    def __init__(self) -> None:
        self.is_open = threading.Event()
        self._lock = threading.Lock()
        self.came = Counter()
        self.gone = queues.Queue()

    def hang(self, job, is_stopped) -> None:
        with self._lock:
            self.came[job.node] += 1
        self.is_open.wait(PATIENCE_S)

    def pass_by(self, job, is_stopped) -> None:
        self.gone.put(job.payload["name"])


def test_nodes_that_hang_keep_no_thread_from_another_nor_from_the_archive(
    database, clock, add, gate
):
    for number in range(30):
        add(str(number), "HANGS", kind="call")
    for number in range(30):
        add(str(number), "HANGS-TOO", kind="call")
    add("to another", "NEAR")
    add("here")
    server = Outbox(database, clock)
    server.handle("call", gate.hang)
    server.handle("greet", gate.pass_by)
    server.start()
    assert {gate.gone.get(timeout=PATIENCE_S) for _ in range(2)} == {"to another", "here"}
    assert gate.came == {"HANGS": SHARE, "HANGS-TOO": SHARE}
    gate.is_open.set()
    server.close()


def test_the_archive_is_looked_after_however_many_nodes_hang(database, clock, add, gate):
    for number in range(FOR_NODES):
        for _ in range(SHARE + 1):
            add("call", f"HANGS-{number}", kind="call")
    for _ in range(SHARE + 1):
        add("press", kind="press")
    server = Outbox(database, clock)
    server.handle("call", gate.hang)
    server.handle("press", gate.hang)
    server.handle("greet", gate.pass_by)
    server.start()
    for number in range(10):
        add(str(number))
    assert {gate.gone.get(timeout=PATIENCE_S) for _ in range(10)} == set(map(str, range(10)))
    assert gate.came.pop("") <= SHARE
    assert gate.came.total() <= FOR_NODES
    gate.is_open.set()
    server.close()


def test_a_node_that_is_away_is_left_alone_for_a_while(outbox, add, queue, clock):
    called = []

    def call(job, is_stopped):
        called.append((job.node, job.payload["name"]))
        raise UnavailableError(f"{reasons[job.node]}: nobody there")

    reasons = {"AWAY": ArchiveProblem.SILENT, "ODD": ArchiveProblem.FAILED}
    outbox.handle("greet", call)
    outbox.handle("ask", call)
    for name, kind in (("one", "greet"), ("two", "ask")):
        add(name, "AWAY", kind)
        add(name, "ODD", kind)
    assert run_all(outbox) == 3
    assert called == [("AWAY", "one"), ("ODD", "one"), ("ODD", "two")]
    waits = next(job for job in queue() if job.node == "AWAY" and job.kind == "ask")
    assert (waits.attempts, waits.reason) == (0, "")
    clock.pass_by(seconds=REST.total_seconds())
    assert run_all(outbox) == 1
    assert called[3:] == [("AWAY", "two")]


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
