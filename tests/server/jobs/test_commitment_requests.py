"""Nodes are asked whether they keep what they were sent (PS3.4 J)."""

import ssl
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from pydicom import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import StorageCommitmentPushModel

from app.domain.access import POLICY, Actor, Role
from app.domain.archives import ArchiveProblem
from app.domain.commitment import UNCONFIRMED
from app.domain.ingest import Source, SourceKind
from app.domain.jobs import JobState
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.server.core import commitment_requests as requests
from app.server.core.callers import Callers
from app.server.core.nodes import Nodes
from app.server.core.routing import FORWARD
from app.server.dimse import commitment_request as module
from app.server.dimse.node import DicomNode
from app.server.dimse.service import NodeParts
from app.server.store import jobs as rows
from app.server.store import nodes
from app.server.store.spool import Spool
from app.server.store.studies import object_key
from app.settings import Settings
from tests.conftest import PATIENCE_S
from tests.server.foreign_archive import an_orthanc, needs_orthanc
from tests.server.jobs.forwarding_process import joined
from tests.server.receiving import a_receiver
from tests.server.samples import an_object, sop_uid, study_uid

ADMIN = Actor("anna", POLICY[Role.ADMIN])
SCANNER = Source(SourceKind.C_STORE, "CT1")
MOST = 1 << 24


@pytest.fixture
def routing(database, objects, clock, outbox, ingest):
    """The routing of an archive with three images of study 1."""
    clock.now = datetime.now(UTC)
    for number in (1, 2, 3):
        ingest.store(ADMIN, SCANNER, an_object(number=number))
    return joined(database, objects, clock, outbox).routing


@pytest.fixture
def send(database, routing, outbox, clock):
    """Sends the study to a node that is asked to commit, and asks."""

    def send(port, ae_title="KLINIKA"):
        record = RemoteNode(ae_title, "127.0.0.1", port, is_asked_to_commit=True)
        with database.write() as connection:
            nodes.insert(connection, record)
        routing.forward(ADMIN, study_uid(1), ae_title)
        assert outbox.run_one()
        clock.now += requests.PAUSE
        assert outbox.run_one()

    return send


@pytest.fixture
def newest(database):
    """The newest job of a kind."""

    def newest(kind=requests.KIND):
        with database.read() as connection:
            return rows.newest(connection, None, 1, kind=kind)[0]

    return newest


@pytest.fixture
def run_all(outbox, clock):
    """Lets time pass and does all that is due then; our node tells the true time."""

    def run_all(**time):
        clock.now = max(clock.now, datetime.now(UTC)) + timedelta(**time)
        while outbox.run_one():
            pass

    return run_all


@pytest.fixture
def port(database, ingest, objects, clock, tmp_path):
    """Our node, to which reports come."""
    entities = Settings().local_entities(accepts_unknown=True)
    parts = NodeParts(
        callers=Callers(database, None, entities, Settings().user_identity),
        door=ingest,
        spool=Spool(tmp_path / "spool"),
        max_object_size=MOST,
        database=database,
        objects=objects,
        nodes=Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), clock),
        tls=ssl.create_default_context(),
        idle_s=60,
    )
    node = DicomNode(host="127.0.0.1", port=0, parts=parts)
    node.start()
    yield node.port
    node.stop()


def wait_for(is_so) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def owed(database, ae_title="KLINIKA"):
    return requests.owed(database, ae_title, study_uid(1))


def test_another_server_of_ours_commits_itself_on_the_same_association(
    tmp_path, send, newest, database
):
    with a_receiver(tmp_path / "receiver") as receiver:
        send(receiver.port)
    assert newest().state is JobState.DONE
    assert owed(database) == requests.Owed()


@pytest.mark.logs("object-restored")
def test_what_is_not_kept_is_sent_again_and_asked_for_again(
    tmp_path, send, newest, run_all, database
):
    with a_receiver(tmp_path / "receiver") as receiver:
        kept = receiver.ingest.store

        def lost(actor, source, data):
            result = kept(actor, source, data)
            if result.sop_instance_uid == sop_uid(1, 1, 2):
                with receiver.database.read() as connection:
                    receiver.objects.plain_file(object_key(connection, sop_uid(1, 1, 2))).unlink()
            return result

        receiver.ingest.store = lost
        send(receiver.port)
        waiting = newest()
        assert waiting.state is JobState.QUEUED
        assert waiting.reason == "incomplete: KLINIKA does not keep 1 objects: 0x0112"
        receiver.ingest.store = kept
        run_all()
        assert newest(FORWARD).state is JobState.DONE
        assert newest(FORWARD).payload["series_uid"]
        run_all(minutes=8)
        assert newest().state is JobState.DONE
        assert owed(database) == requests.Owed()


@needs_orthanc
def test_orthanc_reports_on_an_association_of_its_own(
    tmp_path, port, send, newest, run_all, database, monkeypatch
):
    monkeypatch.setattr(module, "REPORT_S", 0.1)
    with an_orthanc(tmp_path, KLINIKA=port) as peer:
        send(peer.port, "ARCHIVE")
        wait_for(lambda: owed(database, "ARCHIVE") == requests.Owed())
        run_all(hours=24)
    assert newest().state is JobState.DONE


class OddArchive:
    """Takes objects and requests, and reports what it is told to, when it is told to."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.request = None
        self.status = 0x0000
        entity = AE(ae_title="ODD")
        entity.add_supported_context("1.2.840.10008.5.1.4.1.1.2")
        entity.add_supported_context(StorageCommitmentPushModel)
        handlers = [(evt.EVT_C_STORE, lambda _event: 0x0000), (evt.EVT_N_ACTION, self._take)]
        self._server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        self.port = self._server.server_address[1]

    def _take(self, event):
        self.request = event.action_information
        self.asked.set()
        return self.status, None

    def report(self, port, *, failed=(), transaction_uid="", has_role=True) -> int:
        ds = Dataset()
        ds.TransactionUID = transaction_uid or self.request.TransactionUID
        items = list(self.request.ReferencedSOPSequence)
        ds.FailedSOPSequence = [each for each in items if each.ReferencedSOPInstanceUID in failed]
        for each in ds.FailedSOPSequence:
            each.FailureReason = 0x0112
        ds.ReferencedSOPSequence = [each for each in items if "FailureReason" not in each]
        entity = AE(ae_title="ODD")
        entity.add_requested_context(StorageCommitmentPushModel)
        roles = [build_role(StorageCommitmentPushModel, scp_role=True)] if has_role else []
        association = entity.associate("127.0.0.1", port, ae_title="KLINIKA", ext_neg=roles)
        assert association.is_established
        answer, _ = association.send_n_event_report(
            ds, 2 if failed else 1, StorageCommitmentPushModel, "1.2.840.10008.1.20.1.1"
        )
        association.release()
        return answer.Status

    def close(self) -> None:
        self._server.shutdown()


@pytest.fixture
def odd(monkeypatch):
    monkeypatch.setattr(module, "REPORT_S", 0.1)
    archive = OddArchive()
    yield archive
    archive.close()


def test_a_report_lets_the_job_go_on_that_waits_for_it(odd, port, send, newest, run_all):
    send(odd.port, "ODD")
    assert newest().reason == f"{UNCONFIRMED}: 3 objects"
    assert odd.report(port, failed=[sop_uid(1, 1, 3)]) == 0x0000
    run_all()
    assert newest().reason == "incomplete: ODD does not keep 1 objects: 0x0112"
    run_all()
    assert newest(FORWARD).state is JobState.DONE
    run_all(minutes=10)
    assert [each.ReferencedSOPInstanceUID for each in odd.request.ReferencedSOPSequence] == [
        sop_uid(1, 1, 3)
    ]
    assert odd.report(port) == 0x0000
    run_all()
    assert newest().state is JobState.DONE


@pytest.mark.logs("request-not-done")
def test_what_nobody_asked_for_is_refused(odd, port, send, database):
    send(odd.port, "ODD")
    assert odd.report(port, transaction_uid="1.2.3") == 0x0115
    assert len(owed(database, "ODD").waiting) == 3


@pytest.mark.logs("job-failed")
def test_who_never_reports_is_asked_each_day_and_then_given_up(odd, send, newest, run_all):
    send(odd.port, "ODD")
    first = odd.request.TransactionUID
    for _day in range(2):
        run_all(hours=24)
        assert newest().state is JobState.QUEUED
    assert odd.request.TransactionUID != first
    run_all(hours=24)
    ended = newest()
    assert (ended.state, ended.reason) == (JobState.FAILED, f"{UNCONFIRMED}: 3 objects")


def test_who_does_not_take_the_request_is_asked_again(odd, send, newest, run_all):
    odd.status = 0x0110
    send(odd.port, "ODD")
    assert newest().reason == "failed: ODD answers 0x0110"
    odd.status = 0x0000
    run_all(minutes=8)
    assert newest().reason.startswith(UNCONFIRMED)


def test_a_node_without_an_address_any_more_is_named(send, odd, newest, database, run_all):
    send(odd.port, "ODD")
    with database.write() as connection:
        nodes.update(connection, RemoteNode("ODD", is_asked_to_commit=True))
    run_all(hours=24)
    assert newest().reason == f"{ArchiveProblem.UNREACHABLE}: ODD has no address"
    with database.write() as connection:
        nodes.update(connection, RemoteNode("ODD"))
    run_all(hours=6)
    assert newest().state is JobState.DONE


def test_more_that_is_sent_meanwhile_is_asked_for_too(odd, send, newest, run_all, ingest, routing):
    send(odd.port, "ODD")
    ingest.store(ADMIN, SCANNER, an_object(number=4))
    routing.forward(ADMIN, study_uid(1), "ODD")
    run_all()
    run_all(seconds=requests.PAUSE / timedelta(seconds=1))
    assert len(odd.request.ReferencedSOPSequence) == 4
    assert newest().reason == f"{UNCONFIRMED}: 4 objects"
