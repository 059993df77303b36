"""Modalities ask for storage commitment and are told on either association (PS3.4 J.3)."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from pydicom import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom.sop_class import Verification

from app.domain.jobs import Job, JobState
from app.domain.nodes import RemoteNode
from app.server.core.commitment import KIND
from app.server.dimse import commands, identifier, wire
from app.server.dimse.commands import CommandField
from app.server.dimse.commitment import STORAGE_COMMITMENT, WELL_KNOWN_INSTANCE
from app.server.dimse.requestor import Peer
from app.server.jobs.commitments import give_reports
from app.server.jobs.outbox import Outbox
from app.server.store import jobs
from tests.server.committing import PATIENCE_S, Modality
from tests.server.dimse import raw
from tests.server.samples import an_object, sop_uid

COMMITMENT = 5
"""Id of its presentation context, as a raw modality proposes it."""


@pytest.fixture
def modality(node, ingest, doctor, source):
    """A modality whose images 1 and 2 are kept."""
    for number in (1, 2):
        ingest.store(doctor, source, an_object(number=number))
    modality = Modality(node.port)
    yield modality
    modality.close()


class Reports:
    """Gives the reports that are due, where the modality listens; the test moves its clock."""

    def __init__(self, database, objects, modality) -> None:
        self._ahead = timedelta(0)
        self._peers = {}
        self._modality = modality
        self._database = database
        self._outbox = Outbox(database, self._clock)
        give_reports(self._outbox, database, objects, self._peers.get, self._clock)

    def _clock(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def listening(self) -> None:
        """Let the modality listen and be known."""
        self._peers["SCANNER"] = Peer("127.0.0.1", self._modality.listen(), "SCANNER")

    def pass_by(self, **time) -> None:
        self._ahead += timedelta(**time)

    def give_one(self) -> None:
        """Wait until a report is due, and try to give it."""
        deadline = time.monotonic() + PATIENCE_S
        while not self._outbox.run_one():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def job(self) -> Job:
        """What owes the report."""
        with self._database.read() as connection:
            (job,) = jobs.newest(connection, None, 2, kind=KIND)
        return job


@pytest.fixture
def reports(database, objects, modality) -> Reports:
    return Reports(database, objects, modality)


def test_who_keeps_the_association_is_told_on_it(modality):
    modality.open()
    assert modality.ask(1, 2) == 0x0000
    event_type, ds = modality.wait()
    assert (event_type, ds.TransactionUID, ds.RetrieveAETitle) == (1, "1.2.3", "KLINIKA")
    told = [item.ReferencedSOPInstanceUID for item in ds.ReferencedSOPSequence]
    assert told == [sop_uid(1, 1, 1), sop_uid(1, 1, 2)]
    assert "FailedSOPSequence" not in ds


def test_what_is_not_here_is_told_as_failed(modality):
    modality.open()
    modality.ask(1, 9)
    event_type, ds = modality.wait()
    assert event_type == 2
    assert [item.ReferencedSOPInstanceUID for item in ds.ReferencedSOPSequence] == [
        sop_uid(1, 1, 1)
    ]
    (failed,) = ds.FailedSOPSequence
    assert (failed.ReferencedSOPInstanceUID, failed.FailureReason) == (sop_uid(1, 1, 9), 0x0112)


def test_who_leaves_is_told_on_another_association(modality, reports):
    reports.listening()
    modality.open()
    assert modality.ask(1, 9) == 0x0000
    modality.release()
    reports.give_one()
    event_type, ds = modality.wait()
    assert (event_type, ds.TransactionUID) == (2, "1.2.3")
    assert len(modality.events) == 1
    assert reports.job().state is JobState.DONE


def test_who_does_not_listen_is_told_when_it_does_even_a_day_later(modality, reports):
    modality.open()
    modality.ask(1)
    modality.release()
    reports.give_one()
    assert reports.job().reason == "SCANNER has no address"
    reports.pass_by(hours=25)
    reports.give_one()
    assert reports.job().state is JobState.QUEUED
    reports.listening()
    reports.pass_by(hours=2)
    reports.give_one()
    assert modality.wait()[0] == 1


@pytest.mark.logs("job-failed")
@pytest.mark.logs("job-failed")
def test_who_never_listens_is_given_up_after_two_days(modality, reports):
    modality.open()
    modality.ask(1)
    modality.release()
    reports.give_one()
    reports.pass_by(hours=49)
    reports.give_one()
    assert reports.job().state is JobState.FAILED


def test_a_report_that_is_refused_is_owed(modality, reports):
    reports.listening()
    modality.answer = 0x0110
    modality.open()
    modality.ask(1)
    modality.wait()
    modality.release()
    reports.give_one()
    assert reports.job().reason == "failed: SCANNER answered the report with 0x0110"
    modality.answer = 0x0000
    reports.pass_by(hours=1)
    reports.give_one()
    assert reports.job().state is JobState.DONE


def test_a_report_that_was_given_on_the_association_is_not_given_again(modality, reports):
    reports.listening()
    modality.open()
    modality.ask(1)
    modality.wait()
    modality.release()
    reports.give_one()
    assert (len(modality.events), reports.job().state) == (1, JobState.DONE)


@pytest.mark.logs("request-not-done")
def test_what_is_no_request_is_refused(modality, record):
    modality.open()
    assert modality.ask(1, action=2) == 0x0123
    assert modality.ask(1, instance="1.2.3") == 0x0112
    assert modality.ask() == 0x0115
    assert modality.ask(1) == 0x0000
    modality.wait()
    assert modality.ask(2) == 0x0131
    modality.release()
    record(RemoteNode("LOOKER", may_store=False))
    modality.open("LOOKER")
    assert modality.ask(1, transaction_uid="1.2.5") == 0x0124


class Synchronous:
    """A modality that takes what comes on its association for the answer to what it has sent."""

    def __init__(self, connection) -> None:
        self._connection = connection
        raw.associate(connection, others=[STORAGE_COMMITMENT])

    def send(self, *messages: bytes) -> None:
        self._connection.sendall(b"".join(messages))

    def request(self, message_id: int, transaction_uid: str) -> bytes:
        """For the commitment to one image."""
        ds = Dataset()
        ds.TransactionUID = transaction_uid
        ds.ReferencedSOPSequence = [_an_image()]
        return self._message(
            COMMITMENT,
            CommandField.N_ACTION,
            message_id,
            {0x0003: STORAGE_COMMITMENT, 0x1001: WELL_KNOWN_INSTANCE, 0x1008: 1},
            identifier.encode(ds, ExplicitVRLittleEndian, ""),
        )

    def echo(self, message_id: int) -> bytes:
        return self._message(raw.ECHO, CommandField.C_ECHO, message_id, {0x0002: Verification})

    def _message(self, context, field, message_id, values, data=b"") -> bytes:
        command = commands.request(field, message_id, values, has_data_set=bool(data))
        parts = raw.value(context, command, command=True) + (data and raw.value(context, data))
        return raw.pdu(4, parts)

    def heard(self) -> tuple[int, int]:
        """(field, message ID) of the next command from the node."""
        _kind, body = raw.answer(self._connection)
        (fragment,) = wire.fragments(memoryview(body))
        if not fragment.is_command:
            return self.heard()
        command = commands.parse(bytes(fragment.data))
        return command.field, command.message_id

    def release(self) -> None:
        self._connection.sendall(raw.pdu(5, bytes(4)))
        assert raw.answer(self._connection)[0] == 6


def _an_image() -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = CTImageStorage
    item.ReferencedSOPInstanceUID = sop_uid(1, 1, 1)
    return item


@pytest.fixture
def synchronous(modality, connect) -> Synchronous:
    return Synchronous(connect())


N_ACTION_RSP, N_EVENT_REPORT_RQ, C_ECHO_RSP = 0x8130, 0x0100, 0x8030


def test_who_goes_on_working_is_answered_and_told_on_another_association(
    synchronous, modality, reports
):
    reports.listening()
    synchronous.send(synchronous.request(1, "1.2.3"), synchronous.echo(2))
    assert [synchronous.heard(), synchronous.heard()] == [(N_ACTION_RSP, 1), (C_ECHO_RSP, 2)]
    reports.give_one()
    assert modality.wait()[1].TransactionUID == "1.2.3"


def test_who_does_not_answer_a_report_is_served_and_told_on_another_association(
    synchronous, modality, reports
):
    reports.listening()
    synchronous.send(synchronous.request(1, "1.2.3"))
    assert [synchronous.heard()[0], synchronous.heard()[0]] == [N_ACTION_RSP, N_EVENT_REPORT_RQ]
    synchronous.send(synchronous.echo(2))
    assert synchronous.heard() == (C_ECHO_RSP, 2)
    synchronous.send(synchronous.request(3, "1.2.4"))
    assert synchronous.heard() == (N_ACTION_RSP, 3)
    reports.give_one()
    assert modality.wait()[1].TransactionUID == "1.2.4"
    synchronous.release()
    reports.give_one()
    assert modality.wait()[1].TransactionUID == "1.2.3"
