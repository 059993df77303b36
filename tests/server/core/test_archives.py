"""Remote archives: searched, and retrieved from with progress that outlives everything."""

from dataclasses import replace

import pytest

from app.domain.access import Permission, Role
from app.domain.archives import ArchivePage, ArchiveProblem, ArchiveQuery, ArchiveStudy
from app.domain.calls import WantedStudy
from app.domain.errors import ForbiddenError, InvalidError, NotFoundError
from app.domain.jobs import JobState
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.domain.study import StudySummary
from app.server.core import archives as use_cases
from app.server.core import audit
from app.server.core.archives import KIND, Archives
from app.server.core.audit import Action
from app.server.core.nodes import Nodes
from app.server.store import jobs
from app.server.store.jobs import Room
from tests.server.samples import an_object, sop_uid, study_uid

PACS = RemoteNode("PACS", "192.168.1.7", 11112, is_archive=True)
QUERY = ArchiveQuery("Иванов*")
THREE = WantedStudy(study_uid(1), 3)


@pytest.fixture
def asked():
    """What was asked of which archive."""
    return []


@pytest.fixture
def archives(database, clock, asked, admin) -> Archives:
    """Archives that have studies 1 and 2."""
    nodes = Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), clock)
    for node in (PACS, RemoteNode("CT", "192.168.1.8", 104), RemoteNode("FAR", is_archive=True)):
        nodes.add(admin, node)

    def ask(node, query):
        asked.append((node, query))
        rows = (ArchiveStudy(StudySummary(study_uid(number))) for number in (1, 2))
        return ArchivePage(tuple(rows))

    return Archives(database, ask, clock)


@pytest.fixture
def fail(database, clock):
    """Lets the job that waits fail with a reason."""

    def fail(reason) -> None:
        with database.write() as connection:
            jobs.claim(connection, Room((KIND,)), "a", clock(), clock())
            jobs.give_back(connection, "a", clock(), reason, is_counted=True)

    return fail


def test_a_search_says_what_is_here_already(archives, admin, asked, ingest, source):
    ingest.store(admin, source, an_object(2, number=1))
    page = archives.search(admin, "PACS", QUERY)
    assert asked == [(PACS, QUERY)]
    assert [row.kept_count for row in page.rows] == [0, 1]


def test_a_search_is_told_to_the_audit_trail_without_whom_it_was_for(archives, admin, database):
    archives.search(admin, "PACS", QUERY)
    entry = audit.newest(database, admin, 1)[0]
    assert (entry.action, entry.subject) == (Action.ARCHIVE_SEARCHED, "PACS")


@pytest.mark.parametrize("ae_title", ["CT", "FAR", "NOBODY"])
def test_only_archives_with_an_address_are_asked(archives, admin, ae_title):
    with pytest.raises(NotFoundError):
        archives.search(admin, ae_title, QUERY)
    with pytest.raises(NotFoundError):
        archives.retrieve(admin, ae_title, THREE)


def test_a_study_is_on_its_way_once(archives, admin, database):
    first = archives.retrieve(admin, "PACS", THREE)
    assert (first.state, first.kept_count, first.object_count) == (JobState.QUEUED, 0, 3)
    again = archives.retrieve(admin, "PACS", THREE)
    assert again.number == first.number
    assert archives.retrievals(admin) == (again,)
    retrieved = [each for each in audit.newest(database, admin) if each.action == "study-retrieved"]
    assert [each.subject for each in retrieved] == [f"{study_uid(1)} PACS"]


def test_a_study_is_found_behind_any_number_of_newer_ones(archives, admin, monkeypatch):
    monkeypatch.setattr(use_cases, "MOST", 1)
    first = archives.retrieve(admin, "PACS", THREE)
    newer = archives.retrieve(admin, "PACS", WantedStudy(study_uid(2)))
    assert archives.retrieve(admin, "PACS", THREE).number == first.number
    assert archives.retrievals(admin) == (newer,)


def test_how_far_it_is_is_what_has_come(archives, admin, database, ingest, source):
    wanted = archives.retrieve(admin, "PACS", replace(THREE, object_count=0))
    for number in (1, 2):
        ingest.store(admin, source, an_object(number=number))
    with database.read() as connection:
        job = jobs.get(connection, wanted.number)
    assert use_cases.fruitless_of(job) == 0
    use_cases.expect(database, job, 5, 1)
    (retrieval,) = archives.retrievals(admin)
    assert (retrieval.kept_count, retrieval.object_count) == (2, 5)
    with database.read() as connection:
        assert use_cases.fruitless_of(jobs.get(connection, wanted.number)) == 1
    assert use_cases.kept_of(database, study_uid(1)) == {sop_uid(1, 1, 1), sop_uid(1, 1, 2)}


@pytest.mark.parametrize(
    ("told", "problem", "reason"),
    [
        ("unreachable: PACS is off", ArchiveProblem.UNREACHABLE, "PACS is off"),
        ("ZeroDivisionError", ArchiveProblem.FAILED, "ZeroDivisionError"),
    ],
)
def test_why_it_waits_is_said(archives, admin, fail, told, problem, reason):
    archives.retrieve(admin, "PACS", THREE)
    fail(told)
    (retrieval,) = archives.retrievals(admin)
    assert (retrieval.problem, retrieval.reason) == (problem, reason)


def test_one_that_was_cancelled_can_be_taken_up_again(archives, admin, database):
    first = archives.retrieve(admin, "PACS", THREE)
    assert use_cases.is_under_way(database, first.number)
    assert archives.cancel(admin, first.number).state is JobState.CANCELLED
    assert archives.cancel(admin, first.number).state is JobState.CANCELLED
    assert not use_cases.is_under_way(database, first.number)
    again = archives.retrieve(admin, "PACS", THREE)
    assert again.state is JobState.QUEUED
    assert archives.retrievals(admin) == (again,)


def test_only_retrievals_are_cancelled_here(archives, admin, database, clock):
    with database.write() as connection:
        jobs.add(connection, "other", {}, at=clock())
        (other,) = jobs.newest(connection, None, 1)
    for number in (other.id, other.id + 100):
        with pytest.raises(NotFoundError):
            archives.cancel(admin, number)
    assert not use_cases.is_under_way(database, other.id + 100)


def test_what_breaks_a_rule_is_refused(archives, admin):
    with pytest.raises(InvalidError):
        archives.search(admin, "PACS", ArchiveQuery("a\\b"))
    for wanted in (WantedStudy("../x"), WantedStudy("1.2", -1)):
        with pytest.raises(InvalidError):
            archives.retrieve(admin, "PACS", wanted)


def test_nobody_without_the_permission_gets_in(archives, nobody, sign_in_as):
    reader = replace(sign_in_as(Role.DOCTOR), permissions=frozenset({Permission.STUDY_READ}))
    for ask in (
        lambda: archives.search(nobody, "PACS", QUERY),
        lambda: archives.retrievals(nobody),
        lambda: archives.retrieve(reader, "PACS", THREE),
        lambda: archives.cancel(reader, 1),
    ):
        with pytest.raises(ForbiddenError):
            ask()
