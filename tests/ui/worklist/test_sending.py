"""A study is sent from the worklist to a node, through the queue of a real server."""

import pytest

from app.domain.access import Role
from app.domain.jobs import JobState
from app.domain.nodes import RemoteNode
from app.domain.study import WorklistQuery
from app.ui.worklist.sending import SendDialog
from tests.server.samples import an_object, study_uid

STUDY = study_uid(41)


@pytest.fixture
def a_study(client_of, a_context):
    client_of(Role.OPERATOR).store_object(an_object(study=41))
    (row,) = a_context.server.worklist(WorklistQuery(study_uid=STUDY)).rows
    return row


@pytest.fixture
def open_dialog(qtbot, a_context, a_study):
    def make():
        dialog = SendDialog(a_context, a_study)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return make


def test_without_a_node_it_says_who_adds_one(qtbot, open_dialog):
    dialog = open_dialog()
    qtbot.waitUntil(lambda: "An administrator adds it" in dialog.message.text())
    assert not dialog.send_button.isEnabled()


def test_a_study_waits_to_be_sent_to_the_chosen_node(qtbot, open_dialog, client_of, a_context):
    admin = client_of(Role.ADMIN)
    admin.add_node(RemoteNode("FAR", "127.0.0.1", 9, description="The hospital"))
    admin.add_node(RemoteNode("FILM", "127.0.0.1", 9, is_printer=True))
    admin.add_node(RemoteNode("ONLYCALLS"))
    dialog = open_dialog()
    qtbot.waitUntil(dialog.send_button.isEnabled)
    assert [dialog.node.itemText(at) for at in range(dialog.node.count())] == ["The hospital (FAR)"]
    dialog.send_button.click()
    qtbot.waitUntil(lambda: "to be sent to The hospital" in dialog.message.text())
    (job,) = admin.jobs(kind="forward")
    assert job.state is not JobState.DONE
    admin.cancel_job(job.id)
    for node in ("FAR", "FILM", "ONLYCALLS"):
        admin.delete_node(node)


def test_a_node_that_is_gone_is_said(qtbot, open_dialog, client_of):
    admin = client_of(Role.ADMIN)
    admin.add_node(RemoteNode("FAR", "127.0.0.1", 9))
    dialog = open_dialog()
    qtbot.waitUntil(dialog.send_button.isEnabled)
    admin.delete_node("FAR")
    dialog.send_button.click()
    qtbot.waitUntil(lambda: bool(dialog.message.text()))
    assert dialog.send_button.isEnabled()


def test_the_context_menu_of_the_worklist_offers_it(qtbot, a_study, window_of, monkeypatch):
    monkeypatch.setattr(SendDialog, "exec", SendDialog.show)
    page = window_of(Role.OPERATOR).worklist
    (action,) = (each for each in page.table.actions() if each.objectName() == "study.send")
    assert not action.isEnabled()
    qtbot.waitUntil(lambda: page.model.row(0) is not None)
    page.table.select_row(0)
    action.trigger()
    (dialog,) = page.findChildren(SendDialog)
    qtbot.waitUntil(lambda: bool(dialog.message.text()))
    dialog.reject()
