"""Who is to be told that a step's images are here: owed when it ends, once for each node."""

from datetime import UTC, datetime

import pytest

from app.domain.access import POLICY, Actor, Permission, Role
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.server.core.availability import KIND, arrived
from app.server.core.nodes import Nodes
from app.server.core.procedure_steps import create, modify
from app.server.store import jobs
from tests.server.performing import a_beginning, an_end
from tests.server.samples import an_object, sop_uid

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
MODALITY = Actor("CT1", frozenset({Permission.STUDY_IMPORT}))
UID = "1.2.3.1"


@pytest.fixture
def told(database):
    """Records two nodes that want notifications and one that does not."""
    nodes = Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), lambda: NOW)
    for title, is_told in (("RIS", True), ("VIEWER", False), ("BOARD", True)):
        nodes.add(Actor("admin", POLICY[Role.ADMIN]), RemoteNode(title, is_told_of_images=is_told))


def owed(database):
    with database.read() as connection:
        return [
            (job.kind, job.payload["step"], job.payload["ae_title"])
            for job in jobs.newest(connection, None, 10, kind=KIND)
        ]


def test_every_node_that_wants_it_is_owed_a_notice_when_the_step_ends(database, told):
    create(database, MODALITY, UID, a_beginning(), NOW)
    modify(database, MODALITY, UID, an_end("IN PROGRESS"), NOW)
    assert owed(database) == []
    modify(database, MODALITY, UID, an_end(), NOW)
    assert sorted(owed(database)) == [(KIND, UID, "BOARD"), (KIND, UID, "RIS")]


def test_what_has_come_of_a_steps_images_and_how_many_have_not(database, ingest, doctor, source):
    create(database, MODALITY, UID, a_beginning(), NOW)
    modify(database, MODALITY, UID, an_end(images=3), NOW)
    assert arrived(database, UID).missing == 3
    ingest.store(doctor, source, an_object(number=2))
    found = arrived(database, UID)
    assert [each.sop_instance_uid for each in found.objects] == [sop_uid(1, 1, 2)]
    assert found.missing == 2


def test_a_step_without_images_and_an_unknown_one_have_nothing_to_tell(database):
    create(database, MODALITY, UID, a_beginning(), NOW)
    modify(database, MODALITY, UID, an_end("DISCONTINUED", PerformedSeriesSequence=[]), NOW)
    for uid in (UID, "1.2.9"):
        found = arrived(database, uid)
        assert (found.objects, found.missing) == ((), 0)
