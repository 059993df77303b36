"""What nodes were sent and have not committed themselves to; who is asked and who waits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.commitment import UNCONFIRMED, Answered, Owed
from app.domain.jobs import JobState
from app.domain.nodes import RemoteNode
from app.server.core import commitment_requests as requests
from app.server.store import commitment_requests as stored
from app.server.store import jobs, nodes, routing
from app.server.store.jobs import Room
from tests.server.samples import an_object, series_uid, sop_uid, study_uid

PACS = RemoteNode("PACS", "127.0.0.1", 104, is_asked_to_commit=True)
STUDY = ("PACS", study_uid(1))


@pytest.fixture
def sent(database, ingest, doctor, source, clock):
    """Stores images of study 1, of which a node took what is named."""
    with database.write() as connection:
        nodes.insert(connection, PACS)
        nodes.insert(connection, replace(PACS, ae_title="VIEWER", is_asked_to_commit=False))

    def sent(*numbers, ae_title="PACS"):
        for number in numbers:
            ingest.store(doctor, source, an_object(number=number))
        uids = [sop_uid(1, 1, number) for number in numbers]
        with database.write() as connection:
            routing.note_sent(connection, ae_title, uids, clock())
        requests.owe(database, ae_title, study_uid(1), clock())

    return sent


@pytest.fixture
def queued(database):
    def queued():
        with database.read() as connection:
            return jobs.newest(connection, JobState.QUEUED, 9, kind=requests.KIND)

    return queued


def waiting(database) -> list[str]:
    owed = requests.owed(database, *STUDY)
    return [each.sop_instance_uid for each in owed.waiting]


def test_a_node_is_asked_once_for_each_study_a_while_after(sent, queued, clock):
    sent(1, 2)
    sent(3)
    (job,) = queued()
    assert (job.node, job.subject) == STUDY
    assert job.not_before - job.created_at == requests.PAUSE


def test_only_nodes_whose_records_say_so_are_asked(sent, queued, database):
    sent(1, ae_title="VIEWER")
    assert queued() == ()
    assert requests.owed(database, "GONE", study_uid(1)) == Owed()


def test_what_is_committed_is_not_asked_for_any_more(sent, queued, database, clock, monkeypatch):
    monkeypatch.setattr(stored, "UIDS_AT_ONCE", 2)
    sent(1, 2, 3)
    uid = requests.begin(database, "PACS", waiting(database))
    answer = Answered(uid, tuple(sop_uid(1, 1, number) for number in (1, 2, 3)), ())
    assert requests.answered(database, answer, clock())
    assert requests.owed(database, *STUDY) == Owed()
    before = queued()
    requests.owe(database, *STUDY, clock())
    assert queued() == before


def test_what_is_not_kept_counts_as_not_sent_until_it_is_sent_again(sent, database, clock):
    sent(1, 2)
    uid = requests.begin(database, "PACS", waiting(database))
    answer = Answered(uid, (sop_uid(1, 1, 1),), ((sop_uid(1, 1, 2), 0x0112),))
    assert requests.answered(database, answer, clock())
    (failed,) = requests.owed(database, *STUDY).failed
    assert (failed.sop_instance_uid, failed.series_uid, failed.failure) == (
        sop_uid(1, 1, 2),
        series_uid(1, 1),
        0x0112,
    )
    scope = routing.Scope(study_uids=(study_uid(1),))
    with database.write() as connection:
        unsent = routing.unsent(connection, scope, "PACS")
        assert [each.sop_instance_uid for each in unsent] == [sop_uid(1, 1, 2)]
        routing.note_sent(connection, "PACS", [sop_uid(1, 1, 2)], clock())
        assert routing.unsent(connection, scope, "PACS") == []
    assert waiting(database) == [sop_uid(1, 1, 2)]


def test_a_report_of_another_transaction_is_not_known(sent, database, clock):
    sent(1)
    before = requests.begin(database, "PACS", waiting(database))
    requests.begin(database, "PACS", waiting(database))
    for uid in (before, "", "1.2.3"):
        answer = Answered(uid, (sop_uid(1, 1, 1),), ())
        assert not requests.answered(database, answer, clock())
    assert waiting(database) == [sop_uid(1, 1, 1)]


def test_a_report_wakes_the_job_that_waits_for_it_alone(sent, queued, database, clock):
    sent(1, 2)

    def put_off(reason) -> None:
        with database.write() as connection:
            later = clock() + timedelta(days=1)
            assert jobs.claim(connection, Room((requests.KIND,)), "lease", later, later)
            jobs.give_back(connection, "lease", later, reason, is_counted=True)

    put_off("failed: nobody there")
    uid = requests.begin(database, "PACS", waiting(database))
    answer = Answered(uid, (sop_uid(1, 1, 1),), ())
    assert requests.answered(database, answer, clock())
    assert queued()[0].not_before > clock() + timedelta(hours=23)
    put_off(f"{UNCONFIRMED}: 1 objects")
    assert requests.answered(database, answer, clock())
    assert queued()[0].not_before <= clock()
    put_off(f"{UNCONFIRMED}: 1 objects")
    sent(3)
    (job,) = queued()
    assert job.not_before < clock() + timedelta(minutes=2)
