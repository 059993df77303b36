"""A doctor finds a study in another archive and lets it come, through the running server."""

import time

import pytest

from app.domain.access import Role
from app.domain.archives import ArchiveProblem, ArchiveQuery
from app.domain.errors import ForbiddenError, NotFoundError
from app.domain.jobs import JobState
from app.domain.nodes import RemoteNode
from app.server.dimse.sending import Outgoing, send
from tests.server.foreign_archive import a_free_port, an_archive, needs_dcmtk
from tests.server.samples import an_object, study_uid

STUDY = 160
"""Of this file alone: the clinic is shared."""
PATIENCE_S = 60


@pytest.fixture
def record(clinic):
    """Records nodes, which are forgotten after the test."""
    admin = clinic.signed_in(Role.ADMIN)
    yield admin.save_node
    for node in admin.nodes():
        admin.delete_node(node.ae_title)


@pytest.fixture
def archive(clinic, record, tmp_path):
    """An archive with one study of three images, which may send to the clinic."""
    files = [tmp_path / f"{number}.dcm" for number in (1, 2, 3)]
    for number, file in enumerate(files, 1):
        file.write_bytes(an_object(STUDY, 1, number))
    with an_archive(tmp_path, KLINIKA=clinic.embedded.dicom_port) as peer:
        assert {sent.status for sent in send(peer, "US", [Outgoing.of(f) for f in files])} == {0}
        node = RemoteNode("ARCHIVE", "127.0.0.1", peer.port, is_archive=True)
        record(node)
        yield node


@needs_dcmtk
def test_a_study_of_another_archive_is_found_and_comes(doctor, archive):
    page = doctor.search_archive("ARCHIVE", ArchiveQuery("Иванов*"))
    (row,) = page.rows
    assert (row.summary.study_uid, row.kept_count) == (study_uid(STUDY), 0)
    started = doctor.retrieve("ARCHIVE", study_uid(STUDY), row.summary.instance_count)
    deadline = time.monotonic() + PATIENCE_S
    while (retrieval := doctor.retrievals()[0]).is_under_way:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (retrieval.number, retrieval.state) == (started.number, JobState.DONE)
    assert (retrieval.kept_count, retrieval.object_count) == (3, 3)
    assert doctor.study(study_uid(STUDY)).summary.instance_count == 3
    (row,) = doctor.search_archive("ARCHIVE", ArchiveQuery("Иванов*")).rows
    assert row.kept_count == 3


def test_an_archive_that_is_away_is_said_and_its_retrieval_can_be_cancelled(doctor, record):
    record(RemoteNode("AWAY", "127.0.0.1", a_free_port(), is_archive=True))
    assert doctor.search_archive("AWAY", ArchiveQuery()).problem is ArchiveProblem.UNREACHABLE
    started = doctor.retrieve("AWAY", "1.2.3")
    assert doctor.cancel_retrieval(started.number).state is JobState.CANCELLED


def test_what_is_no_archive_is_not_asked(doctor, clinic, record):
    record(RemoteNode("SCANNER", "127.0.0.1", 104))
    with pytest.raises(NotFoundError):
        doctor.search_archive("SCANNER", ArchiveQuery())
    with pytest.raises(NotFoundError):
        doctor.cancel_retrieval(12345)
    operator = clinic.signed_in(Role.OPERATOR)
    with pytest.raises(NotFoundError):
        operator.retrieve("SCANNER", "1.2.3")
    with pytest.raises(ForbiddenError):
        operator.save_node(RemoteNode("SCANNER", is_archive=True))
