"""Earlier studies are looked for once, for patients who come, where a node's record says so."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.archives import ArchivePage, ArchiveProblem, ArchiveQuery, ArchiveStudy
from app.domain.errors import UnavailableError
from app.domain.ingest import Source, SourceKind
from app.domain.jobs import JobState
from app.domain.nodes import RemoteNode
from app.domain.study import StudySummary
from app.server.core import archives
from app.server.core.orders import Orders
from app.server.core.priors import PREFETCH, Priors
from app.server.store import jobs as rows
from app.server.store import nodes
from tests.server.ordered import an_order
from tests.server.samples import an_object, study_uid

PACS = RemoteNode("PACS", "127.0.0.1", 104, prior_count=2, prior_years=5)
CT1 = Source(SourceKind.C_STORE, "CT1")
BORN = date(1961, 3, 5)


def a_study(number, year, **changes) -> ArchiveStudy:
    day = date(year, 6, 1)
    found = StudySummary(study_uid(number), "Иванов^Пётр", "P-17", BORN, study_date=day)
    return ArchiveStudy(replace(found, **{"instance_count": 2, **changes}))


@pytest.fixture
def record(database):
    def record(*known: RemoteNode) -> None:
        with database.write() as connection:
            for node in known:
                nodes.insert(connection, node)

    return record


@pytest.fixture
def waiting(database):
    """What the jobs of a kind that wait are about: the node and the study."""

    def waiting(kind=PREFETCH):
        with database.read() as connection:
            found = rows.newest(connection, JobState.QUEUED, 100, kind=kind)
        return [(job.payload["ae_title"], job.subject) for job in found[::-1]]

    return waiting


@pytest.fixture
def answers():
    """What archives answer; what they were asked is in `asked`."""
    return {"PACS": ArchivePage()}


@pytest.fixture
def asked():
    return []


@pytest.fixture
def priors(database, clock, answers, asked) -> Priors:
    def ask(node: RemoteNode, query: ArchiveQuery) -> ArchivePage:
        asked.append((node.ae_title, query))
        return answers[node.ae_title]

    return Priors(database, ask, clock)


def test_an_order_and_a_study_let_the_nodes_be_asked_once(
    record, database, clock, doctor, ingest, waiting
):
    record(PACS, RemoteNode("VIEWER", "127.0.0.1", 105), replace(PACS, ae_title="OLD PACS"))
    order = Orders(database, clock).create(doctor, an_order())
    ingest.store(doctor, CT1, an_object(1, 1, 1))
    ingest.store(doctor, CT1, an_object(1, 2, 1))
    assert waiting() == [
        ("OLD PACS", order.study_uid),
        ("PACS", order.study_uid),
        ("OLD PACS", study_uid(1)),
        ("PACS", study_uid(1)),
    ]


def test_a_corrected_patient_lets_the_nodes_be_asked_again(
    record, priors, database, clock, doctor, asked, waiting
):
    record(PACS)
    orders = Orders(database, clock)
    order = orders.create(doctor, an_order())
    with database.write() as connection:
        rows.claim(connection, rows.Room((PREFETCH,)), "lease", clock(), clock())
        rows.done(connection, "lease", clock())
    content = replace(order.content, patient=replace(order.content.patient, weight_kg=70.0))
    order = orders.change(doctor, order.order_id, order.revision, content)
    assert waiting() == []
    content = replace(content, patient=replace(content.patient, patient_id="P-18"))
    order = orders.change(doctor, order.order_id, order.revision, content)
    assert waiting() == [("PACS", order.study_uid)]
    priors.fetch(order.study_uid, "PACS")
    assert asked == [("PACS", ArchiveQuery(patient_id="P-18"))]


@pytest.mark.parametrize(
    "source", [Source(SourceKind.C_STORE, "PACS"), Source(SourceKind.REPORT, "dora")]
)
def test_what_an_archive_sends_or_we_write_is_no_patient_who_comes(
    record, doctor, ingest, waiting, source
):
    record(PACS)
    ingest.store(doctor, source, an_object())
    assert waiting() == []


def test_without_such_a_node_nobody_is_asked(doctor, ingest, waiting):
    ingest.store(doctor, CT1, an_object())
    assert waiting() == []


def test_the_newest_priors_that_are_not_here_are_fetched(
    record, priors, doctor, ingest, answers, asked, waiting
):
    record(PACS)
    ingest.store(doctor, CT1, an_object(1, PatientBirthDate="19610305"))
    for number in (1, 2):
        ingest.store(doctor, CT1, an_object(3, 1, number))
    answers["PACS"] = ArchivePage(
        (
            a_study(1, 2026),
            a_study(2, 2025, birth_date=date(2000, 1, 1)),
            a_study(3, 2025),
            a_study(4, 2024),
            a_study(5, 2023),
        )
    )
    priors.fetch(study_uid(1), "PACS")
    assert asked == [("PACS", ArchiveQuery(patient_id="P-17"))]
    assert waiting(archives.KIND) == [("PACS", study_uid(4))]


def test_an_order_is_enough_to_know_the_patient(
    record, priors, database, clock, doctor, answers, waiting
):
    record(replace(PACS, prior_years=0))
    order = Orders(database, clock).create(doctor, an_order())
    answers["PACS"] = ArchivePage((a_study(7, 1999, instance_count=0),))
    priors.fetch(order.study_uid, "PACS")
    priors.fetch(order.study_uid, "PACS")
    assert waiting(archives.KIND) == [("PACS", study_uid(7))]


def test_a_patient_without_an_id_of_their_own_is_not_looked_for(
    record, priors, ingest, doctor, asked
):
    record(PACS)
    ingest.store(doctor, CT1, an_object(1, PatientID="*"))
    priors.fetch(study_uid(1), "PACS")
    priors.fetch("1.2.3", "PACS")
    priors.fetch(study_uid(1), "GONE")
    assert asked == []


def test_a_node_that_does_not_tell_is_asked_again(record, priors, ingest, doctor, answers):
    record(PACS, RemoteNode("SILENT", prior_count=1))
    ingest.store(doctor, CT1, an_object())
    answers["PACS"] = ArchivePage(problem=ArchiveProblem.UNREACHABLE, reason="nobody there")
    with pytest.raises(UnavailableError, match="nobody there"):
        priors.fetch(study_uid(1), "PACS")
    with pytest.raises(UnavailableError, match="no address"):
        priors.fetch(study_uid(1), "SILENT")
