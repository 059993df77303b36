"""The main window over a real server: studies, live changes, permissions, language, sign-out."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.domain.access import Role
from app.domain.errors import UnauthenticatedError
from app.language import Language
from app.ui.actions import Menu
from app.ui.language import switch_language
from app.ui.main_window import LEAST_SIZE
from app.ui.shell.top_bar import STUDY, WORKLIST
from tests.server.samples import an_object, study_uid
from tests.ui.accessibility import nameless


@pytest.fixture
def a_stored_study(client_of):
    """A study of two images in the archive."""
    server = client_of(Role.DOCTOR)
    for number in (1, 2):
        server.store_object(an_object(study="8001", number=number))
    return server.study(study_uid("8001")).summary


def opened(qtbot, window, summary):
    window.open_study(summary)
    qtbot.waitUntil(lambda: window.desk is not None)
    return window.desk


def menu_texts(window, menu):
    return [action.text() for action in window.menus.menus[menu].actions() if action.text()]


def test_a_study_that_arrives_is_listed_within_two_seconds(qtbot, window_of, client_of):
    window = window_of(Role.DOCTOR)
    client_of(Role.OPERATOR).store_object(an_object(study="8002", PatientName="Новиков^Олег"))
    uid = study_uid("8002")
    qtbot.waitUntil(lambda: window.worklist.model.row_of(uid) >= 0)


def test_an_open_study_stays_in_its_tab_while_one_looks_at_the_worklist(
    qtbot, window_of, a_stored_study
):
    window = window_of(Role.DOCTOR)
    desk = opened(qtbot, window, a_stored_study)
    assert window.pages.currentWidget() is desk
    assert window.top.tabs.count() == 2
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert window.pages.currentWidget() is window.worklist
    window.top.tabs.setCurrentIndex(STUDY)
    assert window.pages.currentWidget() is desk
    window.open_study(a_stored_study)
    assert window.desk is desk
    window.top.study_closed.emit()
    assert window.desk is None
    assert window.top.tabs.count() == 1
    assert window.top.tabs.currentIndex() == WORKLIST


def test_menus_show_what_the_page_on_screen_can_do(qtbot, window_of, a_stored_study):
    window = window_of(Role.DOCTOR)
    assert "Import files…" in menu_texts(window, Menu.FILE)
    assert not window.menus.menus[Menu.TOOLS].menuAction().isVisible()
    opened(qtbot, window, a_stored_study)
    assert "Length" in menu_texts(window, Menu.TOOLS)
    assert "Sign…" in menu_texts(window, Menu.REPORT)
    assert "Import files…" not in menu_texts(window, Menu.FILE)


@pytest.mark.parametrize(
    ("role", "may_manage", "sees_report"),
    [(Role.ADMIN, True, True), (Role.DOCTOR, False, True), (Role.OPERATOR, False, False)],
)
def test_each_role_sees_what_it_may_do(
    qtbot, window_of, a_stored_study, role, may_manage, sees_report
):
    window = window_of(role)
    assert ("Accounts…" in menu_texts(window, Menu.FILE)) is may_manage
    desk = opened(qtbot, window, a_stored_study)
    assert (desk.report is not None) is sees_report


def test_the_language_switches_live_from_the_menu(qtbot, window_of, desktop_settings):
    window = window_of(Role.DOCTOR)
    window.menus._languages[Language.DE].trigger()
    assert desktop_settings.language is Language.DE
    assert window.menus._languages[Language.DE].isChecked()
    assert not window.menus._languages[Language.EN].isChecked()


def test_signing_out_ends_the_session_on_the_server(qtbot, window_of):
    window = window_of(Role.DOCTOR)
    server = window._context.server
    token = server.refresh_token
    with qtbot.waitSignal(window.signed_out):
        window.sign_out()
    with pytest.raises(UnauthenticatedError):
        server.resume(token)


def test_an_ended_session_asks_to_sign_in_again(qtbot, window_of, tasks):
    window = window_of(Role.DOCTOR)
    tasks.failed.emit(UnauthenticatedError("token expired"))
    assert "Sign in again" in window.message.text()
    with qtbot.waitSignal(window.signed_out):
        window.message._button.click()


def test_the_window_stays_large_enough_to_read_images(qtbot, window_of, a_stored_study):
    window = window_of(Role.DOCTOR)
    opened(qtbot, window, a_stored_study)
    window.resize(300, 200)
    least = LEAST_SIZE.boundedTo(window.screen().availableSize())
    assert (window.width(), window.height()) == (least.width(), least.height())


def test_a_full_screen_shows_only_the_page_and_its_messages(qtbot, window_of):
    window = window_of(Role.DOCTOR)
    window._full_screen.trigger()
    assert not window.top.isVisible()
    window.back()
    assert window.top.isVisible()


def test_every_control_has_a_name_for_screen_readers(qtbot, window_of, a_stored_study):
    window = window_of(Role.ADMIN)
    window.worklist.table.select_row(window.worklist.model.row_of(a_stored_study.study_uid))
    qtbot.waitUntil(lambda: bool(window.worklist.preview._cards))
    opened(qtbot, window, a_stored_study)
    qtbot.wait(300)
    assert nameless(window) == []


def test_every_language_shows_every_window_without_a_warning(qtbot, window_of, a_stored_study):
    window = window_of(Role.ADMIN)
    opened(qtbot, window, a_stored_study)
    for language in Language:
        switch_language(language)
        QApplication.processEvents()
        assert window.grab().width() >= 1024
