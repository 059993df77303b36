"""Windows for tests: off screen, in our theme, in English; and a real server behind them."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gc
import gettext
import itertools
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import language
from app.client.embedded import EmbeddedServer
from app.client.server import Server
from app.domain.access import Role
from app.domain.calls import NewAccount
from app.language import Language
from app.ui.context import Context, DesktopSettings
from app.ui.language import switch_language
from app.ui.tasks import Tasks
from app.ui.theme.style import apply_theme
from tests.clinic import a_server, set_up
from tests.conftest import PATIENCE_S
from tests.server.samples import an_object, study_uid

_readings = itertools.count(73_001)
PASSWORD = "корова летит над полем"
STAFF = (
    NewAccount("admin", "Мария Соколова", Role.ADMIN, PASSWORD),
    NewAccount("doctor", "Иван Смирнов", Role.DOCTOR, PASSWORD),
    NewAccount("operator", "Олег Лаптев", Role.OPERATOR, PASSWORD),
)
"""An account for each role, named like it."""


@pytest.fixture(scope="session")
def qapp(qapp_args, qapp_cls, pytestconfig, qapp):
    """pytest-qt's application in our theme; its garbage is collected between tests."""
    gc.disable()
    apply_theme(qapp)
    return qapp


class PatientBot(QtBot):
    """Waits for as long as a busy machine may need."""

    def waitUntil(self, callback, *, timeout=PATIENCE_S * 1000):
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal, *, timeout=PATIENCE_S * 1000, **options):
        return super().waitSignal(signal, timeout=timeout, **options)


@pytest.fixture
def qtbot(qapp, request) -> PatientBot:
    """pytest-qt's, with our patience."""
    return PatientBot(request)


@pytest.fixture(autouse=True)
def english(qapp):
    """Every test starts in English, and leaves English behind."""
    switch_language(Language.EN)
    yield
    switch_language(Language.EN)


class Pseudo(gettext.NullTranslations):
    """Marks whatever is translated."""

    def gettext(self, message):
        return f"§{message}"

    def ngettext(self, msgid1, msgid2, n):
        return f"§{msgid2}"


@pytest.fixture
def pseudo(monkeypatch):
    """Russian is the pseudo-language, in which every translated text begins with §."""
    plain = language.catalogue
    monkeypatch.setattr(
        language, "catalogue", lambda wanted: Pseudo() if wanted is Language.RU else plain(wanted)
    )


@pytest.fixture
def desktop_settings(tmp_path) -> DesktopSettings:
    """Settings that nobody else sees."""
    settings = DesktopSettings.open(tmp_path / "desktop.ini")
    settings.language = Language.EN
    return settings


@pytest.fixture
def tasks(qapp: QApplication):
    """A runner of background work that is closed again."""
    runner = Tasks()
    yield runner
    runner.close()


@pytest.fixture(scope="module")
def an_archive(tmp_path_factory) -> EmbeddedServer:
    """A running server with an account for each role, and no studies of its own."""
    folder = tmp_path_factory.mktemp("archive")
    set_up(folder, STAFF)
    with a_server(folder) as running:
        yield running


@pytest.fixture
def client_of(an_archive) -> Callable[[Role], Server]:
    """A signed-in client of the archive for a role."""
    clients = []

    def make(role: Role) -> Server:
        server = Server(an_archive.url, an_archive.secret)
        server.sign_in(role.value, PASSWORD)
        clients.append(server)
        return server

    yield make
    for server in clients:
        server.close()


@pytest.fixture
def a_context(client_of, tasks, desktop_settings) -> Context:
    """What a page gets when a doctor is signed in."""
    return Context(client_of(Role.DOCTOR), tasks, desktop_settings)


@pytest.fixture
def window_of(qtbot, an_archive, client_of, tasks, desktop_settings):
    """Makes the main window of a role and shows it."""
    from app.ui.main_window import MainWindow, Surroundings

    def make(role: Role) -> MainWindow:
        context = Context(client_of(role), tasks, desktop_settings)
        window = MainWindow(context, Surroundings(an_archive, lambda *_: ()))
        qtbot.addWidget(window, before_close_func=MainWindow.close_window)
        window.show()
        qtbot.waitUntil(lambda: window.worklist.model.is_loaded)
        return window

    return make


@pytest.fixture
def a_reading(qtbot, window_of, client_of, tmp_path, desktop_settings):
    """A doctor's window on a new CT of eight slices, with a draft of its report begun."""
    desktop_settings.data_dir = tmp_path / "desktop"
    server, number = client_of(Role.DOCTOR), next(_readings)
    for slice_number in range(1, 9):
        server.store_object(an_object(study=number, number=slice_number))
    window = window_of(Role.DOCTOR)
    window.open_study(server.study(study_uid(number)).summary)
    qtbot.waitUntil(lambda: window.desk is not None)
    panel = window.desk.report
    qtbot.waitUntil(lambda: panel.session.loaded)
    panel.start_page.button.click()
    qtbot.waitUntil(lambda: panel.session.is_draft)
    return window
