"""Deletions against a real server: asked for in the worklist, agreed to by another, restored."""

import itertools

import pytest

from app.domain.access import Role
from app.domain.deletion import DeletionState
from app.domain.errors import NotFoundError
from app.ui.actions import TableAction
from app.ui.context import Context
from app.ui.deletions import window as module
from app.ui.deletions.request import DeletionRequestDialog
from app.ui.deletions.window import DeletionsWindow
from tests.server.samples import an_object, study_uid

numbers = itertools.count(5301)


@pytest.fixture
def admin(client_of):
    """An administrator; nothing waits after the test."""
    admin = client_of(Role.ADMIN)
    yield admin
    for each in admin.deletions():
        if each.state is DeletionState.REQUESTED:
            admin.withdraw_deletion(each.id)
        else:
            admin.restore_deletion(each.id)


@pytest.fixture
def doctor(client_of):
    return client_of(Role.DOCTOR)


@pytest.fixture
def a_study(doctor, admin):
    """A study of two series; its UID."""
    number = next(numbers)
    for series in (1, 2):
        doctor.store_object(an_object(number, series))
    return study_uid(number)


@pytest.fixture
def open_as(qtbot, client_of, tasks, desktop_settings):
    """Opens the window for a role, with its first row selected."""

    def open_as(role) -> DeletionsWindow:
        window = DeletionsWindow(Context(client_of(role), tasks, desktop_settings))
        qtbot.addWidget(window)
        window.show()
        qtbot.waitUntil(lambda: window.table.rowCount() > 0)
        window.table.selectRow(0)
        return window

    return open_as


@pytest.fixture
def a_request(qtbot, client_of, tasks, desktop_settings):
    """Asks by the dialog."""

    def ask(study, series=None) -> DeletionRequestDialog:
        context = Context(client_of(Role.DOCTOR), tasks, desktop_settings)
        dialog = DeletionRequestDialog(context, study, series)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return ask


def shown_state(window):
    return window.table.records[0].state


def test_a_request_needs_a_reason_and_says_what_follows(qtbot, a_request, a_study, doctor, admin):
    dialog = a_request(doctor.study(a_study).summary)
    assert not dialog.ask_button.isEnabled()
    assert "a second person has to agree" in dialog._note.text()
    assert "30 days" in dialog._note.text()
    dialog.reason.setText(" Загружено по ошибке ")
    with qtbot.waitSignal(dialog.accepted):
        dialog.ask_button.click()
    (asked,) = admin.deletions()
    assert (asked.reason, asked.series_uid) == ("Загружено по ошибке", "")


def test_a_series_is_asked_for_once(qtbot, a_request, a_study, doctor, admin):
    study = doctor.study(a_study)
    doctor.request_deletion(a_study, "double", study.series[1].series_uid)
    dialog = a_request(study.summary, study.series[1])
    dialog.reason.setText("double")
    dialog.ask_button.click()
    qtbot.waitUntil(lambda: "asked for it already" in dialog.message.text())
    assert dialog.ask_button.isEnabled()
    dialog.reject()


def test_who_asked_can_take_back_and_not_agree(qtbot, open_as, a_study, doctor, admin):
    doctor.request_deletion(a_study, "a mistake")
    window = open_as(Role.DOCTOR)
    assert not window.agree_button.isEnabled()
    assert window._note.text() == "You asked for it yourself: another person has to agree."
    assert window.refuse_button.text() == "Take back"
    window.refuse_button.click()
    qtbot.waitUntil(lambda: window._stack.currentWidget() is window.empty)
    assert doctor.study(a_study)


def test_another_agrees_and_restores(qtbot, open_as, a_study, doctor, admin, monkeypatch):
    answers = [False, True]
    monkeypatch.setattr(module, "is_sure", lambda *_asked: answers.pop(0))
    doctor.request_deletion(a_study, "a mistake")
    window = open_as(Role.ADMIN)
    assert window.refuse_button.text() == "Refuse"
    window.agree_button.click()
    assert shown_state(window) is DeletionState.REQUESTED
    window.agree_button.click()
    qtbot.waitUntil(lambda: shown_state(window) is DeletionState.DELETED)
    with pytest.raises(NotFoundError):
        doctor.study(a_study)
    assert "2 objects are kept until then" in window._note.text()
    assert not window.agree_button.isEnabled()
    window.restore_button.click()
    qtbot.waitUntil(lambda: "restored" in window.message.text())
    assert len(doctor.study(a_study).series) == 2


def test_what_another_decided_meanwhile_is_said(qtbot, open_as, a_study, doctor, admin):
    asked = doctor.request_deletion(a_study, "a mistake")
    window = open_as(Role.ADMIN)
    admin.confirm_deletion(asked.id)
    window.refuse_button.click()
    qtbot.waitUntil(lambda: "somebody else decided" in window.message.text())
    qtbot.waitUntil(lambda: shown_state(window) is DeletionState.DELETED)


def test_the_worklist_asks_for_a_study_and_for_a_series(qtbot, window_of, a_study):
    main = window_of(Role.DOCTOR)
    page = main.worklist
    qtbot.waitUntil(lambda: page.model.row_of(a_study) >= 0)
    page.table.select_row(page.model.row_of(a_study))
    page.deletion_wanted.disconnect()
    with qtbot.waitSignal(page.deletion_wanted) as asked:
        page.findChild(TableAction, "study.delete").trigger()
    assert (asked.args[0].study_uid, asked.args[1]) == (a_study, None)
    qtbot.waitUntil(lambda: len(page.preview._cards) == 2)
    series = page.preview._cards[0].series
    menu = page.preview.menu_of(series)
    with qtbot.waitSignal(page.deletion_wanted) as asked:
        menu.actions()[-1].trigger()
    assert asked.args[1] == series


def test_an_operator_is_not_offered_to_delete(qtbot, window_of):
    main = window_of(Role.OPERATOR)
    assert main.worklist.findChild(TableAction, "study.delete") is None
    assert "archive.deletions" not in main.windows.names()


def test_who_has_to_agree_is_told(qtbot, window_of, a_study, doctor):
    doctor.request_deletion(a_study, "a mistake")
    main, asking = window_of(Role.ADMIN), window_of(Role.DOCTOR)
    button = main.attention.buttons["archive.deletions"]
    qtbot.waitUntil(button.isVisible)
    assert button.text() == "1 deletion to agree to"
    qtbot.waitUntil(lambda: "archive.deletions" in asking.attention._counts)
    assert not asking.attention.buttons["archive.deletions"].isVisible()
