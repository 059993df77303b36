"""Routing rules against a real server: written, tried out, switched off, deleted."""

from datetime import time

import pytest
from PySide6.QtCore import Qt, QTime

from app.domain.access import Role
from app.domain.ingest import SourceKind
from app.domain.nodes import RemoteNode
from app.domain.routing import RoutingRule
from app.ui.context import Context
from app.ui.routing import window as module
from app.ui.routing.trial import TrialDialog
from app.ui.routing.window import RoutingWindow
from tests.server.samples import an_object

STUDY = 5401


@pytest.fixture
def admin(client_of):
    """An administrator of two nodes; its rules and nodes are forgotten after the test."""
    admin = client_of(Role.ADMIN)
    admin.save_node(RemoteNode("NIGHT", "10.0.0.1", 104, description="Архив"))
    admin.save_node(RemoteNode("STATION", "10.0.0.2", 104))
    yield admin
    for rule in admin.routing_rules():
        admin.delete_routing_rule(rule.rule_id)
    for node in admin.nodes():
        admin.delete_node(node.ae_title)


@pytest.fixture
def context(admin, tasks, desktop_settings):
    return Context(admin, tasks, desktop_settings)


@pytest.fixture
def a_window(qtbot, context):
    window = RoutingWindow(context)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window._is_loaded)
    return window


@pytest.fixture
def kept(qtbot, admin, a_window):
    """A rule that the window shows."""
    rule = admin.add_routing_rule(RoutingRule("", "CT by night", ("NIGHT",), modalities=("CT",)))
    a_window.load()
    qtbot.waitUntil(lambda: a_window.table.rowCount() == 1)
    a_window.table.select(rule.rule_id)
    return rule


def says(qtbot, window, words):
    qtbot.waitUntil(lambda: words in window.message.text())


def choose(form, row):
    form.nodes.item(row).setCheckState(Qt.CheckState.Checked)


def test_a_rule_is_written_with_every_condition(qtbot, a_window, admin):
    form = a_window.form
    assert not a_window.save_button.isEnabled()
    assert form.nodes.item(0).text() == "NIGHT · Архив"
    form.name.setText("Ночью в архив")
    choose(form, 0)
    form.lists["modalities"].setText("CT; MR")
    form.lists["descriptions"].setText("*голова*; chest, native")
    form.lists["stations"].setText("CT?")
    form.lists["sources"].setText("CT1")
    form.lists["called"].setText("KLINIKA_ROUTE")
    form.weekdays[6].setChecked(True)
    form.weekdays[7].setChecked(True)
    form.kinds[SourceKind.C_STORE].setChecked(True)
    form.has_hours.setChecked(True)
    form.opens.setTime(QTime(22, 30))
    a_window.save_button.click()
    says(qtbot, a_window, "Ночью в архив is saved.")
    (rule,) = admin.routing_rules()
    expected = RoutingRule(
        rule.rule_id,
        "Ночью в архив",
        ("NIGHT",),
        kinds=(SourceKind.C_STORE,),
        sources=("CT1",),
        called=("KLINIKA_ROUTE",),
        weekdays=(6, 7),
        modalities=("CT", "MR"),
        stations=("CT?",),
        descriptions=("*голова*", "chest, native"),
        opens=time(22, 30),
        closes=time(6, 0),
    )
    assert rule == expected
    qtbot.waitUntil(lambda: a_window.table.selected() == (rule,))
    assert a_window.table.words(0, 4) == "Sat, Sun 22:30–06:00"
    assert not a_window.save_button.isEnabled()


def test_a_rule_is_switched_off(qtbot, a_window, kept, admin):
    assert a_window.form.name.text() == "CT by night"
    a_window.form.is_enabled.setChecked(False)
    a_window.save_button.click()
    says(qtbot, a_window, "is saved")
    assert not admin.routing_rules()[0].is_enabled
    qtbot.waitUntil(lambda: a_window.table.words(0, 1) == "Off")


def test_a_dry_run_shows_what_would_go_where_before_anything_is_kept(
    qtbot, a_window, context, admin
):
    admin.store_object(an_object(STUDY, Modality="MG", PatientName="Новикова^Анна"))
    a_window.form.name.setText("Mammography")
    a_window.form.lists["modalities"].setText("MG")
    choose(a_window.form, 1)
    assert a_window.try_button.isEnabled()
    dialog = TrialDialog(context, a_window.form.rule())
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 1)
    assert dialog.result.text() == "1 study (1 series) would go to: STATION"
    assert "Nothing was sent." in dialog._note.text()
    qtbot.waitUntil(lambda: dialog.table.words(0, 0) == "Новикова Анна")
    assert admin.routing_rules() == ()
    dialog.close()


def test_a_rule_that_matches_nothing_is_said_to(qtbot, context):
    dialog = TrialDialog(context, RoutingRule("", "none", ("NIGHT",), modalities=("XX",)))
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog._is_loaded)
    assert dialog._stack.currentWidget() is dialog.empty
    dialog.close()


def test_hours_that_are_none_are_said_before_a_dry_run_too(qtbot, a_window, kept):
    form = a_window.form
    form.has_hours.setChecked(True)
    form.opens.setTime(QTime(6, 0))
    form.closes.setTime(QTime(6, 0))
    a_window.try_button.click()
    assert a_window.message.text().startswith("This can't be used: Hours.")
    a_window.save_button.click()
    says(qtbot, a_window, "This can't be used: Hours.")


def test_a_rule_that_is_gone_is_said(qtbot, a_window, kept, admin):
    admin.delete_routing_rule(kept.rule_id)
    a_window.form.name.setText("CT")
    a_window.save_button.click()
    says(qtbot, a_window, "Somebody deleted the rule")


def test_a_rule_is_deleted_after_a_question(qtbot, a_window, kept, admin, monkeypatch):
    answers = [False, True]
    monkeypatch.setattr(module, "is_sure", lambda *_asked: answers.pop(0))
    a_window.delete_button.click()
    assert admin.routing_rules() == (kept,)
    a_window.delete_button.click()
    qtbot.waitUntil(lambda: a_window._stack.currentWidget() is a_window.empty)
    assert admin.routing_rules() == ()
    assert not a_window.delete_button.isEnabled()
