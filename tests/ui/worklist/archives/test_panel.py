"""Another archive in the worklist: chosen, searched, and its studies let come."""

from datetime import date

import pytest
from PySide6.QtCore import Qt

from app.domain.access import POLICY, Role
from app.domain.archives import ArchivePage, ArchiveProblem, ArchiveQuery
from app.domain.jobs import JobState
from app.domain.nodes import RemoteNode
from app.language import Language
from app.ui.context import Context
from app.ui.language import switch_language
from app.ui.worklist.archives import panel as panel_module
from app.ui.worklist.columns import Column
from app.ui.worklist.page import WorklistPage
from tests.ui.worklist.archives.far_archive import OLD, REGION, FarArchive

FIRST = "1.9.9"


@pytest.fixture
def a_server():
    return FarArchive(REGION, RemoteNode("CT", "10.0.0.3", 104), OLD)


@pytest.fixture
def page_of(qtbot, tasks, desktop_settings, monkeypatch):
    """Makes the worklist page of a server and shows it."""
    monkeypatch.setattr(panel_module, "POLL_MS", 20)

    def make(server):
        page = WorklistPage(Context(server, tasks, desktop_settings))
        qtbot.addWidget(page, before_close_func=WorklistPage.close_page)
        page.resize(1366, 700)
        page.show()
        qtbot.waitUntil(lambda: page.model.is_loaded)
        return page

    return make


@pytest.fixture
def a_page(qtbot, page_of, a_server):
    """The page, with the archive of the region chosen."""
    page = page_of(a_server)
    qtbot.waitUntil(lambda: page.sources.count() == 3)
    choose(page, 1)
    return page


@pytest.fixture
def found(qtbot, a_page):
    """The panel, after a search."""
    a_page.archive.filters.words.setText("Иванов")
    qtbot.keyClick(a_page.archive.filters.words, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: a_page.archive.model.rowCount() == 4)
    return a_page.archive


def choose(page, index):
    page.sources.setCurrentIndex(index)
    page.sources.activated.emit(index)


def states(panel):
    return [panel.model.index(row, Column.REPORT).data() for row in range(4)]


def waits_for_state(qtbot, panel, text):
    qtbot.waitUntil(lambda: states(panel)[0] == text)


def test_without_other_archives_there_is_nothing_to_choose(page_of, qtbot):
    page = page_of(FarArchive(RemoteNode("CT", "10.0.0.3", 104)))
    qtbot.waitUntil(lambda: not page.sources._context.tasks.running("worklist/sources"))
    assert not page.sources.isVisible()
    assert page.search.isVisible()


def test_other_archives_are_chosen_by_what_they_are_called(a_page):
    titles = [a_page.sources.itemText(at) for at in range(3)]
    assert titles == ["This archive", "Областной архив", "OLDPACS"]
    assert a_page.archive.isVisible()
    assert not a_page.search.isVisible()
    assert "Областной архив" in a_page.archive.empty._title.text()


def test_back_in_this_archive_its_studies_stand_there_again(a_page):
    choose(a_page, 0)
    assert a_page.table.isVisible()
    assert not a_page.archive.filters.isVisible()


def test_an_archive_whose_record_is_gone_is_left(qtbot, a_page, a_server):
    a_server.known = (OLD,)
    a_page.refresh()
    qtbot.waitUntil(a_page.table.isVisible)
    assert a_page.sources.count() == 2


def test_nothing_is_asked_before_search_is_pressed(found, a_server):
    ((title, query),) = a_server.queries
    assert title == "REGION"
    assert query == ArchiveQuery("Иванов*", since=query.since)
    assert states(found) == ["Not here", "Here", "Partly here", "Not here"]
    assert found.model.index(3, Column.IMAGES).data() == ""
    assert found.count.text() == "4 studies"


def test_days_and_modality_are_asked_for(a_page):
    filters = a_page.archive.filters
    filters._today = lambda: date(2026, 11, 28)
    filters.period.setCurrentIndex(0)
    filters.modality.setCurrentText("MR")
    day = date(2026, 11, 28)
    assert filters.query() == ArchiveQuery(since=day, until=day, modality="MR")
    filters.period.setCurrentIndex(1)
    assert filters.query() == ArchiveQuery(since=date(2026, 11, 22), modality="MR")
    filters.period.setCurrentIndex(4)
    filters.modality.setCurrentIndex(0)
    assert filters.query() == ArchiveQuery()


def test_a_double_click_lets_a_study_come_and_its_row_says_how_far_it_is(qtbot, found, a_server):
    where = found.table.visualRect(found.model.index(0, 0)).center()
    viewport = found.table.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=where)
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=where)
    waits_for_state(qtbot, found, "Queued")
    assert not found.retrieve_button.isVisible()
    a_server.move(FIRST, JobState.RUNNING, 60)
    waits_for_state(qtbot, found, "60 of 240")
    assert found.model.standing(0).share == 0.25
    found.grab()
    a_server.move(FIRST, JobState.DONE, 240)
    waits_for_state(qtbot, found, "Here")
    assert found.open_button.isVisible()
    with qtbot.waitSignal(found.opened) as told:
        found.act()
    assert told.args[0].study_uid == FIRST


def test_a_retrieval_is_cancelled_and_goes_on_with_the_rest(qtbot, found, a_server):
    found.retrieve_button.click()
    waits_for_state(qtbot, found, "Queued")
    a_server.move(FIRST, JobState.RUNNING, 60)
    waits_for_state(qtbot, found, "60 of 240")
    found.cancel_button.click()
    waits_for_state(qtbot, found, "Partly here")
    assert found.retrieve_button.text() == "Retrieve the rest"
    found.retrieve_button.click()
    waits_for_state(qtbot, found, "Queued")


def test_why_one_waits_is_said_with_what_to_do(qtbot, found, a_server):
    found.retrieve_button.click()
    waits_for_state(qtbot, found, "Queued")
    a_server.move(FIRST, JobState.QUEUED, 0, ArchiveProblem.WE_ARE_UNKNOWN, "0xA801")
    waits_for_state(qtbot, found, "Waits")
    assert "Have our AE title and address recorded there." in found._words.text()
    assert "Next try at" in found._words.text()
    assert found.retrieve_button.text() == "Try now"
    a_server.move(FIRST, JobState.FAILED, 0, ArchiveProblem.FAILED, "no such study")
    waits_for_state(qtbot, found, "Failed")
    assert found._words.text().endswith("no such study")
    assert found.retrieve_button.text() == "Retrieve"


@pytest.mark.parametrize("problem", list(ArchiveProblem))
def test_an_archive_that_does_not_answer_says_why_and_can_be_asked_again(
    qtbot, a_page, a_server, problem
):
    a_server.page = ArchivePage(problem=problem, reason="odd")
    a_page.archive.search()
    qtbot.waitUntil(lambda: bool(a_page.archive.empty._buttons))
    assert "Областной архив" in a_page.archive.empty._body.text()
    a_server.page = FarArchive().page
    a_page.archive.empty._buttons[0][0].click()
    qtbot.waitUntil(lambda: a_page.archive.model.rowCount() == 4)


def test_a_server_that_is_away_is_said(qtbot, a_page, a_server):
    a_server.reachable = False
    a_page.archive.search()
    qtbot.waitUntil(lambda: bool(a_page.archive.empty._buttons))
    assert "does not answer" in a_page.archive.empty._body.text()


def test_nothing_found_and_too_much_are_said(qtbot, a_page, a_server):
    a_server.page = ArchivePage()
    a_page.archive.search()
    qtbot.waitUntil(lambda: "nothing that matches" in a_page.archive.empty._title.text())
    a_server.page = ArchivePage(FarArchive().page.rows, is_cut=True)
    a_page.archive.search()
    qtbot.waitUntil(lambda: a_page.archive.count.text() == "The first 4; narrow the search")


def test_who_may_not_import_sees_retrieve_greyed(qtbot, page_of, a_server):
    a_server.permissions = POLICY[Role.DOCTOR] - {"study:import"}
    page = page_of(a_server)
    qtbot.waitUntil(lambda: page.sources.count() == 3)
    choose(page, 2)
    page.archive.search()
    qtbot.waitUntil(lambda: page.archive.model.rowCount() == 4)
    page.archive.act()
    assert not page.archive.retrieve_button.isEnabled()
    assert a_server.on_way == {}


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("width", [1024, 1366])
def test_everything_has_room_in_every_language(found, a_page, language, width):
    switch_language(language)
    a_page.resize(width, 600)
    choose(a_page, 0)
    choose(a_page, 1)
    assert a_page.width() == width
    assert found.table.columnWidth(Column.PATIENT) >= 140
    for part in (found.filters.button, found.filters.period, a_page.sources):
        assert part.width() >= part.minimumSizeHint().width()


def test_states_follow_the_language(found):
    switch_language(Language.RU)
    assert states(found)[1] == "Здесь"
