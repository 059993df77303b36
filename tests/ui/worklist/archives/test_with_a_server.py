"""A doctor lets a study come from an archive of DCMTK and reads it."""

import pytest

from app.domain.access import Role
from app.domain.nodes import RemoteNode
from app.server.dimse.sending import Outgoing, send
from tests.server.foreign_archive import an_archive, needs_dcmtk
from tests.server.samples import an_object

STUDY = 72_001
PATIENCE_MS = 60_000

pytestmark = needs_dcmtk


@pytest.fixture
def foreign(an_archive_record, tmp_path):
    """An archive with a CT of three slices, which the server knows."""
    files = [tmp_path / f"{number}.dcm" for number in (1, 2, 3)]
    for number, file in enumerate(files, 1):
        file.write_bytes(an_object(STUDY, 1, number))
    with an_archive(tmp_path) as peer:
        assert {sent.status for sent in send(peer, "US", [Outgoing.of(f) for f in files])} == {0}
        an_archive_record(RemoteNode("ARCHIVE", "127.0.0.1", peer.port, is_archive=True))
        yield peer


@pytest.fixture
def an_archive_record(client_of):
    """Records a node of the server until the end of the test."""
    admin, recorded = client_of(Role.ADMIN), []

    def record(node):
        admin.save_node(node)
        recorded.append(node)

    yield record
    for node in recorded:
        admin.delete_node(node.ae_title)


def test_a_study_comes_from_another_archive_and_is_read(qtbot, foreign, window_of):
    window = window_of(Role.DOCTOR)
    page = window.worklist
    qtbot.waitUntil(lambda: page.sources.count() == 2, timeout=PATIENCE_MS)
    page.sources.setCurrentIndex(1)
    page.sources.activated.emit(1)
    page.archive.filters.words.setText("Иванов")
    page.archive.filters.period.setCurrentIndex(page.archive.filters.period.count() - 1)
    page.archive.filters.button.click()
    qtbot.waitUntil(lambda: page.archive.model.rowCount() == 1, timeout=PATIENCE_MS)
    page.archive.retrieve_button.click()
    qtbot.waitUntil(page.archive.open_button.isVisible, timeout=PATIENCE_MS)
    page.archive.open_button.click()
    qtbot.waitUntil(lambda: window.desk is not None, timeout=PATIENCE_MS)
    assert window.desk.study.summary.instance_count == 3
