"""Complete series reach the nodes that rules name, whatever happens on the way."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.access import POLICY, Actor, Role
from app.domain.ingest import Source, SourceKind
from app.domain.jobs import JobState
from app.domain.nodes import EchoOutcome, RemoteNode
from app.domain.routing import RoutingRule
from app.server.core.ingest import Ingest
from app.server.core.routing import FORWARD, Routing
from app.server.dimse.requestor import NoAssociationError
from app.server.jobs import forwarding as module
from app.server.jobs.forwarding import Forwarding
from app.server.jobs.outbox import LEASE, StoppedError
from app.server.store import jobs as rows
from app.server.store import nodes
from tests.conftest import REPOSITORY
from tests.server.foreign_archive import a_free_port, needs_dcmtk, running
from tests.server.jobs.forwarding_process import joined
from tests.server.receiving import a_receiver, kept
from tests.server.samples import an_object, sop_uid, study_uid

ADMIN = Actor("anna", POLICY[Role.ADMIN])
SCANNER = Source(SourceKind.C_STORE, "CT1")
QUIET = timedelta(seconds=60)
PATIENCE_S = 60
IN_THE_MIDDLE = 7


@pytest.fixture
def ingest(database, objects, clock):
    ingest = Ingest(database, objects, max_object_size=1 << 24, clock=clock, quiet=QUIET)
    yield ingest
    ingest.close()


@pytest.fixture
def forwarding(database, objects, clock, outbox) -> Forwarding:
    return joined(database, objects, clock, outbox)


@pytest.fixture
def routing(forwarding) -> Routing:
    return forwarding.routing


@pytest.fixture
def a_rule(database, routing):
    """Everything goes to RECEIVER, which is at that port."""

    def a_rule(port, ae_title="KLINIKA"):
        with database.write() as connection:
            nodes.insert(connection, RemoteNode(ae_title, "127.0.0.1", port))
        routing.add(ADMIN, RoutingRule("", f"All to {ae_title}", (ae_title,)))

    return a_rule


@pytest.fixture
def stored(ingest):
    """A scanner sends a series of the first study; answers what the archive keeps, by UID."""

    def stored(count=3, series=1):
        for number in range(1, count + 1):
            ingest.store(ADMIN, SCANNER, an_object(1, series, number, value=number))

    return stored


@pytest.fixture
def run_all(outbox, clock):
    """Lets time pass and does all that is due then."""

    def run_all(**time):
        clock.pass_by(**time)
        while outbox.run_one():
            pass

    return run_all


@pytest.fixture
def sendings(database):
    def sendings():
        with database.read() as connection:
            return rows.newest(connection, None, 100, kind=FORWARD)[::-1]

    return sendings


@pytest.fixture
def here(database, objects):
    """What the archive keeps: SHA-256 by SOP Instance UID."""
    return lambda: kept(database, objects)


def test_a_series_is_sent_when_it_is_complete_and_what_comes_later_afterwards(
    tmp_path, a_rule, stored, run_all, sendings, here
):
    with a_receiver(tmp_path / "receiver") as receiver:
        a_rule(receiver.port)
        stored(count=3)
        run_all(seconds=59)
        assert receiver.kept() == {}
        run_all(seconds=2)
        assert len(receiver.kept()) == 3
        stored(count=5)
        run_all(seconds=61)
        assert len(receiver.kept()) == 5
        assert receiver.kept() == here()
    assert [job.state for job in sendings()] == [JobState.DONE] * 2


@needs_dcmtk
def test_storescp_receives_a_study_that_is_sent_by_hand(
    tmp_path, database, routing, stored, run_all, sendings
):
    port, folder = a_free_port(), tmp_path / "received"
    folder.mkdir()
    with database.write() as connection:
        nodes.insert(connection, RemoteNode("STORESCP", "127.0.0.1", port))
    stored(series=1)
    stored(series=2)
    with running("storescp", "-od", str(folder), str(port), port=port):
        routing.forward(ADMIN, study_uid(1), "STORESCP")
        run_all()
        assert len(list(folder.iterdir())) == 6
        for file in folder.iterdir():
            file.unlink()
        routing.forward(ADMIN, study_uid(1), "STORESCP")
        run_all()
        assert len(list(folder.iterdir())) == 6
    assert [job.state for job in sendings()] == [JobState.DONE] * 2


def test_a_destination_that_is_down_gets_everything_when_it_is_back(
    tmp_path, a_rule, stored, run_all, sendings, clock, here
):
    port = a_free_port()
    a_rule(port)
    stored(series=1)
    stored(series=2)
    run_all(seconds=61)
    first, second = sendings()
    assert first.state is second.state is JobState.QUEUED
    assert first.reason == "unreachable: KLINIKA can't be reached: Connection refused"
    assert second.reason == ""  # the node is left alone
    with a_receiver(tmp_path / "receiver", port) as receiver:
        run_all(seconds=31)
        assert receiver.kept() == here()
        assert len(here()) == 6
    assert [job.state for job in sendings()] == [JobState.DONE] * 2


def test_a_node_that_could_not_be_reached_keeps_no_thread_from_others(
    a_rule, stored, run_all, sendings, monkeypatch
):
    called = []

    def send(peer, *_arguments, **_options):
        called.append(peer.ae_title)
        raise NoAssociationError(EchoOutcome.UNREACHABLE, "nobody there")

    monkeypatch.setattr(module, "send", send)
    a_rule(104, "DOWN")
    for series in (1, 2, 3):
        stored(series=series)
    run_all(seconds=61)
    assert called == ["DOWN"]
    assert [job.reason for job in sendings()] == ["unreachable: nobody there", "", ""]
    run_all(seconds=31)
    assert called == ["DOWN"] * 2


@pytest.mark.logs("object-conflict", "request-not-done")
def test_what_a_node_refuses_is_said_and_tried_again_alone(
    tmp_path, a_rule, stored, run_all, sendings
):
    with a_receiver(tmp_path / "receiver") as receiver:
        receiver.ingest.store(ADMIN, SCANNER, an_object(1, 1, 2, value=99))
        a_rule(receiver.port)
        stored()
        run_all(seconds=61)
        (job,) = sendings()
        assert job.state is JobState.QUEUED
        assert job.reason.startswith("incomplete: KLINIKA did not take 1 of 3 objects: 0x0111")
        run_all(seconds=31)
        (job,) = sendings()
        assert job.reason.startswith("incomplete: KLINIKA did not take 1 of 1 objects: 0x0111")
        assert len(receiver.kept()) == 3


@pytest.mark.logs("job-failed")
def test_what_a_rule_no_longer_says_is_given_up(
    a_rule, routing, stored, run_all, sendings, outbox, clock
):
    a_rule(104)
    stored()
    clock.pass_by(seconds=61)
    assert outbox.run_one()
    (rule,) = routing.rules(ADMIN)
    routing.delete(ADMIN, rule.rule_id)
    run_all()
    (job,) = sendings()
    assert job.state is JobState.FAILED
    assert job.reason.startswith("rule-gone: its rule is gone")


def test_a_node_without_an_address_is_named(database, routing, stored, run_all, sendings):
    with database.write() as connection:
        nodes.insert(connection, RemoteNode("SILENT"))
    stored()
    routing.forward(ADMIN, study_uid(1), "SILENT")
    run_all()
    assert sendings()[0].reason == "unreachable: SILENT has no address"


def test_a_server_that_is_stopped_goes_on_with_the_rest(
    tmp_path, a_rule, stored, run_all, sendings, forwarding, here
):
    with a_receiver(tmp_path / "receiver") as receiver:
        a_rule(receiver.port)
        stored(count=20)
        forwarding.routing.forward(ADMIN, study_uid(1), "KLINIKA")
        (job,) = sendings()
        asked = iter(range(100))
        with pytest.raises(StoppedError):
            forwarding.forward(job, lambda: next(asked) > IN_THE_MIDDLE)
        assert 0 < len(receiver.kept()) <= IN_THE_MIDDLE
        run_all()
        assert receiver.kept() == here()


class Gate:
    """A door that lets `count` objects in, and the others when it is opened."""

    def __init__(self, door, count: int) -> None:
        self._door = door
        self._left = count
        self.is_reached = threading.Event()
        self.is_open = threading.Event()

    def store(self, actor, source, data):
        if self._left == 0:
            self.is_reached.set()
            self.is_open.wait(PATIENCE_S)
        else:
            self._left -= 1
        return self._door.store(actor, source, data)


@pytest.fixture
def a_forwarding_server(server_settings):
    """Makes a process that forwards what the archive owes."""

    def a_forwarding_server():
        command = [sys.executable, "-m", "tests.server.jobs.forwarding_process"]
        command += [str(server_settings.data_dir), server_settings.database_url]
        return subprocess.Popen(command, cwd=REPOSITORY)

    return a_forwarding_server


@pytest.fixture
def a_gated_receiver(tmp_path, clock):
    """An archive behind a gate; what is stored here meanwhile was so two minutes ago."""
    clock.now = datetime.now(UTC) - 2 * QUIET
    gates = []

    def through(door):
        gates.append(Gate(door, IN_THE_MIDDLE))
        return gates[0]

    with a_receiver(tmp_path / "receiver", through=through) as receiver:
        yield receiver, gates[0]


def test_a_server_that_is_killed_in_the_middle_sends_everything_as_it_is_stored(
    a_gated_receiver, a_rule, stored, run_all, a_forwarding_server, sendings, here
):
    receiver, gate = a_gated_receiver
    a_rule(receiver.port)
    stored(count=20)
    with a_forwarding_server() as process:
        assert gate.is_reached.wait(PATIENCE_S)
        process.kill()
    gate.is_open.set()
    assert [job.state for job in sendings()] == [JobState.RUNNING]
    assert len(receiver.kept()) < 20
    run_all(seconds=(2 * QUIET + LEASE).total_seconds() + PATIENCE_S)
    assert receiver.kept() == here()
    assert set(here()) == {sop_uid(1, 1, number) for number in range(1, 21)}
    assert [job.state for job in sendings()] == [JobState.DONE]
