"""The worklist page: paging, searching, staying in place, and its empty states."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLabel

from app.domain.access import POLICY, Role
from app.language import Language
from app.ui.context import Context
from app.ui.language import switch_language
from app.ui.worklist.columns import Column
from app.ui.worklist.nothing import DicomNode
from app.ui.worklist.page import WorklistPage
from tests.ui.worklist.long_list import LongList


@pytest.fixture
def a_long_list():
    return LongList()


@pytest.fixture
def page_of(qtbot, tasks, desktop_settings):
    """Makes the page of a server and shows it."""

    def make(server):
        page = WorklistPage(Context(server, tasks, desktop_settings))
        qtbot.addWidget(page, before_close_func=WorklistPage.close_page)
        page.resize(1366, 700)
        page.show()
        return page

    return make


@pytest.fixture
def a_page(qtbot, page_of, a_long_list):
    """Ten thousand studies, the first of them here."""
    page = page_of(a_long_list)
    qtbot.waitUntil(lambda: page.model.rowCount() == 10_000)
    return page


def texts_of(page):
    return " ".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def cell(page, row, column):
    return page.model.index(row, column).data()


def test_the_newest_study_is_the_first_row(a_page):
    assert cell(a_page, 0, Column.PATIENT) == "Иванов Иван 0"
    assert cell(a_page, 0, Column.DATE) == "24 Nov 2026"
    assert cell(a_page, 0, Column.REPORT) == "No report"


def test_the_first_rows_are_here_before_all_are_counted(qtbot, page_of, a_long_list):
    a_long_list.counting.clear()
    page = page_of(a_long_list)
    qtbot.waitUntil(lambda: page.model.row(0) is not None)
    assert page.model.rowCount() == 201
    assert "studies" not in texts_of(page)
    a_long_list.counting.set()
    qtbot.waitUntil(lambda: page.model.rowCount() == 10_000)
    assert "10000 studies" in texts_of(page)


def test_rows_come_in_pages_when_they_are_scrolled_to(qtbot, a_page, a_long_list):
    assert len(a_long_list.asked) <= 2
    a_page.table.scrollTo(a_page.model.index(5_000, 0))
    qtbot.waitUntil(lambda: a_page.model.row(5_000) is not None)
    assert cell(a_page, 5_000, Column.PATIENT_ID) == "P-5000"
    assert len(a_long_list.asked) < 8
    assert max(query.limit for query in a_long_list.asked) == 200


def test_a_row_that_is_not_here_yet_is_a_placeholder(a_page, a_long_list):
    a_long_list.gate.clear()
    a_page.table.scrollTo(a_page.model.index(9_000, 0))
    a_page.table.grab()
    assert cell(a_page, 9_000, Column.PATIENT) is None
    a_long_list.gate.set()


def test_search_as_one_types_asks_once_when_the_typing_pauses(qtbot, a_page, a_long_list):
    before = len(a_long_list.asked)
    qtbot.keyClicks(a_page.search, "seven")
    qtbot.waitUntil(lambda: a_page.model.rowCount() == 7)
    assert [query.text for query in a_long_list.asked[before:]] == ["seven"]


def test_a_letter_typed_on_the_table_begins_a_search(qtbot, a_page):
    a_page.table.setFocus()
    qtbot.keyClick(a_page.table, Qt.Key.Key_S)
    assert a_page.search.text() == "s"


def test_arrows_move_the_selection_from_the_search_field_and_enter_opens(qtbot, a_page):
    qtbot.keyClick(a_page.search, Qt.Key.Key_Down)
    qtbot.keyClick(a_page.search, Qt.Key.Key_Down)
    assert a_page.selected().study_uid == "1.2.1"
    with qtbot.waitSignal(a_page.opened) as told:
        qtbot.keyClick(a_page.search, Qt.Key.Key_Return)
    assert told.args[0].study_uid == "1.2.1"


def test_a_double_click_opens(qtbot, a_page):
    where = a_page.table.visualRect(a_page.model.index(3, 0)).center()
    viewport = a_page.table.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=where)
    with qtbot.waitSignal(a_page.opened) as told:
        qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=where)
    assert told.args[0].study_uid == "1.2.3"


def test_an_arrival_is_seen_at_the_top_and_the_selection_stays(qtbot, a_page, a_long_list):
    a_page.table.select_row(2)
    a_long_list.newer = 3
    a_page.on_changes(())
    qtbot.waitUntil(lambda: a_page.model.rowCount() == 10_003)
    assert a_page.table.rowAt(0) == 0
    assert a_page.selected().study_uid == "1.2.2"
    assert a_page.table.currentIndex().row() == 5


def test_what_is_looked_at_stays_in_place_when_studies_arrive_above(qtbot, a_page, a_long_list):
    a_page.table.scrollTo(a_page.model.index(5_000, 0))
    qtbot.waitUntil(lambda: a_page.model.row(5_000) is not None)
    a_page.table.select_row(5_000)
    top = a_page.model.row(a_page.table.rowAt(0))
    a_long_list.newer = 4
    a_page.on_changes(())
    qtbot.waitUntil(lambda: a_page.model.rowCount() == 10_004)
    assert a_page.model.row(a_page.table.rowAt(0)) == top
    assert a_page.selected().study_uid == "1.2.5000"


def test_many_changes_cost_one_refresh(qtbot, a_page, a_long_list):
    before = len(a_long_list.asked)
    for _ in range(100):
        a_page.on_changes(())
    qtbot.waitUntil(lambda: len(a_long_list.asked) > before)
    qtbot.wait(100)
    assert len(a_long_list.asked) - before == 1


def test_a_late_refresh_does_not_replace_what_was_searched_since(qtbot, a_page, a_long_list):
    a_long_list.gate.clear()
    a_page.refresh()
    qtbot.keyClicks(a_page.search, "seven")
    qtbot.waitUntil(lambda: a_page.model.rowCount() == 7)
    a_long_list.gate.set()
    qtbot.wait(200)
    assert a_page.model.rowCount() == 7


def test_a_refresh_during_a_search_shows_what_was_searched(qtbot, a_page, a_long_list):
    a_page.table.scrollTo(a_page.model.index(5_000, 0))
    a_page.search.setText("seven")
    a_page.model.search("seven")
    a_page.refresh()
    qtbot.waitUntil(lambda: a_page.model.rowCount() == 7)
    assert a_page.model.row_of("1.2.0") == 0


def test_an_empty_archive_says_how_to_begin(qtbot, page_of):
    page = page_of(LongList(0))
    qtbot.waitUntil(lambda: page.model.is_loaded)
    page.show_node(DicomNode("KLINIKA", "192.168.1.20", 11113))
    body = page.empty._body.text()
    assert "KLINIKA" in body
    assert "192.168.1.20" in body
    assert "11113" in body
    with qtbot.waitSignal(page.folder_wanted):
        page.empty._buttons[1][0].click()


def test_no_match_offers_to_clear_the_search(qtbot, a_page):
    a_page.search.setText("zzz")
    qtbot.waitUntil(lambda: a_page.model.rowCount() == 0)
    assert "zzz" in a_page.empty._title.text()
    a_page.empty._buttons[0][0].click()
    qtbot.waitUntil(lambda: a_page.model.rowCount() == 10_000)


def test_a_server_that_is_away_at_first_can_be_tried_again(qtbot, page_of):
    server = LongList(5)
    server.reachable = False
    page = page_of(server)
    qtbot.waitUntil(lambda: bool(page.empty._buttons))
    assert "does not answer" in page.empty._body.text()
    server.reachable = True
    page.empty._buttons[0][0].click()
    qtbot.waitUntil(lambda: page.model.rowCount() == 5)


def test_rows_stay_when_the_server_goes_away_later(qtbot, a_page, a_long_list):
    a_long_list.reachable = False
    with qtbot.waitSignal(a_page.model.failed):
        a_page.refresh()
    assert a_page.model.rowCount() == 10_000
    assert a_page.table.isVisible()


def test_titles_and_dates_follow_the_language(a_page):
    switch_language(Language.DE)
    assert cell(a_page, 0, Column.DATE) == "24.11.2026"


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("width", [720, 800, 1024, 1366])
def test_a_name_has_room_in_a_window_of_any_width(a_page, language, width):
    switch_language(language)
    a_page.resize(width, 600)
    table = a_page.table
    assert table.columnWidth(Column.PATIENT) >= 140
    assert table.horizontalHeader().length() <= table.viewport().width()
    assert not table.isColumnHidden(Column.REPORT)
    assert table.isColumnHidden(Column.BIRTH_DATE) is (width < 1000)


def dropped(page, paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    page.dragEnterEvent(QDragEnterEvent(QPoint(9, 9), copy, data, left, none))
    page.grab()
    page.dropEvent(QDropEvent(QPointF(9, 9), copy, data, left, none))


@pytest.mark.filterwarnings("ignore:Function. 'QDragEnterEvent:DeprecationWarning")
def test_dropped_files_and_folders_are_handed_on(qtbot, a_page, tmp_path):
    with qtbot.waitSignal(a_page.dropped) as told:
        dropped(a_page, [tmp_path, tmp_path / "scan.zip"])
    assert told.args[0] == [tmp_path, tmp_path / "scan.zip"]


def test_who_may_not_import_sees_the_button_greyed(qtbot, page_of):
    server = LongList(3)
    server.permissions = POLICY[Role.DOCTOR] - {"study:import"}
    page = page_of(server)
    assert not page._import.isEnabled()
    assert not page.acceptDrops()
