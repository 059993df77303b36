"""Staying signed in: over a start of the program, not over a sign-out."""

import pytest

from app.client.server import Server
from app.ui.sign_in.keeper import SessionKeeper
from app.ui.sign_in.memory import SessionMemory
from app.ui.sign_in.window import SignInWindow
from tests.ui.conftest import PASSWORD
from tests.ui.sign_in.store import Store


@pytest.fixture
def memory(monkeypatch):
    """A machine with a safe password store."""
    kept = SessionMemory(Store())
    monkeypatch.setattr(SessionMemory, "of_the_system", lambda: kept)
    return kept


@pytest.fixture
def server(an_archive):
    client = Server(an_archive.url, an_archive.secret)
    yield client
    client.close()


@pytest.fixture
def window_of(qtbot, desktop_settings, server, memory, tasks):
    """Makes the sign-in window of one start of the program."""

    def make():
        window = SignInWindow(desktop_settings, tasks, lambda _address: server)
        qtbot.addWidget(window)
        window.show()
        window.start()
        qtbot.waitUntil(lambda: window._memory is not None)
        return window

    return make


def sign_in(qtbot, window):
    window.username.setText("doctor")
    window.password.setText(PASSWORD)
    with qtbot.waitSignal(window.signed_in, timeout=20_000):
        window.sign_in()


def test_who_wants_to_stay_signed_in_is_asked_for_no_password_at_the_next_start(
    qtbot, window_of, server, memory
):
    first = window_of()
    first.remember.setChecked(True)
    sign_in(qtbot, first)
    assert memory.recall("") == server.refresh_token
    server.connection.keep(None)

    second = window_of()
    with qtbot.waitSignal(second.signed_in, timeout=20_000):
        pass
    assert server.account.username == "doctor"
    assert memory.recall("") == server.refresh_token


def test_who_does_not_want_to_stay_leaves_nothing_behind(qtbot, window_of, memory):
    memory.keep("", "an older token")
    window = window_of()
    qtbot.waitUntil(lambda: not memory.recall(""), timeout=20_000)
    sign_in(qtbot, window)
    assert memory.recall("") == ""
    assert window.kept_session() is None


def test_the_newest_token_is_kept_and_a_sign_out_forgets_it(qtbot, server, memory, tasks):
    server.sign_in("doctor", PASSWORD)
    keeper = SessionKeeper(tasks, memory, server, "")
    server.connection.renew(server.refresh_token)
    keeper.close_keeper()
    assert memory.recall("") == server.refresh_token
    keeper.forget()
    qtbot.waitUntil(lambda: not memory.recall(""))
