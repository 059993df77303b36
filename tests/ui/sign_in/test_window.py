"""The sign-in window against a real server."""

import pytest
from PySide6.QtCore import Qt

from app.client.server import Server
from app.domain.errors import UnavailableError
from app.ui.sign_in.window import SignInWindow
from tests.ui.conftest import PASSWORD


@pytest.fixture
def connect(an_archive):
    """Connects to the archive for this computer, and to nothing for an address."""
    made = []

    def connect(address):
        made.append(Server(address) if address else Server(an_archive.url, an_archive.secret))
        return made[-1]

    yield connect
    for server in made:
        server.close()


@pytest.fixture
def a_window(qtbot, desktop_settings, connect, tasks):
    window = SignInWindow(desktop_settings, tasks, connect)
    qtbot.addWidget(window)
    window.show()
    window.start()
    return window


def test_a_person_signs_in_with_the_keyboard_alone(qtbot, a_window, desktop_settings):
    qtbot.keyClicks(a_window.username, "doctor")
    qtbot.keyClick(a_window.username, Qt.Key.Key_Return)
    a_window.password.setText(PASSWORD)
    with qtbot.waitSignal(a_window.signed_in) as told:
        qtbot.keyClick(a_window.password, Qt.Key.Key_Return)
    assert told.args[0].account.username == "doctor"
    assert desktop_settings.username == "doctor"
    assert a_window.password.text() == ""


def test_a_wrong_password_says_what_to_check(qtbot, a_window):
    a_window.username.setText("nobody at all")
    a_window.password.setText("wrong")
    a_window.sign_in()
    qtbot.waitUntil(lambda: "wrong" in a_window.message.text())
    assert a_window.password.isEnabled()
    qtbot.keyClicks(a_window.password, "x")
    assert a_window.message.text() == ""


def test_nothing_typed_asks_for_both(qtbot, a_window):
    a_window.sign_in()
    assert "user name" in a_window.message.text()


def test_a_server_that_does_not_answer_can_be_tried_again(qtbot, a_window, tasks):
    a_window.servers.list.setEditText("127.0.0.1:9")
    a_window.look()
    qtbot.waitUntil(lambda: "does not answer" in a_window.message.text())
    assert a_window.servers.address() == "http://127.0.0.1:9"


def test_what_is_no_address_is_said_at_once(a_window):
    a_window.servers.list.setEditText("not an address")
    a_window.username.setText("doctor")
    a_window.password.setText("x")
    a_window.sign_in()
    assert "not an address" in a_window.message.text()


def test_addresses_that_worked_are_remembered_and_can_be_forgotten(
    qtbot, desktop_settings, connect, tasks
):
    desktop_settings.server_addresses = ("http://old:8042",)
    window = SignInWindow(desktop_settings, tasks, connect)
    qtbot.addWidget(window)
    window.servers.remember("http://new:8042")
    assert desktop_settings.server_addresses == ("http://new:8042", "http://old:8042")
    assert window.servers.address() == "http://new:8042"
    window.servers._forget.click()
    assert desktop_settings.server_addresses == ("http://old:8042",)
    assert window.servers.address() == ""


def test_a_local_server_that_can_not_start_shows_what_it_said(qtbot, desktop_settings, tasks):
    def connect(address):
        raise UnavailableError("disk is read-only")

    window = SignInWindow(desktop_settings, tasks, connect)
    qtbot.addWidget(window)
    window.start()
    qtbot.waitUntil(lambda: "disk is read-only" in window.message.text())
    assert "doctor" in window.message.text()


def test_a_machine_without_a_safe_store_says_so(qtbot, a_window):
    qtbot.waitUntil(lambda: a_window._memory is not None)
    if a_window._memory.available:
        pytest.skip("this machine has a password store")
    assert not a_window.remember.isEnabled()
    assert a_window._memory_hint.isVisible()


def test_an_address_that_is_not_encrypted_says_so(qtbot, desktop_settings, an_archive, tasks):
    server = Server(an_archive.url)
    window = SignInWindow(desktop_settings, tasks, lambda _address: server)
    qtbot.addWidget(window)
    window.look()
    qtbot.waitUntil(lambda: "Ready" in window.servers._state.text())
    assert "Not encrypted" not in window.servers._state.text()
    server.connection.base_url = "http://pacs.clinic.local:8042"
    window.look()
    qtbot.waitUntil(lambda: "Not encrypted" in window.servers._state.text())
    server.close()
