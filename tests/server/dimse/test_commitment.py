"""Modalities ask for storage commitment and are told on either association (PS3.4 J.3)."""

import time
from datetime import UTC, datetime

import pytest

from app.domain.nodes import RemoteNode
from app.server.core import commitment
from app.server.dimse.requestor import Peer
from app.server.jobs.commitments import CommitmentReports
from app.server.store import commitments
from tests.server.committing import PATIENCE_S, Modality
from tests.server.samples import an_object, sop_uid


@pytest.fixture
def modality(node, ingest, doctor, source):
    """A modality whose images 1 and 2 are kept."""
    for number in (1, 2):
        ingest.store(doctor, source, an_object(number=number))
    modality = Modality(node.port)
    yield modality
    modality.close()


@pytest.fixture
def reports(database, objects, modality):
    """Gives the reports that are due to the modality where it listens."""
    peers = {}

    def listening():
        peers["SCANNER"] = Peer("127.0.0.1", modality.listen(), "SCANNER")

    reports = CommitmentReports(database, objects, peers.get, lambda: datetime.now(UTC))
    reports.listening = listening
    return reports


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
    reports.start()
    try:
        modality.open()
        assert modality.ask(1, 9) == 0x0000
        modality.release()
        event_type, ds = modality.wait()
    finally:
        reports.close()
    assert (event_type, ds.TransactionUID) == (2, "1.2.3")
    assert len(modality.events) == 1


def test_who_does_not_listen_is_told_when_it_does(modality, reports, database, monkeypatch):
    monkeypatch.setattr(commitment, "FIRST_DELAY", commitment.FIRST_DELAY * 0)
    modality.open()
    modality.ask(1)
    modality.release()
    reports.start()
    try:
        _wait_until(lambda: _attempts(database))
        reports.listening()
        assert modality.wait()[0] == 1
    finally:
        reports.close()


def _wait_until(is_so) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_owed(database) -> bool:
    with database.read() as connection:
        return commitments.is_any_due(connection, datetime.now(UTC))


def _attempts(database) -> int:
    with database.read() as connection:
        return commitments.get(connection, "SCANNER", "1.2.3").attempts


def test_a_report_that_is_refused_is_owed(modality, reports, database):
    modality.answer = 0x0110
    modality.open()
    modality.ask(1)
    modality.wait()
    _wait_until(lambda: _is_owed(database))
    modality.release()
    modality.answer = 0x0000
    reports.listening()
    reports.start()
    try:
        assert modality.wait()[0] == 1
    finally:
        reports.close()


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
