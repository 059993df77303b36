"""Orders come from the worklist of a RIS, DCMTK's or our own, to the scanners that ask us."""

from datetime import datetime, timedelta

import pytest
from pydicom import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import ModalityWorklistInformationFind

from app.domain.access import POLICY, Actor, Role
from app.domain.jobs import JobState
from app.domain.nodes import RemoteNode
from app.domain.orders import OrderQuery, OrderStatus
from app.server.core.foreign_orders import ForeignOrders
from app.server.core.jobs import Jobs
from app.server.core.orders import Orders
from app.server.dimse import foreign_orders as asking
from app.server.dimse.requestor import Peer
from app.server.jobs.foreign_orders import take_orders_over
from app.server.store import nodes
from app.settings import Settings
from tests.server.foreign_archive import a_free_port, needs_dcmtk
from tests.server.ris import a_ris, ris_study_uid

ADMIN = Actor("admin", POLICY[Role.ADMIN])
DESK = Actor("operator", POLICY[Role.OPERATOR])
EVERY = timedelta(minutes=1)


@pytest.fixture
def server_settings(tmp_path) -> Settings:
    """On SQLite: what the database does is tested with both elsewhere."""
    return Settings(data_dir=tmp_path / "ours")


@pytest.fixture
def foreign(database, clock) -> ForeignOrders:
    return ForeignOrders(database, clock, EVERY)


@pytest.fixture
def serve(database, outbox, foreign):
    """Records a peer as a node with a worklist and does what is due; again at each call."""

    def serve(peer: Peer):
        with database.write() as connection:
            nodes.insert(
                connection, RemoteNode(peer.ae_title, peer.host, peer.port, has_worklist=True)
            )
        take_orders_over(outbox, foreign, lambda _title: peer, "KLINIKA")

    return serve


@pytest.fixture
def ask(foreign, outbox, clock, database):
    """Lets the time for the next question come; the job as it stands then."""

    def ask():
        clock.pass_by(minutes=10)
        foreign.owe()
        while outbox.run_one():
            pass
        (job,) = Jobs(database, clock).newest(ADMIN, kind="worklist")
        return job

    return ask


@pytest.fixture
def ours(database, clock):
    """Our orders by their step."""

    def ours():
        found = Orders(database, clock).search(DESK, OrderQuery()).orders
        return {each.step_id: each for each in found}

    return ours


@pytest.fixture
def ris(tmp_path):
    with a_ris(tmp_path) as ris:
        yield ris


@pytest.fixture
def tomorrow(foreign) -> datetime:
    day = foreign.days()[0] + timedelta(days=2)
    return datetime(day.year, day.month, day.day, 9, 30)  # noqa: DTZ001 - the clinic's own time


@needs_dcmtk
def test_the_worklist_of_a_ris_is_kept_in_step(ris, serve, ask, ours, tomorrow):
    ris.schedule(1, tomorrow)
    ris.schedule(2, tomorrow, name="Łukasz^Ёлкин", charset="ISO_IR 192")
    ris.schedule(3, tomorrow + timedelta(days=30))
    serve(ris.peer)
    job = ask()
    assert (job.state, job.reason) == (JobState.DONE, "")
    assert set(ours()) == {"SPS-1", "SPS-2"}
    first = ours()["SPS-1"]
    assert (first.origin, first.study_uid) == ("RIS", ris_study_uid(1))
    content = first.content
    assert content.patient.name == "Иванов^Пётр^Сергеевич"
    assert content.procedure.requesting_physician == "Смирнова^Ольга"
    assert content.procedure.accession_number == "RIS-1"
    assert (content.step.starts_at, content.step.station_ae_title) == (tomorrow, "CT1")
    assert content.step.description == "Голова, спираль"
    assert ours()["SPS-2"].content.patient.name == "Łukasz^Ёлкин"

    ris.schedule(1, tomorrow + timedelta(hours=2))
    ris.remove(2)
    assert ask().state is JobState.DONE
    assert ours()["SPS-1"].content.step.starts_at == tomorrow + timedelta(hours=2)
    assert ours()["SPS-2"].status is OrderStatus.CANCELLED

    ris.remove(1)
    assert ask().state is JobState.DONE
    assert ours()["SPS-1"].status is OrderStatus.SCHEDULED


@needs_dcmtk
def test_unlabelled_texts_are_read_as_the_record_says(tmp_path, serve, ask, ours, tomorrow):
    with a_ris(tmp_path, "-cs0") as ris:
        ris.schedule(1, tomorrow)
        serve(Peer(ris.peer.host, ris.peer.port, "RIS", character_set="ISO_IR 144"))
        ask()
    assert ours()["SPS-1"].content.patient.name == "Иванов^Пётр^Сергеевич"


@needs_dcmtk
def test_what_can_not_be_taken_over_is_told_and_the_rest_is(ris, serve, ask, ours, tomorrow):
    ris.schedule(1, tomorrow, patient_id="")
    ris.schedule(2, tomorrow)
    serve(ris.peer)
    job = ask()
    assert (job.state, job.reason) == (JobState.QUEUED, "incomplete: patient.patient_id (1)")
    assert set(ours()) == {"SPS-2"}
    ris.schedule(1, tomorrow)
    assert (ask().state, set(ours())) == (JobState.DONE, {"SPS-1", "SPS-2"})


@needs_dcmtk
def test_a_ris_that_is_away_takes_nothing_away(tmp_path, serve, ask, ours, tomorrow):
    with a_ris(tmp_path) as ris:
        ris.schedule(1, tomorrow)
        serve(ris.peer)
        ask()
    for _ in range(3):
        job = ask()
        assert job.state is JobState.QUEUED
        assert job.reason.startswith("unreachable: RIS can't be reached")
    assert ours()["SPS-1"].status is OrderStatus.SCHEDULED


@pytest.fixture
def answering(request):
    """A worklist server of pynetdicom that answers what it is given, each with its status."""
    servers = []

    def answering(*answers):
        entity = AE("RIS")
        entity.add_supported_context(ModalityWorklistInformationFind)
        handlers = [(evt.EVT_C_FIND, lambda _event: iter(answers))]
        port = a_free_port()
        servers.append(entity.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers))
        return Peer("127.0.0.1", port, "RIS")

    yield answering
    for server in servers:
        server.shutdown()


@pytest.mark.parametrize("status", [0xA700, 0xFE00])
def test_an_answer_that_is_broken_off_takes_nothing_over_or_away(
    answering, serve, ask, ours, status
):
    serve(answering((status, None)))
    job = ask()
    assert (job.state, job.reason.partition(":")[0]) == (JobState.QUEUED, "failed")
    assert ours() == {}


def test_an_endless_answer_is_not_taken(answering, serve, ask, ours, monkeypatch):
    monkeypatch.setattr(asking, "MOST", 0)
    ds = Dataset()
    ds.StudyInstanceUID = "1.2.3"
    ds.ScheduledProcedureStepSequence = [Dataset()]
    step = ds.ScheduledProcedureStepSequence[0]
    step.ScheduledProcedureStepID, step.ScheduledProcedureStepStartDate = "S1", "20261128"
    serve(answering((0xFF00, ds)))
    assert ask().reason == "failed: RIS tells of more than 0 steps"


def test_a_node_without_an_address_is_said_and_one_without_a_worklist_is_left_alone(
    outbox, foreign, ask, database
):
    with database.write() as connection:
        nodes.insert(connection, RemoteNode("RIS", has_worklist=True))
    take_orders_over(outbox, foreign, lambda _title: None, "KLINIKA")
    assert ask().reason == "unreachable: RIS has no address"
    with database.write() as connection:
        nodes.update(connection, RemoteNode("RIS"))
    assert ask().state is JobState.DONE
