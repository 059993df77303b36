"""The nodes dialog against a real server."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QMessageBox

from app.domain.access import Role
from app.domain.nodes import RemoteNode
from app.domain.printing import Film
from app.ui.context import Context
from app.ui.nodes.dialog import NodesDialog
from tests.server.foreign_archive import a_free_port

PATIENCE_MS = 30_000


@pytest.fixture
def admin(client_of):
    """An administrator; the nodes of a test are forgotten after it."""
    admin = client_of(Role.ADMIN)
    yield admin
    for node in admin.nodes():
        admin.delete_node(node.ae_title)


@pytest.fixture
def a_dialog(qtbot, admin, an_archive, tasks, desktop_settings):
    """The dialog; the server itself is recorded as KLINIKA."""
    here = RemoteNode(
        "KLINIKA", "127.0.0.1", an_archive.dicom_port, preferred_transfer_syntax="1.2.840.10008.1.2"
    )
    admin.save_node(here)
    dialog = NodesDialog(Context(admin, tasks, desktop_settings))
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 1, timeout=PATIENCE_MS)
    return dialog


def says(qtbot, dialog, words):
    qtbot.waitUntil(lambda: words in dialog.message.text(), timeout=PATIENCE_MS)


def test_a_node_is_recorded(qtbot, a_dialog, admin):
    assert not a_dialog.save_button.isEnabled()
    a_dialog.form.ae_title.setText("REGION")
    a_dialog.form.texts["host"].setText("10.0.0.1")
    a_dialog.form.port.setValue(104)
    a_dialog.form.switches["is_archive"].setChecked(True)
    a_dialog.form.prior_count.setValue(3)
    a_dialog.form.prior_years.setValue(5)
    a_dialog.save_button.click()
    says(qtbot, a_dialog, "REGION is saved.")
    expected = RemoteNode("REGION", "10.0.0.1", 104, is_archive=True, prior_count=3, prior_years=5)
    assert expected in admin.nodes()
    qtbot.waitUntil(lambda: a_dialog.table.rowCount() == 2, timeout=PATIENCE_MS)


def test_a_printer_is_recorded_with_its_film(qtbot, a_dialog, admin):
    form = a_dialog.form
    assert not form.film.isVisible()
    form.ae_title.setText("FILM")
    form.switches["is_printer"].setChecked(True)
    assert form.film.isVisible()
    form.film.show_film(Film("14INX17IN", is_landscape=True, columns=3, rows=4))
    form.is_colour.setChecked(True)
    a_dialog.save_button.click()
    says(qtbot, a_dialog, "FILM is saved.")
    node = next(node for node in admin.nodes() if node.ae_title == "FILM")
    assert node.film == Film("14INX17IN", is_landscape=True, columns=3, rows=4)
    assert (node.is_printer, node.film_is_colour, node.film_bits) == (True, True, 12)


def test_the_secret_of_an_archive_is_sent_and_not_shown_again(qtbot, a_dialog, admin):
    form = a_dialog.form
    assert not form.web.isVisible()
    form.ae_title.setText("PACS")
    form.switches["is_archive"].setChecked(True)
    assert form.web.isVisible()
    form.texts["dicomweb_url"].setText("http://pacs.example/web")
    form.secret.setText("letmein")
    a_dialog.save_button.click()
    says(qtbot, a_dialog, "DICOMweb address")  # it would go unencrypted
    form.texts["dicomweb_url"].setText("https://pacs.example/web")
    a_dialog.save_button.click()
    says(qtbot, a_dialog, "PACS is saved.")
    assert form.secret.text() == ""
    qtbot.waitUntil(lambda: not a_dialog.save_button.isEnabled(), timeout=PATIENCE_MS)


def test_a_change_keeps_what_is_not_shown(qtbot, a_dialog, admin):
    (before,) = admin.nodes()
    a_dialog.table.selectRow(0)
    assert a_dialog.form.ae_title.isReadOnly()
    assert not a_dialog.save_button.isEnabled()
    a_dialog.form.texts["description"].setText("Мы сами")
    assert not a_dialog.echo_button.isEnabled()
    a_dialog.save_button.click()
    says(qtbot, a_dialog, "is saved")
    assert admin.nodes() == (replace(before, description="Мы сами"),)


def test_a_connection_is_tried(qtbot, a_dialog):
    a_dialog.table.selectRow(0)
    a_dialog.echo_button.click()
    says(qtbot, a_dialog, "KLINIKA answers after")


def test_a_connection_that_fails_says_what_to_do(qtbot, a_dialog):
    a_dialog.form.ae_title.setText("OTHER")
    a_dialog.form.texts["host"].setText("127.0.0.1")
    a_dialog.form.port.setValue(a_free_port())
    a_dialog.save_button.click()
    says(qtbot, a_dialog, "is saved")
    qtbot.waitUntil(a_dialog.echo_button.isEnabled, timeout=PATIENCE_MS)
    a_dialog.echo_button.click()
    says(qtbot, a_dialog, "OTHER can't be reached.")


def test_a_title_that_is_taken_and_a_value_that_is_wrong_are_said(qtbot, a_dialog):
    a_dialog.form.ae_title.setText("KLINIKA")
    a_dialog.save_button.click()
    says(qtbot, a_dialog, "recorded already")
    a_dialog.form.ae_title.setText("KOI")
    a_dialog.form.texts["character_set"].setText("KOI-8")
    a_dialog.save_button.click()
    says(qtbot, a_dialog, "Character set of its unlabelled texts")


def test_a_node_is_forgotten_after_a_question(qtbot, a_dialog, admin, monkeypatch):
    answers = [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "question", lambda *_asked: answers.pop(0))
    a_dialog.table.selectRow(0)
    a_dialog.delete_button.click()
    assert a_dialog.table.rowCount() == 1
    a_dialog.delete_button.click()
    qtbot.waitUntil(lambda: a_dialog.table.rowCount() == 0, timeout=PATIENCE_MS)
    assert admin.nodes() == ()
    assert not a_dialog.delete_button.isEnabled()
