"""Earlier studies come from an archive of DCMTK before anybody asks for them."""

import pytest

from app.domain.access import POLICY, Actor, Role
from app.domain.ingest import Source, SourceKind
from app.domain.jobs import JobState
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.domain.study import WorklistQuery
from app.server.core import worklist
from app.server.core.ingest import Ingest
from app.server.core.jobs import Jobs
from app.server.core.nodes import Nodes
from app.server.core.priors import Priors
from app.server.dimse.archive import Fetch, search
from app.server.dimse.sending import Outgoing, send
from app.server.jobs.prefetching import fetch_priors
from app.server.jobs.retrieving import Retrieving
from app.server.jobs.ways import Entrance, OverDicom
from app.server.store.spool import Spool
from app.settings import Settings
from tests.server.foreign_archive import a_free_port, an_archive, needs_dcmtk
from tests.server.samples import an_object, study_uid

pytestmark = needs_dcmtk
ADMIN = Actor("admin", POLICY[Role.ADMIN])
BORN = "19610305"


@pytest.fixture
def server_settings(tmp_path) -> Settings:
    """On SQLite: what the database does is tested with both elsewhere."""
    return Settings(data_dir=tmp_path / "ours")


@pytest.fixture
def ingest(database, objects, clock):
    ingest = Ingest(database, objects, max_object_size=1 << 24, clock=clock)
    yield ingest
    ingest.close()


@pytest.fixture
def peer(tmp_path):
    """The archive, with three studies of the patient, one a year, and one of somebody else."""
    with an_archive(tmp_path, KLINIKA=a_free_port()) as peer:
        files = []
        for study, elements in (
            (2, {"StudyDate": "20250601"}),
            (3, {"StudyDate": "20240601"}),
            (4, {"StudyDate": "20230601"}),
            (5, {"StudyDate": "20250601", "PatientID": "P-18"}),
        ):
            files.append(tmp_path / f"{study}.dcm")
            files[-1].write_bytes(an_object(study, PatientBirthDate=BORN, **elements))
        sent = send(peer, "KLINIKA", [Outgoing.of(file) for file in files])
        assert [each.status for each in sent] == [0] * 4
        yield peer


def test_a_study_that_arrives_brings_the_newest_priors_and_theirs_stay_away(
    peer, database, ingest, outbox, clock, tmp_path
):
    nodes = Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), clock)
    nodes.add(ADMIN, RemoteNode("ARCHIVE", "127.0.0.1", peer.port, prior_count=2))
    spool = Spool(tmp_path / "spool-of-jobs")

    def way_of(_title, study_uid, is_stopped):
        fetch = Fetch(peer, "KLINIKA", study_uid, is_stopped)
        return OverDicom(fetch, Entrance(ingest, spool, 1 << 24))

    Retrieving(database, way_of).serve(outbox)

    def ask(_node, query):
        return search(peer, "KLINIKA", query)

    fetch_priors(outbox, Priors(database, ask, clock))
    scanner = Source(SourceKind.C_STORE, "CT1")
    ingest.store(ADMIN, scanner, an_object(1, PatientBirthDate=BORN, StudyDate="20261128"))
    while outbox.run_one():
        pass
    assert {job.state for job in Jobs(database, clock).newest(ADMIN, kind="retrieval")} == {
        JobState.DONE
    }
    page = worklist.search(database, ADMIN, WorklistQuery())
    assert [row.study_uid for row in page.rows] == [study_uid(1), study_uid(2), study_uid(3)]
