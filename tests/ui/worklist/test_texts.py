"""Wrong letters are mended from the worklist, against a real server."""

import pytest

from app.domain.access import Role
from app.domain.study import WorklistQuery
from app.ui.worklist.texts import TextsDialog
from tests.server.charsets import NAME, written_in
from tests.server.samples import study_uid

PATIENCE_MS = 30_000


@pytest.fixture
def a_study(client_of):
    """A study in KOI8-R that does not say so."""
    client_of(Role.DOCTOR).store_object(written_in("koi8_r", 1))
    return study_uid(1)


@pytest.fixture
def a_dialog(qtbot, a_study, a_context):
    dialog = TextsDialog(a_context, a_study)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0, timeout=PATIENCE_MS)
    return dialog


def test_the_right_letters_are_chosen_and_undone(qtbot, a_dialog, a_context, a_study):
    assert a_dialog.table.item(0, 0).text() == "Иванов Пётр"
    assert a_dialog.table.item(0, 2).text() == "Cyrillic (KOI8-R)"
    with qtbot.waitSignal(a_dialog.accepted):
        a_dialog.choose_button.click()
    (row,) = a_context.server.worklist(WorklistQuery(study_uid=a_study)).rows
    assert (row.patient_name, row.character_set) == (NAME, "KOI8-R")
    again = TextsDialog(a_context, a_study)
    qtbot.addWidget(again)
    qtbot.waitUntil(lambda: again.table.rowCount() > 0, timeout=PATIENCE_MS)
    assert again.table.item(0, 2).text() == "Cyrillic (KOI8-R), as now"
    assert not again.choose_button.isEnabled()
    letters = [again.table.item(row, 2).text() for row in range(again.table.rowCount())]
    again.table.selectRow(letters.index("As its images say"))
    with qtbot.waitSignal(again.accepted):
        again.choose_button.click()
    (row,) = a_context.server.worklist(WorklistQuery(study_uid=a_study)).rows
    assert (row.patient_name == NAME, row.character_set) == (False, "")


def test_a_study_that_is_gone_is_said(qtbot, a_context):
    dialog = TextsDialog(a_context, "1.2.3")
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: "no longer there" in dialog.message.text(), timeout=PATIENCE_MS)
    assert not dialog.choose_button.isEnabled()
    dialog.choose()


def test_the_context_menu_of_the_worklist_offers_it(qtbot, a_study, window_of, monkeypatch):
    monkeypatch.setattr(TextsDialog, "exec", TextsDialog.show)
    page = window_of(Role.OPERATOR).worklist
    (action,) = (each for each in page.table.actions() if each.objectName() == "study.texts")
    assert not action.isEnabled()
    qtbot.waitUntil(lambda: page.model.row(0) is not None, timeout=PATIENCE_MS)
    page.table.select_row(0)
    assert action.isEnabled()
    action.trigger()
    (dialog,) = page.findChildren(TextsDialog)
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0, timeout=PATIENCE_MS)
    dialog.reject()
