"""The queue against a real server: what failed and why, tried again and taken out."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.access import Role
from app.domain.jobs import JobState
from app.server.core.routing import FORWARD, Sending
from app.server.store import jobs as rows
from app.server.store.engine import Database
from app.settings import Settings
from app.ui.context import Context
from app.ui.queue import window as module
from app.ui.queue.window import FILTERS, QueueWindow
from tests.server.samples import an_object, study_uid

STUDY, NO_STUDY = 5101, 5102
"""What of the second is to be sent is done at once: there is nothing."""
FAR = "unreachable: FAR can't be reached: Connection refused"
PATIENT, REASON = 3, 6
"""Columns."""


@pytest.fixture
def index(an_archive):
    """The index of the running server, behind its back; no job of a test outlives it."""
    database = Database.open(Settings(data_dir=an_archive._data_dir))
    yield database
    with database.write() as connection:
        connection.execute(rows.table.delete())
    database.close()


@pytest.fixture
def add(index):
    """Queues a sending that waits for tomorrow, or failed with `reason`."""

    def add(ae_title="FAR", reason="", *, study=NO_STUDY, rule_id="", due=None):
        now = datetime.now(UTC)
        sending = Sending(ae_title, study_uid(study), rule_id=rule_id)
        with index.write() as connection:
            rows.add(
                connection,
                FORWARD,
                asdict(sending),
                at=now,
                subject=sending.study_uid,
                not_before=due or now + timedelta(days=1),
            )
            job = rows.newest(connection, None, 1)[0]
            if reason:
                connection.execute(
                    rows.table.update()
                    .where(rows.table.c.id == job.id)
                    .values(state=JobState.FAILED.value, attempts=9, reason=reason)
                )
        return job.id

    return add


@pytest.fixture
def operator(client_of):
    return client_of(Role.OPERATOR)


@pytest.fixture
def open_as(qtbot, client_of, tasks, desktop_settings):
    """Opens the window for a role."""

    def open_as(role) -> QueueWindow:
        window = QueueWindow(Context(client_of(role), tasks, desktop_settings))
        qtbot.addWidget(window)
        window.show()
        qtbot.waitUntil(lambda: window._is_loaded)
        return window

    return open_as


def test_what_failed_comes_first_with_its_patient_and_what_to_do(qtbot, open_as, add, client_of):
    client_of(Role.DOCTOR).store_object(an_object(STUDY))
    failed = add(reason=FAR, study=STUDY)
    add("NEAR")
    window = open_as(Role.OPERATOR)
    table = window.table
    states = [job.state for job in table.records if job.kind == FORWARD]
    assert states == [JobState.FAILED, JobState.QUEUED]
    assert table.words(0, REASON).startswith("FAR can't be reached. Check that it is on")
    assert table.words(1, REASON) == ""
    qtbot.waitUntil(lambda: table.words(0, PATIENT) == "Иванов Пётр")
    table.select(failed)
    assert window._what.text() == "Send · FAR"
    assert "Иванов Пётр" in window._why.text()
    assert "24 Nov 2026" in window._why.text()
    assert not window.cancel_button.isEnabled()


def test_one_is_tried_again(qtbot, open_as, add, operator):
    number = add(reason=FAR)
    window = open_as(Role.OPERATOR)
    window.table.select(number)
    window.replay_button.click()
    qtbot.waitUntil(lambda: [job.id for job in operator.jobs(JobState.DONE)] == [number])
    window.load()
    qtbot.waitUntil(lambda: window._stack.currentWidget() is window.empty)


def test_all_that_failed_for_a_node_are_tried_again_and_others_are_not(
    qtbot, open_as, add, operator
):
    add(reason=FAR)
    add(reason=FAR)
    other = add("NEAR", "failed: 0x0122")
    window = open_as(Role.OPERATOR)
    window.table.select(other - 1)
    assert window.replay_all_button.text() == "Try all failed for FAR again"
    window.replay_all_button.click()
    qtbot.waitUntil(lambda: len(operator.jobs(JobState.FAILED)) == 1)
    assert operator.jobs(JobState.FAILED)[0].id == other


def test_one_is_taken_out_after_a_question(qtbot, open_as, add, operator, monkeypatch):
    answers = [False, True]
    monkeypatch.setattr(module, "is_sure", lambda *_asked: answers.pop(0))
    number = add()
    window = open_as(Role.OPERATOR)
    window.table.select(number)
    assert window.replay_button.text() == "Try now"
    window.cancel_button.click()
    assert operator.jobs(JobState.QUEUED) != ()
    window.cancel_button.click()
    qtbot.waitUntil(lambda: window.table.rowCount() == 0)
    window._show_all()
    qtbot.waitUntil(lambda: window.table.rowCount() == 1)
    assert window.table.records[0].state is JobState.CANCELLED


def test_what_moved_on_meanwhile_is_said(qtbot, open_as, add, index):
    number = add(reason=FAR)
    window = open_as(Role.OPERATOR)
    window.table.select(number)
    with index.write() as connection:
        connection.execute(rows.table.delete())
    window.replay_button.click()
    qtbot.waitUntil(lambda: "moved on" in window.message.text())
    qtbot.waitUntil(lambda: window.table.rowCount() == 0)


def test_a_doctor_looks_and_changes_nothing(open_as, add):
    number = add(reason=FAR)
    window = open_as(Role.DOCTOR)
    window.table.select(number)
    for button in (window.replay_button, window.replay_all_button, window.cancel_button):
        assert not button.isEnabled()
        assert "Your role" in button.toolTip()


def test_a_filter_shows_one_state(qtbot, open_as, add):
    add(reason=FAR)
    add("NEAR")
    window = open_as(Role.OPERATOR)
    waits = next(at for at, (text, _states) in enumerate(FILTERS) if text == "Waits")
    window.filter.setCurrentIndex(waits)
    window.filter.activated.emit(waits)
    qtbot.waitUntil(lambda: window.table.rowCount() == 1)
    assert window.table.records[0].payload["ae_title"] == "NEAR"


@pytest.mark.logs("job-failed")
def test_a_job_that_fails_is_counted_in_the_status_bar_and_comes_into_the_open_queue(
    qtbot, window_of, add
):
    main = window_of(Role.OPERATOR)
    queue = main.windows.open_window("archive.queue")
    qtbot.waitUntil(lambda: queue._is_loaded)
    assert not main.attention.buttons["archive.queue"].isVisible()
    add(rule_id="gone", due=datetime.now(UTC))
    button = main.attention.buttons["archive.queue"]
    qtbot.waitUntil(button.isVisible)
    assert button.text() == "1 failed job"
    qtbot.waitUntil(lambda: queue.table.rowCount() == 1)
    assert queue.table.words(0, REASON).startswith("Its routing rule is gone")
    button.click()
    assert main.windows.open_window("archive.queue") is queue
    queue.close()
