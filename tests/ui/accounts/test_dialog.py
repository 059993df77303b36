"""The accounts dialog against a real server."""

import pytest

from app.domain.access import Role
from app.ui.accounts.dialog import AccountsDialog
from app.ui.context import Context
from tests.ui.conftest import PASSWORD


@pytest.fixture
def a_dialog(qtbot, client_of, tasks, desktop_settings):
    dialog = AccountsDialog(Context(client_of(Role.ADMIN), tasks, desktop_settings))
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.table.rowCount() >= 3)
    return dialog


def fill_in(dialog, username):
    dialog.username.setText(username)
    dialog.full_name.setText("Анна Петрова")
    dialog.password.first.setText(PASSWORD)
    dialog.password.second.setText(PASSWORD)


def test_an_administrator_makes_an_account_that_can_sign_in(qtbot, a_dialog, client_of):
    before = a_dialog.table.rowCount()
    assert not a_dialog.create_button.isEnabled()
    fill_in(a_dialog, "petrova")
    a_dialog.create_button.click()
    qtbot.waitUntil(lambda: a_dialog.table.rowCount() == before + 1)
    assert "Анна Петрова" in a_dialog.message.text()
    assert a_dialog.username.text() == ""
    client_of(Role.ADMIN).sign_in("petrova", PASSWORD)


def test_a_name_that_is_taken_is_said(qtbot, a_dialog):
    fill_in(a_dialog, "doctor")
    a_dialog.create_button.click()
    qtbot.waitUntil(lambda: "taken" in a_dialog.message.text())
    assert a_dialog.create_button.isEnabled()
