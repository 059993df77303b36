"""The whole desktop: first start, the server killed, the next start."""

import os
import signal

import pytest

from app.commands.serve import LOG_FILE
from app.ui.desktop import Desktop
from app.ui.first_run.window import FirstRunWindow
from app.ui.main_window import MainWindow
from app.ui.sign_in.window import SignInWindow
from tests.logs import LOG
from tests.server.samples import an_object, study_uid
from tests.ui.conftest import PASSWORD


@pytest.fixture
def start_desktop(qapp, desktop_settings, tmp_path, monkeypatch):
    """Starts the desktop on one folder, as often as it is asked to."""
    monkeypatch.setenv("KLINIKA_DICOM_PORT", "0")
    LOG.follow(tmp_path / "archive" / "logs" / LOG_FILE)
    started = []

    def start(**options):
        desktop = Desktop(desktop_settings, tmp_path / "archive", **options)
        started.append(desktop)
        desktop.start()
        return desktop

    yield start
    for desktop in started:
        desktop.close()


def set_up(qtbot, desktop):
    """Go through the assistant to the main window, without samples."""
    assistant = desktop.window
    assert isinstance(assistant, FirstRunWindow)
    assistant.go_on()
    qtbot.waitUntil(assistant.folder.may_continue)
    assistant.go_on()
    page = assistant.administrator
    page.username.setText("sokolova")
    page.full_name.setText("Мария Соколова")
    page.password.first.setText(PASSWORD)
    page.password.second.setText(PASSWORD)
    assistant.go_on()
    qtbot.waitUntil(lambda: assistant.stack.currentWidget() is assistant.samples)
    assistant.samples.empty.setChecked(True)
    assistant.go_on()
    assert isinstance(desktop.window, MainWindow)
    return desktop.window


def test_from_the_first_start_to_the_next_sign_in(qtbot, start_desktop):
    first = start_desktop()
    set_up(qtbot, first)
    first.window.sign_out()
    qtbot.waitUntil(lambda: isinstance(first.window, SignInWindow))
    first.close()

    second = start_desktop()
    window = second.window
    assert isinstance(window, SignInWindow)
    assert window.username.text() == "sokolova"
    window.password.setText(PASSWORD)
    window.sign_in()
    qtbot.waitUntil(lambda: isinstance(second.window, MainWindow))


@pytest.mark.logs("server-lost")
def test_a_killed_server_shows_a_banner_and_is_back_while_the_study_stays(qtbot, start_desktop):
    window = set_up(qtbot, start_desktop())
    server = window._context.server
    server.store_object(an_object(study="9001"))
    window.open_study(server.study(study_uid("9001")).summary)
    qtbot.waitUntil(lambda: window.desk is not None)
    desk = window.desk
    qtbot.waitUntil(lambda: not window.banner.isVisible())

    os.kill(window._surroundings.embedded.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: "stopped" in window.banner.text())
    qtbot.waitUntil(lambda: not window.banner.isVisible())
    assert window.desk is desk
    assert server.status().version
    server.store_object(an_object(study="9002"))
    uid = study_uid("9002")
    qtbot.waitUntil(lambda: window.worklist.model.row_of(uid) >= 0)


def test_the_samples_are_made_where_they_are_wanted(qtbot, start_desktop, tmp_path):
    folder = tmp_path / "samples"
    folder.mkdir()
    (folder / "one").write_bytes(an_object(study="9003"))
    desktop = start_desktop(make_samples=lambda _progress, _cancelled: [folder])
    window = set_up(qtbot, desktop)
    with qtbot.waitSignal(window.imports.finished) as told:
        window.start_samples()
    assert told.args[0].stored == 1
