"""Studies are retrieved over DICOMweb: from Orthanc, and from another server of ours."""

import ssl
from dataclasses import dataclass

import pytest

from app.domain.access import POLICY, Actor, Role
from app.domain.archives import ArchiveProblem, ArchiveQuery
from app.domain.calls import WantedStudy
from app.domain.ingest import RefusalReason, RefusedObjectError
from app.domain.jobs import JobState
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.server.core.archives import Archives
from app.server.core.nodes import Nodes
from app.server.dimse.sending import Outgoing, send
from app.server.jobs.outbox import Outbox
from app.server.jobs.retrieving import Retrieving
from app.server.jobs.ways import Entrance, FarArchives
from app.server.store.spool import Spool
from app.server.web.dicomweb.remote import trust
from app.settings import Settings
from tests.clinic import NAMES, PASSWORD, a_clinic
from tests.server.foreign_archive import (
    ORTHANC_PASSWORD,
    ORTHANC_USER,
    an_orthanc_on_the_web,
    needs_orthanc_on_the_web,
)
from tests.server.receiving import kept
from tests.server.samples import an_object, sop_uid, study_uid

ADMIN = Actor("admin", POLICY[Role.ADMIN])
MOST = 1 << 24
SENT = [(1, series, number) for series in (1, 2) for number in (1, 2, 3)]


@pytest.fixture
def server_settings(tmp_path) -> Settings:
    """On SQLite: what the database does is tested with both elsewhere."""
    return Settings(data_dir=tmp_path / "ours")


@pytest.fixture(scope="module")
def neighbour(tmp_path_factory):
    """Another server of ours with study 1: its URL, and who we are there."""
    with a_clinic(tmp_path_factory.mktemp("neighbour")) as clinic:
        doctor = clinic.signed_in(Role.DOCTOR)
        for each in SENT:
            doctor.store_object(an_object(*each))
        yield f"{clinic.embedded.url}/dicom-web", NAMES[Role.DOCTOR], PASSWORD


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory):
    """Orthanc with study 1: its URL, and who we are there."""
    folder = tmp_path_factory.mktemp("orthanc")
    files = []
    for each in SENT:
        files.append(folder / f"{each}.dcm")
        files[-1].write_bytes(an_object(*each))
    with an_orthanc_on_the_web(folder) as (peer, url):
        sent = send(peer, "KLINIKA", [Outgoing.of(file) for file in files])
        assert [each.status for each in sent] == [0] * 6
        yield url, ORTHANC_USER, ORTHANC_PASSWORD


@pytest.fixture(params=["neighbour", pytest.param("orthanc", marks=needs_orthanc_on_the_web)])
def site(request):
    return request.getfixturevalue(request.param)


@dataclass
class Desk:
    """A doctor's desk: retrieves study 1 in steps that the test takes."""

    nodes: Nodes
    archives: Archives
    outbox: Outbox

    def know(self, url, user, secret) -> None:
        record = RemoteNode("ARCHIVE", is_archive=True, dicomweb_url=url, dicomweb_user=user)
        self.nodes.add(ADMIN, record)
        self.nodes.keep_secret(ADMIN, "ARCHIVE", secret)

    def search(self, words, **asked):
        return self.archives.search(ADMIN, "ARCHIVE", ArchiveQuery.of_words(words, **asked))

    def retrieve(self, study=1):
        self.archives.retrieve(ADMIN, "ARCHIVE", WantedStudy(study_uid(study)))
        assert self.outbox.run_one()
        return self.newest()

    def newest(self):
        return self.archives.retrievals(ADMIN)[0]


@pytest.fixture
def desk(database, ingest, outbox, clock, tmp_path):
    nodes = Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), clock)
    entrance = Entrance(ingest, Spool(tmp_path / "spool-of-jobs"), MOST)
    tls = ssl.create_default_context()
    far = FarArchives(nodes, tls, trust(Settings()), "KLINIKA", entrance)
    Retrieving(database, far.of).serve(outbox)
    return Desk(nodes, Archives(database, far.ask, clock), outbox)


def test_a_study_is_found_and_comes_bit_by_bit(desk, site, database, objects, tmp_path):
    desk.know(*site)
    (row,) = desk.search("P-1").rows
    assert (row.summary.patient_name, row.summary.instance_count) == ("Иванов^Пётр", 6)
    assert row.summary.modalities == ("CT",)
    day = row.summary.study_date
    assert len(desk.search("", since=day, until=day).rows) == 1
    assert desk.search("", since=day.replace(year=day.year + 1)).rows == ()
    assert desk.search("", modality="MR").rows == ()
    retrieval = desk.retrieve()
    assert (retrieval.state, retrieval.reason) == (JobState.DONE, "")
    assert (retrieval.kept_count, retrieval.object_count) == (6, 6)
    assert set(kept(database, objects)) == {sop_uid(*each) for each in SENT}
    assert desk.search("P-1").rows[0].kept_count == 6


def test_a_study_is_found_by_name(desk, neighbour):
    """Of ours: Orthanc 1.10 finds nothing by letters that an address has to escape."""
    desk.know(*neighbour)
    assert len(desk.search("иванов п").rows) == 1
    assert desk.search("Иванова").rows == ()


def test_only_what_is_missing_comes(desk, site, ingest, source, monkeypatch):
    desk.know(*site)
    for each in SENT[:4]:
        ingest.store(ADMIN, source, an_object(*each))
    stored, store = [], type(ingest).store

    def watched(self, actor, source, data):
        stored.append(source)
        return store(self, actor, source, data)

    monkeypatch.setattr(type(ingest), "store", watched)
    assert desk.retrieve().kept_count == 6
    assert [(each.kind, each.name, each.address) for each in stored] == [
        ("wado", "ARCHIVE", "127.0.0.1")
    ] * 2


@pytest.mark.logs("job-failed", "object-conflict")
def test_a_retrieval_ends_with_what_is_refused_here(desk, site, ingest, source):
    desk.know(*site)
    ingest.store(ADMIN, source, an_object(2, SOPInstanceUID=sop_uid(1, 1, 2)))
    ended = desk.retrieve()
    assert (ended.state, ended.problem) == (JobState.FAILED, ArchiveProblem.REFUSED)
    assert (ended.kept_count, ended.object_count) == (5, 6)


@pytest.mark.logs("job-failed")
def test_what_cannot_be_read_is_refused_here(desk, neighbour, ingest, monkeypatch):
    desk.know(*neighbour)

    def refused(self, actor, source, data):
        raise RefusedObjectError(RefusalReason.CORRUPT)

    monkeypatch.setattr(type(ingest), "store", refused)
    assert desk.retrieve().problem is ArchiveProblem.REFUSED


def test_a_cancelled_retrieval_ends_and_goes_on_where_it_was(desk, site, ingest, monkeypatch):
    desk.know(*site)
    store = type(ingest).store

    def stored_then_cancelled(self, actor, source, data):
        result = store(self, actor, source, data)
        desk.archives.cancel(ADMIN, desk.newest().number)
        return result

    monkeypatch.setattr("app.server.jobs.retrieving.LOOK_S", 0)
    monkeypatch.setattr(type(ingest), "store", stored_then_cancelled)
    cancelled = desk.retrieve()
    assert cancelled.state is JobState.CANCELLED
    assert 1 <= cancelled.kept_count < 6
    monkeypatch.undo()
    assert desk.retrieve().kept_count == 6


def test_a_site_that_does_not_know_us_is_said(desk, neighbour):
    url, user, _password = neighbour
    desk.know(url, user, "not the password")
    assert desk.search("").problem is ArchiveProblem.NOT_SIGNED_IN
    waiting = desk.retrieve()
    assert (waiting.state, waiting.problem) == (JobState.QUEUED, ArchiveProblem.NOT_SIGNED_IN)


@pytest.mark.logs("job-failed")
def test_a_study_that_is_not_there_is_not_waited_for(desk, neighbour):
    desk.know(*neighbour)
    retrieval = desk.retrieve(study=9)
    assert retrieval.state is JobState.FAILED
    assert retrieval.reason == "the archive has no such study"
