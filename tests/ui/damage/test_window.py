"""Damaged files of a real server: by study, with what mends them, until they are mended."""

from datetime import UTC, datetime

import pytest

from app.client.server import Server
from app.domain.changes import Change, ChangeKind
from app.domain.errors import NotFoundError
from app.domain.storage import Damage, DamagedObject, Whereabouts
from app.ui.context import Context
from app.ui.damage.window import DamageWindow
from tests.clinic import a_server, set_up
from tests.server.samples import an_object, series_uid, sop_uid, study_uid
from tests.ui.conftest import PASSWORD, STAFF
from tests.ui.shown import texts

STUDY = 61
FILE = f"/dicom-web/studies/{study_uid(STUDY)}/series/{series_uid(STUDY, 1)}/instances/"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "archive"


@pytest.fixture
def admin(folder):
    """The administrator of an archive of its own."""
    set_up(folder, STAFF)
    with a_server(folder) as running:
        server = Server(running.url, running.secret)
        server.sign_in("admin", PASSWORD)
        yield server
        server.close()


@pytest.fixture
def a_lost_file(admin, folder, qtbot):
    """Two images of a study, whose second's file is gone, which somebody noticed."""
    for number in (1, 2):
        admin.store_object(an_object(STUDY, number=number, StudyDescription="Knee"))
    (lost,) = (folder / "objects").rglob(f"{sop_uid(STUDY, 1, 2)}-*")
    lost.unlink()
    with pytest.raises(NotFoundError):
        admin.connection.get(FILE + sop_uid(STUDY, 1, 2))
    qtbot.waitUntil(lambda: len(admin.damaged_objects()) == 1)


@pytest.fixture
def open_window(qtbot, admin, tasks, desktop_settings):
    def make():
        window = DamageWindow(Context(admin, tasks, desktop_settings))
        qtbot.addWidget(window)
        window.show()
        return window

    return make


def test_without_damage_it_says_so(qtbot, open_window):
    window = open_window()
    qtbot.waitUntil(lambda: any("No damaged" in text for text in texts(window.empty).values()))


@pytest.mark.logs("object-damaged", "object-restored")
def test_the_study_of_a_lost_file_is_named_until_the_image_comes_again(
    qtbot, open_window, admin, a_lost_file
):
    window = open_window()
    qtbot.waitUntil(lambda: window.table.rowCount() == 1)
    window.table.selectRow(0)
    (one,) = window.table.records
    assert (one.study.description, one.count) == ("Knee", 1)
    assert "File lost: 1" in window._what.text()
    admin.store_object(an_object(STUDY, number=2, StudyDescription="Knee"))
    window.on_changes((Change(1, ChangeKind.OBJECT_MENDED, study_uid(STUDY), datetime.now(UTC)),))
    qtbot.waitUntil(lambda: window.table.rowCount() == 0)


def test_what_is_damaged_in_quarantine_is_said_to_lie_there(qtbot, open_window, monkeypatch, admin):
    at = datetime.now(UTC)
    found = [
        DamagedObject(sop_uid(STUDY, 1, number), study_uid(STUDY), Damage.GONE, at, whereabouts)
        for number, whereabouts in enumerate(Whereabouts)
    ]
    monkeypatch.setattr(admin, "damaged_objects", lambda: tuple(found))
    window = open_window()
    qtbot.waitUntil(lambda: window.table.rowCount() == 1)
    window.table.selectRow(0)
    words = "File lost: 3 · of these in quarantine: 1 · of these deleted, can't be restored: 1"
    assert window._what.text() == words
