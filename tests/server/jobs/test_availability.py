"""Nodes are told that a step's images are here, over real associations (PS3.4 R)."""

from datetime import timedelta

import pytest
from pynetdicom import AE, evt
from pynetdicom.sop_class import InstanceAvailabilityNotification

from app.domain.access import POLICY, Actor, Permission, Role
from app.domain.jobs import JobState
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.server.core.availability import KIND, PATIENCE
from app.server.core.nodes import Nodes
from app.server.core.procedure_steps import create, modify
from app.server.core.routing import SETTLE, Routing
from app.server.dimse.requestor import Peer
from app.server.jobs.availability import give_notices
from app.server.store import jobs
from app.server.store.jobs import Room
from tests.server.performing import a_beginning, an_end
from tests.server.samples import an_object, series_uid, sop_uid, study_uid

MODALITY = Actor("CT1", frozenset({Permission.STUDY_IMPORT}))
UID = "1.2.3.1"


class InformationSystem:
    """Takes notifications and keeps them; `answer` is what it says to each."""

    def __init__(self) -> None:
        self.notices = []
        self.answer = 0x0000
        entity = AE(ae_title="RIS")
        entity.add_supported_context(InstanceAvailabilityNotification)
        self._server = entity.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_CREATE, self._take)]
        )
        self.port = self._server.server_address[1]

    def close(self) -> None:
        self._server.shutdown()

    def _take(self, event):
        self.notices.append((event.request.AffectedSOPInstanceUID, event.attribute_list))
        return self.answer, event.attribute_list


@pytest.fixture
def ris():
    ris = InformationSystem()
    yield ris
    ris.close()


@pytest.fixture
def peers(ris):
    """Where nodes are."""
    return {"RIS": Peer("127.0.0.1", ris.port, "RIS")}


@pytest.fixture
def notices(outbox, database, clock, peers):
    """The outbox, with a node that wants notices and a step of two images that has ended."""
    nodes = Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), clock)
    nodes.add(Actor("admin", POLICY[Role.ADMIN]), RemoteNode("RIS", is_told_of_images=True))
    give_notices(outbox, database, peers.get, "KLINIKA", clock)
    beginning = a_beginning()
    beginning.ScheduledStepAttributesSequence[0].StudyInstanceUID = study_uid(1)
    create(database, MODALITY, UID, beginning, clock())
    modify(database, MODALITY, UID, an_end(images=2), clock())
    return outbox


@pytest.fixture
def send(ingest, doctor, source):
    """Lets images of the step come."""
    return lambda number: ingest.store(doctor, source, an_object(number=number))


def the_job(database):
    with database.read() as connection:
        (job,) = jobs.newest(connection, None, 2, kind=KIND)
    return job


def test_a_node_is_told_when_the_last_image_has_come(notices, send, ris, database, clock):
    send(1)
    assert notices.run_one()
    assert (ris.notices, the_job(database).reason) == ([], "1 images have not come yet")
    send(2)
    clock.now = the_job(database).not_before
    assert notices.run_one()
    ((_uid, ds),) = ris.notices
    (step,) = ds.ReferencedPerformedProcedureStepSequence
    assert step.ReferencedSOPInstanceUID == UID
    assert ds.StudyInstanceUID == study_uid(1)
    (series,) = ds.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == series_uid(1, 1)
    assert [
        (each.ReferencedSOPInstanceUID, each.InstanceAvailability, each.RetrieveAETitle)
        for each in series.ReferencedSOPSequence
    ] == [(sop_uid(1, 1, number), "ONLINE", "KLINIKA") for number in (1, 2)]
    assert the_job(database).state is JobState.DONE


def test_a_node_is_told_as_soon_as_the_last_series_is_complete(notices, send, ris, database, clock):
    routing = Routing(database, clock)
    for _ in range(5):
        assert notices.run_one()
        clock.now = the_job(database).not_before
    notices.run_one()
    send(1)
    send(2)
    assert the_job(database).not_before - clock() > timedelta(minutes=15)
    with database.write() as connection:
        jobs.postpone(connection, SETTLE, series_uid(1, 1), clock(), at_most=timedelta(days=1))
        assert jobs.claim(connection, Room((SETTLE,)), "lease", clock(), clock())
    routing.settled(series_uid(1, 1))
    assert notices.run_one()
    assert len(ris.notices) == 1


def test_images_that_do_not_come_in_an_hour_are_not_waited_for(notices, send, ris, clock):
    send(1)
    notices.run_one()
    clock.now += PATIENCE
    notices.run_one()
    ((_uid, ds),) = ris.notices
    assert len(ds.ReferencedSeriesSequence[0].ReferencedSOPSequence) == 1


def test_nobody_is_told_of_a_step_whose_images_never_come(notices, ris, database, clock):
    clock.now += PATIENCE
    assert notices.run_one()
    assert (ris.notices, the_job(database).state) == ([], JobState.DONE)


def test_a_refused_notice_is_given_again_under_its_uid(notices, send, ris, database, clock):
    send(1)
    send(2)
    ris.answer = 0x0110
    notices.run_one()
    assert the_job(database).reason == "failed: RIS answered the notification with 0x0110"
    ris.answer = 0x0111
    clock.now = the_job(database).not_before
    notices.run_one()
    assert the_job(database).state is JobState.DONE
    assert ris.notices[0][0] == ris.notices[1][0]


def test_a_node_without_an_address_is_told_when_it_has_one(
    notices, send, ris, peers, database, clock
):
    send(1)
    send(2)
    address = peers.pop("RIS")
    notices.run_one()
    assert the_job(database).reason == "RIS has no address"
    peers["RIS"] = address
    clock.pass_by(minutes=1)
    notices.run_one()
    assert len(ris.notices) == 1
