"""Studies are retrieved from an archive of DCMTK: by C-GET, by C-MOVE, and after a failure."""

import socket
import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from pynetdicom import AE, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind

from app.client.connection import TIMEOUT
from app.domain import archives as domain
from app.domain.access import POLICY, Actor, Role
from app.domain.archives import ArchiveProblem, ArchiveQuery
from app.domain.calls import WantedStudy
from app.domain.jobs import JobState
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.server.core import archives as use_cases
from app.server.core.archives import Archives
from app.server.core.callers import Callers
from app.server.core.nodes import Nodes
from app.server.dimse import archive, scu
from app.server.dimse.archive import Fetch, search
from app.server.dimse.node import DicomNode
from app.server.dimse.requestor import NotOfferedError, Peer
from app.server.dimse.sending import Outgoing, send
from app.server.dimse.service import NodeParts
from app.server.jobs.outbox import Outbox
from app.server.jobs.retrieving import MOST_FRUITLESS, Retrieving
from app.server.jobs.ways import Entrance, OverDicom
from app.server.store.spool import Spool
from app.settings import Settings
from tests.conftest import PATIENCE_S
from tests.server.foreign_archive import (
    a_free_port,
    an_archive,
    an_orthanc,
    needs_dcmtk,
    needs_orthanc,
)
from tests.server.samples import an_object, series_uid, sop_uid, study_uid

pytestmark = needs_dcmtk
ADMIN = Actor("admin", POLICY[Role.ADMIN])
MOST = 1 << 24


@pytest.fixture
def server_settings(tmp_path) -> Settings:
    """On SQLite: what the database does is tested with both elsewhere."""
    return Settings(data_dir=tmp_path / "ours")


@pytest.fixture
def port(database, ingest, objects, clock, tmp_path):
    """Our node, to which archives send."""
    nodes = Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), clock)
    entities = Settings().local_entities(accepts_unknown=True)
    parts = NodeParts(
        callers=Callers(database, None, entities, Settings().user_identity),
        door=ingest,
        spool=Spool(tmp_path / "spool"),
        max_object_size=MOST,
        database=database,
        objects=objects,
        nodes=nodes,
        tls=ssl.create_default_context(),
        idle_s=PATIENCE_S,
    )
    node = DicomNode(host="127.0.0.1", port=0, parts=parts)
    node.start()
    yield node.port
    node.stop()


@pytest.fixture(params=[an_archive])
def peer(request, tmp_path, port):
    """The archive, which knows us, with two series of study 1."""
    files = []
    for series in (1, 2):
        for number in (1, 2, 3):
            files.append(tmp_path / f"{series}-{number}.dcm")
            files[-1].write_bytes(an_object(1, series, number))
    with request.param(tmp_path, KLINIKA=port) as peer:
        sent = send(peer, "KLINIKA", [Outgoing.of(file) for file in files])
        assert [each.status for each in sent] == [0] * 6
        yield peer


@dataclass
class Desk:
    """A doctor's desk: retrieves study 1 in steps that the test takes."""

    archives: Archives
    outbox: Outbox

    def retrieve(self, study: int = 1):
        self.archives.retrieve(ADMIN, "ARCHIVE", WantedStudy(study_uid(study)))
        assert self.outbox.run_one()
        return self.newest()

    def newest(self):
        return self.archives.retrievals(ADMIN)[0]


@pytest.fixture
def desk(database, ingest, outbox, clock, peer, tmp_path):
    nodes = Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), clock)
    nodes.add(ADMIN, RemoteNode("ARCHIVE", "127.0.0.1", peer.port, is_archive=True))
    spool = Spool(tmp_path / "spool-of-jobs")
    entrance = Entrance(ingest, spool, MOST)

    def way_of(_title, study_uid, is_stopped):
        return OverDicom(Fetch(peer, "KLINIKA", study_uid, is_stopped), entrance)

    Retrieving(database, way_of).serve(outbox)

    def ask(_node, query):
        return search(peer, "KLINIKA", query)

    return Desk(Archives(database, ask, clock), outbox)


def test_an_archive_is_searched_by_name_in_cyrillic(desk):
    page = desk.archives.search(ADMIN, "ARCHIVE", ArchiveQuery.of_words("Иванов п"))
    assert (page.rows, page.problem) == ((), None)  # it minds the case
    (row,) = desk.archives.search(ADMIN, "ARCHIVE", ArchiveQuery.of_words("Иванов П")).rows
    assert (row.summary.patient_name, row.summary.study_uid) == ("Иванов^Пётр", study_uid(1))


def test_a_search_keeps_to_days_and_modality(desk):
    def count(**asked) -> int:
        return len(desk.archives.search(ADMIN, "ARCHIVE", ArchiveQuery(**asked)).rows)

    (row,) = desk.archives.search(ADMIN, "ARCHIVE", ArchiveQuery()).rows
    day = row.summary.study_date
    assert count(since=day, until=day) == 1
    assert count(since=day.replace(year=day.year + 1)) == 0
    assert count(until=day.replace(year=day.year - 1)) == 0


def test_a_study_comes_by_c_get(desk, monkeypatch):
    monkeypatch.setattr(archive, "move", None)
    retrieval = desk.retrieve()
    assert (retrieval.state, retrieval.reason) == (JobState.DONE, "")
    assert (retrieval.kept_count, retrieval.object_count) == (6, 6)


def test_a_study_comes_by_c_move_where_c_get_is_not_offered(desk, monkeypatch):
    def not_offered(*_arguments, **_options):
        raise NotOfferedError(EchoOutcome.REJECTED, "ARCHIVE does not offer it")

    monkeypatch.setattr(scu, "get", not_offered)
    retrieval = desk.retrieve()
    assert (retrieval.state, retrieval.kept_count) == (JobState.DONE, 6)


ON_ORTHANC = pytest.mark.parametrize("peer", [an_orthanc], indirect=True)


@needs_orthanc
@ON_ORTHANC
@pytest.mark.parametrize("way", ["get", "move"])
def test_a_study_comes_from_orthanc(desk, monkeypatch, way):
    (row,) = desk.archives.search(ADMIN, "ARCHIVE", ArchiveQuery.of_words("иванов п")).rows
    assert row.summary.instance_count == 6
    if way == "move":
        monkeypatch.setattr(archive, "get", lambda *_arguments: None)
    else:
        monkeypatch.setattr(archive, "move", None)
    retrieval = desk.retrieve()
    assert (retrieval.state, retrieval.kept_count) == (JobState.DONE, 6)


def test_only_what_is_missing_is_asked_for(desk, ingest, doctor, source, monkeypatch):
    for number in (1, 2, 3):
        ingest.store(doctor, source, an_object(1, 1, number))
    ingest.store(doctor, source, an_object(1, 2, 2))
    asked, get = [], scu.get

    def watched(peer, calling, keys, *arguments, **options):
        asked.append((keys.QueryRetrieveLevel, sorted(keys.SOPInstanceUID)))
        return get(peer, calling, keys, *arguments, **options)

    monkeypatch.setattr(scu, "get", watched)
    assert desk.retrieve().state is JobState.DONE
    assert asked == [("IMAGE", [sop_uid(1, 2, 1), sop_uid(1, 2, 3)])]


def test_what_a_study_has_is_asked_on_one_association(peer, monkeypatch):
    def counted(*given, **options):
        associations.append(given)
        return associated(*given, **options)

    associations, associated = [], scu.associated
    monkeypatch.setattr(scu, "associated", counted)
    there = archive.series_of(Fetch(peer, "KLINIKA", study_uid(1), lambda: False))
    assert {uid: len(objects) for uid, objects in there.items()} == {
        series_uid(1, 1): 3,
        series_uid(1, 2): 3,
    }
    assert len(associations) == 1
    assert archive.series_of(Fetch(peer, "KLINIKA", study_uid(1), lambda: True)) == {}


def test_a_whole_series_is_asked_for_as_one(desk, ingest, doctor, source, monkeypatch):
    for number in (1, 2, 3):
        ingest.store(doctor, source, an_object(1, 1, number))
    asked, get = [], scu.get

    def watched(peer, calling, keys, *arguments, **options):
        asked.append(keys.QueryRetrieveLevel)
        return get(peer, calling, keys, *arguments, **options)

    monkeypatch.setattr(scu, "get", watched)
    assert desk.retrieve().kept_count == 6
    assert asked == ["SERIES"]


def test_what_does_not_come_is_asked_for_again(desk, clock, monkeypatch):
    monkeypatch.setattr(archive, "get", lambda *_arguments: None)
    monkeypatch.setattr(archive, "move", lambda *_arguments: None)
    waiting = desk.retrieve()
    assert (waiting.state, waiting.problem) == (JobState.QUEUED, ArchiveProblem.INCOMPLETE)
    assert waiting.reason == "6 images have not come"
    monkeypatch.undo()
    clock.now = waiting.next_at
    assert desk.outbox.run_one()
    assert desk.newest().state is JobState.DONE


@pytest.mark.logs("job-failed")
def test_what_an_archive_never_sends_is_not_asked_for_without_end(desk, clock, monkeypatch):
    def get(fetch, there, missing, objects):
        asked.append(sum(map(len, missing.values())))
        if len(asked) == 2:  # some comes after all
            really(fetch, there, {uid: there[uid] for uid in list(there)[:1]}, objects)

    asked, really = [], archive.get
    monkeypatch.setattr(archive, "get", get)
    monkeypatch.setattr(archive, "move", lambda *_arguments: None)
    waiting = desk.retrieve()
    while waiting.is_under_way:
        clock.now = waiting.next_at
        assert desk.outbox.run_one()
        waiting = desk.newest()
    assert asked == [6, 6] + [3] * MOST_FRUITLESS
    assert (waiting.state, waiting.problem) == (JobState.FAILED, ArchiveProblem.INCOMPLETE)
    assert desk.retrieve().state is JobState.QUEUED


@pytest.mark.logs("job-failed", "object-conflict")
def test_a_retrieval_ends_with_what_is_refused_here(desk, ingest, doctor, source, monkeypatch):
    other = an_object(2, SOPInstanceUID=sop_uid(1, 1, 2))
    ingest.store(doctor, source, other)
    monkeypatch.setattr(archive, "move", None)
    ended = desk.retrieve()
    assert (ended.state, ended.problem) == (JobState.FAILED, ArchiveProblem.REFUSED)
    assert (ended.kept_count, ended.object_count) == (5, 6)


def test_a_cancelled_retrieval_ends_and_goes_on_where_it_was(desk, ingest, database, monkeypatch):
    store = ingest.store

    def stored_then_cancelled(actor, source, data):
        result = store(actor, source, data)
        desk.archives.cancel(ADMIN, desk.newest().number)
        return result

    monkeypatch.setattr("app.server.jobs.retrieving.LOOK_S", 0)
    monkeypatch.setattr(type(ingest), "store", lambda _self, *given: stored_then_cancelled(*given))
    cancelled = desk.retrieve()
    assert cancelled.state is JobState.CANCELLED
    assert 1 <= cancelled.kept_count < 6
    monkeypatch.undo()
    assert desk.retrieve().kept_count == 6


@pytest.mark.logs("job-failed")
def test_a_study_that_is_not_there_is_not_waited_for(desk):
    retrieval = desk.retrieve(study=9)
    assert retrieval.state is JobState.FAILED
    assert retrieval.reason == "the archive has no such study"


def test_an_archive_that_does_not_know_us_is_said(desk, monkeypatch):
    def not_offered(*_arguments, **_options):
        raise NotOfferedError(EchoOutcome.REJECTED, "ARCHIVE does not offer it")

    monkeypatch.setattr(scu, "get", not_offered)
    move = scu.move
    monkeypatch.setattr(
        scu, "move", lambda peer, us, keys, _to, **how: move(peer, us, keys, "STRANGER", **how)
    )
    assert desk.retrieve().problem is ArchiveProblem.WE_ARE_UNKNOWN


def test_an_archive_that_is_away_is_said(database):
    page = search(Peer("127.0.0.1", a_free_port(), "ARCHIVE"), "KLINIKA", ArchiveQuery())
    assert (page.rows, page.problem) == ((), ArchiveProblem.UNREACHABLE)
    assert "can't be reached" in page.reason


@pytest.fixture
def silent_peer():
    """An archive that takes associations, and connections only on its second port, in silence."""
    go_on = threading.Event()

    def find(_event):
        go_on.wait(PATIENCE_S)
        yield 0x0000, None

    entity = AE(ae_title="ARCHIVE")
    entity.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
    handlers = [(evt.EVT_C_FIND, find)]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        ports = server.socket.getsockname()[1], mute.getsockname()[1]
        yield [Peer("127.0.0.1", port, "ARCHIVE") for port in ports]
    go_on.set()
    server.shutdown()


def test_an_archive_that_falls_silent_is_given_up_before_clients_give_up(silent_peer, monkeypatch):
    assert TIMEOUT.read > archive.SEARCH_S + archive.LAST_WORDS_S
    monkeypatch.setattr(archive, "SEARCH_S", 0.5)
    monkeypatch.setattr(archive, "LAST_WORDS_S", 0)
    for peer in silent_peer:
        page = search(peer, "KLINIKA", ArchiveQuery())
        assert (page.rows, page.problem) == ((), ArchiveProblem.SILENT)


def test_a_search_for_more_than_is_shown_is_cut(desk, peer, tmp_path, monkeypatch):
    file = tmp_path / "second.dcm"
    file.write_bytes(an_object(2))
    assert [each.status for each in send(peer, "KLINIKA", [Outgoing.of(file)])] == [0]
    for module in (archive, domain):
        monkeypatch.setattr(module, "MOST_FOUND", 1)
    page = desk.archives.search(ADMIN, "ARCHIVE", ArchiveQuery())
    assert (len(page.rows), page.is_cut) == (1, True)


def test_a_retrieval_that_was_cancelled_before_it_began_fetches_nothing(desk, database):
    wanted = desk.archives.retrieve(ADMIN, "ARCHIVE", WantedStudy(study_uid(1)))
    desk.archives.cancel(ADMIN, wanted.number)
    assert not desk.outbox.run_one()
    assert use_cases.kept_of(database, study_uid(1)) == frozenset()


@pytest.mark.logs("job-failed")
def test_an_archive_without_an_address_is_hopeless(database, outbox, clock):
    nodes = Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), clock)
    nodes.add(ADMIN, RemoteNode("ARCHIVE", "127.0.0.1", 104, is_archive=True))
    Retrieving(database, lambda *_asked: None).serve(outbox)
    desk = Desk(Archives(database, None, lambda: datetime(2026, 11, 28, tzinfo=UTC)), outbox)
    assert desk.retrieve().state is JobState.FAILED
