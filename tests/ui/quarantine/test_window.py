"""Quarantine against a real server: both versions beside each other, taken or deleted."""

import itertools

import pytest

from app.domain.access import Role
from app.ui.context import Context
from app.ui.quarantine import window as module
from app.ui.quarantine.window import QuarantineWindow
from app.ui.quarantine.words import FACTS
from tests.server.samples import an_object, series_uid, sop_uid, study_uid

pytestmark = pytest.mark.logs("object-conflict")
FROM, WHY, PATIENT = 1, 2, 3
"""Columns."""
numbers = itertools.count(5201)


@pytest.fixture
def doctor(client_of):
    return client_of(Role.DOCTOR)


@pytest.fixture
def admin(client_of):
    """An administrator; quarantine is empty after the test."""
    admin = client_of(Role.ADMIN)
    yield admin
    for each in admin.quarantine().objects:
        admin.delete_quarantined(each.id)


@pytest.fixture
def put_aside(doctor, admin):
    """A study whose second sending has another name and other pixels; its number."""
    number = next(numbers)
    doctor.store_object(an_object(number))
    doctor.store_object(an_object(number, value=7, PatientName="Иванов^Павел"))
    return number


@pytest.fixture
def open_as(qtbot, client_of, tasks, desktop_settings):
    """Opens the window for a role, with its first row selected and described."""

    def open_as(role) -> QuarantineWindow:
        window = QuarantineWindow(Context(client_of(role), tasks, desktop_settings))
        qtbot.addWidget(window)
        window.show()
        qtbot.waitUntil(lambda: window.table.rowCount() > 0)
        window.table.selectRow(0)
        qtbot.waitUntil(lambda: window.comparison._details is not None)
        return window

    return open_as


def test_both_versions_stand_beside_each_other(open_as, put_aside):
    window = open_as(Role.DOCTOR)
    assert window.table.words(0, FROM) == "doctor · Import"
    assert window.table.words(0, WHY) == "Known with other content"
    assert window.table.words(0, PATIENT) == "Иванов Павел"
    names = [fact.title for fact in FACTS]
    _title, came, kept = window.comparison._rows[names.index("Patient")]
    assert (came.text(), kept.text()) == ("Иванов Павел  ≠", "Иванов Пётр")
    _title, came, kept = window.comparison._rows[names.index("ID")]
    assert (came.text(), kept.text()) == ("P-17", "P-17")
    words = window.comparison._words.text()
    assert words == "The pixels differ. Elements that differ: PatientName."


def test_what_is_older_comes_when_the_last_row_comes_into_view(
    qtbot, open_as, put_aside, doctor, monkeypatch
):
    for value in range(8, 18):
        doctor.store_object(an_object(put_aside, value=value))
    monkeypatch.setattr(module, "PAGE", 4)
    window = open_as(Role.DOCTOR)
    window.resize(1100, 200)
    assert (window.table.rowCount(), window._count.text()) == (4, "4 of 11")
    for count in (8, 11):
        qtbot.waitUntil(lambda: window.table.verticalScrollBar().maximum() > 0)
        window.table.scrollToBottom()
        qtbot.waitUntil(lambda count=count: window.table.rowCount() == count)
    assert not window._count.isVisible()
    assert len({one.id for one in window.table.records}) == 11
    window.table.scrollToTop()
    window.table.scrollToBottom()
    assert not window.context.tasks.running("quarantine/list")


def test_a_doctor_looks_and_decides_nothing(open_as, put_aside):
    window = open_as(Role.DOCTOR)
    assert not window.accept_button.isEnabled()
    assert not window.delete_button.isEnabled()
    assert "Your role" in window.delete_button.toolTip()


def test_one_takes_the_place_of_the_archives_after_a_question(
    qtbot, open_as, put_aside, admin, monkeypatch
):
    answers = [False, True]
    monkeypatch.setattr(module, "is_sure", lambda *_asked: answers.pop(0))
    before = admin.quarantine().objects
    window = open_as(Role.ADMIN)
    assert window.accept_button.text() == "Take instead of the archive's…"
    window.accept_button.click()
    assert admin.quarantine().objects == before
    window.accept_button.click()
    replaced = "Another was taken in its place"
    qtbot.waitUntil(lambda: window.table.words(0, WHY) == replaced)
    assert "Иванов^Павел".encode() in admin.object_bytes(sop_uid(put_aside, 1, 1))


def test_several_are_deleted_for_good(qtbot, open_as, put_aside, doctor, admin, monkeypatch):
    monkeypatch.setattr(module, "is_sure", lambda *_asked: True)
    doctor.store_object(an_object(put_aside, value=8))
    window = open_as(Role.ADMIN)
    assert window.table.rowCount() == 2
    window.table.selectAll()
    assert not window.comparison.isVisible()
    window.delete_button.click()
    qtbot.waitUntil(lambda: window._stack.currentWidget() is window.empty)
    assert admin.quarantine().objects == ()


def test_why_one_can_not_be_taken_is_said(qtbot, open_as, doctor, admin, monkeypatch):
    monkeypatch.setattr(module, "is_sure", lambda *_asked: True)
    number, other = next(numbers), next(numbers)
    doctor.store_object(an_object(number))
    strange = {"StudyInstanceUID": study_uid(other), "SOPInstanceUID": sop_uid(other, 1, 1)}
    doctor.store_object(an_object(number, SeriesInstanceUID=series_uid(number, 1), **strange))
    window = open_as(Role.ADMIN)
    assert window.table.words(0, WHY) == "Its series is in another study"
    assert window.accept_button.text() == "Take into the archive…"
    window.accept_button.click()
    qtbot.waitUntil(lambda: "in another study" in window.message.text())
    assert window.accept_button.isEnabled()


def test_the_main_window_tells_at_once(qtbot, window_of, put_aside, doctor):
    main = window_of(Role.DOCTOR)
    button = main.attention.buttons["archive.quarantine"]
    qtbot.waitUntil(button.isVisible)
    assert button.text() == "1 in quarantine"
    window = main.windows.open_window("archive.quarantine")
    qtbot.waitUntil(lambda: window.table.rowCount() == 1)
    doctor.store_object(an_object(put_aside, value=8))
    qtbot.waitUntil(lambda: window.table.rowCount() == 2)
    qtbot.waitUntil(lambda: button.text() == "2 in quarantine")
    main.windows.close_windows()
