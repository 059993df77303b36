"""Staying signed in: over a start of the program, not over a sign-out."""

import threading

import pytest

from app.client.server import Server
from app.ui.sign_in.keeper import SessionKeeper
from app.ui.sign_in.memory import SessionMemory
from app.ui.sign_in.window import SignInWindow
from tests.conftest import PATIENCE_S
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
        window.arrivals = []
        window.signed_in.connect(window.arrivals.append)
        qtbot.addWidget(window)
        window.show()
        window.start()
        qtbot.waitUntil(lambda: window._memory is not None)
        return window

    return make


def sign_in(qtbot, window):
    window.username.setText("doctor")
    window.password.setText(PASSWORD)
    with qtbot.waitSignal(window.signed_in):
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
    qtbot.waitUntil(lambda: len(second.arrivals) == 1)
    assert server.account.username == "doctor"
    assert memory.recall("") == server.refresh_token


def test_who_does_not_want_to_stay_leaves_nothing_behind(qtbot, window_of, memory):
    memory.keep("", "an older token")
    window = window_of()
    qtbot.waitUntil(lambda: not memory.recall(""))
    sign_in(qtbot, window)
    assert memory.recall("") == ""
    assert window.kept_session() is None


class SlowStore(Store):
    """Asks to be unlocked first, once there is something to ask for."""

    def __init__(self):
        super().__init__()
        self.is_locked = False
        self.asked, self.unlocked = threading.Event(), threading.Event()

    def get_password(self, service, username):
        if self.is_locked:
            self.asked.set()
            self.unlocked.wait(30)
        return super().get_password(service, username)


@pytest.mark.parametrize("stays", [True, False])
def test_a_remembered_session_never_takes_over_who_signs_in(
    qtbot, an_archive, server, desktop_settings, monkeypatch, tasks, stays
):
    store = SlowStore()
    memory = SessionMemory(store)
    monkeypatch.setattr(SessionMemory, "of_the_system", lambda: memory)
    earlier = Server(an_archive.url, an_archive.secret)
    earlier.sign_in("admin", PASSWORD)
    memory.keep("", earlier.refresh_token)
    earlier.close()
    store.is_locked = True
    window = SignInWindow(desktop_settings, tasks, lambda _address: server)
    qtbot.addWidget(window)
    window.start()
    qtbot.waitUntil(store.asked.is_set)
    resuming = tasks._running["sign-in/resume"][0]
    window.username.setText("doctor")
    window.password.setText(PASSWORD)
    window.remember.setChecked(stays)
    window.sign_in()
    qtbot.waitUntil(lambda: server.account is not None)
    store.unlocked.set()
    assert resuming.wait(PATIENCE_S)
    qtbot.waitUntil(lambda: not tasks.running("sign-in/go"))
    assert server.account.username == "doctor"
    assert memory.recall("") == (server.refresh_token if stays else "")


def test_closing_does_not_wait_for_a_store_that_is_locked(server, tasks, monkeypatch):
    server.sign_in("doctor", PASSWORD)
    release, kept = threading.Event(), threading.Event()

    def keep(*_told):
        release.wait(PATIENCE_S)
        kept.set()

    memory = SessionMemory(Store())
    monkeypatch.setattr(memory, "keep", keep)
    monkeypatch.setattr("app.ui.sign_in.keeper.CLOSE_S", 0.1)
    keeper = SessionKeeper(tasks, memory, server, "")
    server.connection.renew(server.refresh_token)
    keeper.close_keeper()
    assert not kept.is_set()
    release.set()


def test_the_newest_token_is_kept_and_a_sign_out_forgets_it(qtbot, server, memory, tasks):
    server.sign_in("doctor", PASSWORD)
    keeper = SessionKeeper(tasks, memory, server, "")
    server.connection.renew(server.refresh_token)
    keeper.close_keeper()
    assert memory.recall("") == server.refresh_token
    keeper.forget()
    qtbot.waitUntil(lambda: not memory.recall(""))
