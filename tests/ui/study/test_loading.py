"""What a viewport says while images come, and when they don't."""

import gc
import threading
import weakref
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.errors import UnavailableError
from app.domain.study import Study
from tests.ui.study.archive import FolderServer
from tests.ui.study.conftest import settled


class SlowServer(FolderServer):
    """Hands out objects one by one, when it is let."""

    def __init__(self, *folders):
        super().__init__(*folders, local=False)
        self.let = threading.Semaphore(0)
        self.closing = False

    def object_bytes(self, sop_instance_uid):
        if not self.closing:
            self.let.acquire(timeout=20)
        return super().object_bytes(sop_instance_uid)

    def let_all(self):
        self.closing = True
        self.let.release(1000)


@pytest.fixture
def a_slow_server(series_folder):
    server = SlowServer(series_folder / "mr_pacsman")
    yield server
    server.let_all()


def notice(page):
    return page.grid.active.notice


def shows(page) -> str:
    return f"{notice(page)._title.text()} {notice(page)._text.text()}".strip()


def test_the_first_image_is_there_before_the_others(open_study, a_slow_server, qtbot):
    page = open_study(server=a_slow_server, wait=False)
    qtbot.waitUntil(lambda: page.desk.loaded(0) is not None)
    assert shows(page) == "Loading…"
    assert page.grid.active.shown().picture() is None
    a_slow_server.let.release()
    qtbot.waitUntil(lambda: page.desk.loaded(0).loaded == 1)
    qtbot.waitUntil(lambda: notice(page).bar.value() == 1)
    assert page.grid.active.shown().picture() is not None
    assert shows(page) == ""
    assert notice(page).bar.isVisible()


def test_progress_goes_when_everything_is_there(open_study, a_slow_server, qtbot):
    page = open_study(server=a_slow_server, wait=False)
    a_slow_server.let_all()
    qtbot.waitUntil(lambda: settled(page))
    assert not notice(page).isVisible()


def test_loading_is_cancelled_in_the_viewport_and_taken_up_again(open_study, a_slow_server, qtbot):
    page = open_study(server=a_slow_server, wait=False)
    a_slow_server.let.release()
    qtbot.waitUntil(lambda: page.desk.loaded(0) is not None and page.desk.loaded(0).loaded == 1)
    notice(page).cancel.click()
    page.desk.scroll_to(0)
    assert shows(page) == "Loading was stopped"
    assert not notice(page).bar.isVisible()
    a_slow_server.let_all()
    notice(page).retry.click()
    qtbot.waitUntil(lambda: settled(page))
    assert page.desk.loaded(0).loaded == 30
    assert page.desk.tile.index == 0


def test_a_series_that_can_not_be_listed_says_why_and_can_be_tried_again(
    open_study, series_folder, qtbot
):
    server = FolderServer(series_folder / "mr_pacsman")
    study = server.study()
    server.study = lambda _uid="": study
    server.reachable = False
    page = open_study(server=server)
    assert "The server does not answer" in shows(page)
    server.reachable = True
    notice(page).retry.click()
    qtbot.waitUntil(lambda: settled(page))
    assert page.grid.active.shown().picture() is not None


def test_an_image_that_can_not_be_had_says_why_and_the_others_are_shown(
    open_study, series_folder, qtbot
):
    server = FolderServer(series_folder / "mr_pacsman", local=False)
    first = server.manifest(server.study().series[0].series_uid).images[0].image.sop_instance_uid
    whole = server.object_bytes

    def without_first(uid):
        if uid == first:
            raise UnavailableError
        return whole(uid)

    server.object_bytes = without_first
    page = open_study(server=server)
    assert page.grid.active.shown().picture() is not None
    page.desk.scroll_to(0)
    assert "The image can't be shown" in shows(page)
    assert "The server does not answer" in shows(page)


def test_images_that_are_damaged_say_so(open_study, shared_dicom, tmp_path, qtbot):
    source = min((shared_dicom / "series" / "mr_head_t1_jpegll_series").iterdir())
    data = source.read_bytes()
    picture = data.rindex(b"\xff\xd8\xff")
    damaged = data[:picture] + bytes(3) + data[picture + 3 :]
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "damaged.dcm").write_bytes(damaged)
    page = open_study(folder)
    assert page.desk.loaded(0).failed == 1
    assert "The image can't be shown" in shows(page)
    assert notice(page)._text.text()


def test_what_the_server_could_not_give_is_taken_up_when_it_is_back(
    open_study, series_folder, qtbot
):
    server = FolderServer(series_folder / "mr_pacsman")
    study = server.study()
    server.study = lambda _uid="": study
    server.reachable = False
    page = open_study(server=server)
    server.reachable = True
    page.refresh()
    qtbot.waitUntil(lambda: page.desk.loaded(0) is not None)
    qtbot.waitUntil(lambda: settled(page))
    assert page.desk.loaded(0).loaded == 30


def test_an_empty_tile_says_what_to_do(a_brain):
    a_brain.desk.arrange(1, 2)
    assert "Drag a series here" in a_brain.grid.viewports[1].notice._text.text()


def test_cine_plays_round_and_stops(a_brain, qtbot):
    a_brain.desk.scroll_to(29)
    QTest.keyClick(a_brain.grid.active, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: a_brain.desk.tile.index == 1)
    QTest.keyClick(a_brain.grid.active, Qt.Key.Key_C)
    assert not a_brain.cine.playing


def test_series_nobody_shows_leave_when_memory_is_short(open_study, series_folder, qtbot):
    page = open_study(series_folder / "mr_multiseq" / "t1", series_folder / "mr_multiseq" / "t2")
    first, second = (each.series_uid for each in page.desk.readable)
    page.desk.open_series(second)
    qtbot.waitUntil(lambda: settled(page))
    assert page.desk.jobs.make_room(frozenset({second}), limit=0) == (first,)
    assert page.desk.jobs.job(first) is None
    assert page.desk.jobs.job(second) is not None


def test_images_that_arrive_later_are_shown_after_a_refresh(open_study, series_folder, qtbot):
    paths = sorted((series_folder / "mr_pacsman").iterdir())
    server = FolderServer()
    for path in paths[:5]:
        server.add(path)
    page = open_study(server=server)
    assert page.desk.tile.count == 5
    for path in paths[5:]:
        server.add(path)
    page.refresh()
    qtbot.waitUntil(lambda: page.desk.tile.count == 30)
    qtbot.waitUntil(lambda: settled(page))


def test_a_closed_page_leaves_no_work_behind(open_study, a_slow_server, tasks, qtbot):
    page = open_study(server=a_slow_server, wait=False)
    qtbot.waitUntil(lambda: page.desk.loaded(0) is not None)
    uid = page.desk.study.summary.study_uid
    page.close()
    assert not any(key.startswith(f"study/{uid}") for key in tasks._running)


def test_pixels_leave_memory_when_their_page_is_closed(open_study, series_folder, qtbot):
    assert not gc.isenabled()
    page = open_study(series_folder / "mr_pacsman")
    page.grid.active.grab()
    series, slab = weakref.ref(page.desk.loaded(0)), weakref.ref(page.desk.loaded(0).slab)
    page.close()
    qtbot.waitUntil(lambda: series() is None and slab() is None)


@pytest.fixture
def a_growing_server(series_folder):
    """Five of thirty images; `grow` adds the others."""
    paths = sorted((series_folder / "mr_pacsman").iterdir())
    server = SlowServer()
    for path in paths[:5]:
        server.add(path)
    server.grow = lambda: [server.add(path) for path in paths[5:]]
    yield server
    server.let_all()


def test_a_series_that_grows_while_it_is_loaded_is_completed(open_study, a_growing_server, qtbot):
    page = open_study(server=a_growing_server, wait=False)
    a_growing_server.let.release()
    qtbot.waitUntil(lambda: page.desk.loaded(0) is not None and page.desk.loaded(0).loaded == 1)
    seen = page.grid.active.shown().image.sop_instance_uid
    page.desk.use_automatic_window()
    window = page.desk.tile.window
    a_growing_server.grow()
    page.refresh()
    qtbot.waitUntil(lambda: page.desk.missing(page.desk.tile.series_uid) == 25)
    assert not page.desk.is_whole(0)
    a_growing_server.let_all()
    qtbot.waitUntil(lambda: page.desk.tile.count == 30)
    qtbot.waitUntil(lambda: page.desk.is_whole(0))
    assert page.desk.loaded(0).loaded == 30
    assert page.desk.missing(page.desk.tile.series_uid) == 0
    assert page.grid.active.shown().image.sop_instance_uid == seen
    assert page.desk.tile.window == window


def test_a_picture_stays_on_the_screen_while_its_series_is_listed_again(
    open_study, a_growing_server, qtbot
):
    a_growing_server.let_all()
    page = open_study(server=a_growing_server)
    a_growing_server.closing, a_growing_server.let = False, threading.Semaphore(0)
    a_growing_server.grow()
    page.refresh()
    qtbot.waitUntil(lambda: page.desk.job(0).running)
    assert page.grid.active.shown().picture() is not None
    assert shows(page) == ""
    qtbot.waitUntil(lambda: page.desk.tile.count == 30)
    assert page.desk.loaded(0).loaded == 5
    assert page.grid.active.shown().picture() is not None


def test_a_series_the_server_never_lists_in_full_is_asked_for_once(
    open_study, a_growing_server, qtbot
):
    a_growing_server.let_all()
    page = open_study(server=a_growing_server)
    study = a_growing_server.study()
    asked = []
    whole = a_growing_server.manifest
    a_growing_server.manifest = lambda uid: asked.append(uid) or whole(uid)
    series = replace(study.series[0], image_count=7)
    a_growing_server.study = lambda _uid="": Study(study.summary, (series,))
    page.refresh()
    qtbot.waitUntil(lambda: bool(asked))
    qtbot.waitUntil(lambda: settled(page))
    page.refresh()
    qtbot.wait(100)
    assert len(asked) == 1
    assert page.desk.missing(series.series_uid) == 2
