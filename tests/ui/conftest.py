"""Windows for tests: off screen, in our theme, in English; and a real server behind them."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication

from app.client.embedded import EmbeddedServer
from app.client.server import Server
from app.domain.access import Role
from app.language import Language
from app.ui.context import Context, DesktopSettings
from app.ui.language import switch_language
from app.ui.tasks import Tasks
from app.ui.theme.style import apply_theme

PASSWORD = "корова летит над полем"


@pytest.fixture(scope="session")
def qapp(qapp_args, qapp_cls, pytestconfig, qapp):
    """pytest-qt's application in our theme."""
    apply_theme(qapp)
    return qapp


@pytest.fixture(autouse=True)
def english(qapp):
    """Every test starts in English, and leaves English behind."""
    switch_language(Language.EN)
    yield
    switch_language(Language.EN)


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


def with_accounts(running: EmbeddedServer) -> EmbeddedServer:
    """A new server, given an account for each role, named like it."""
    server = Server(running.url, running.secret)
    server.create_first_administrator("admin", "Мария Соколова", PASSWORD)
    server.sign_in("admin", PASSWORD)
    server.create_account("doctor", "Иван Смирнов", Role.DOCTOR, PASSWORD)
    server.create_account("operator", "Олег Лаптев", Role.OPERATOR, PASSWORD)
    server.close()
    return running


@pytest.fixture(scope="session")
def an_archive(tmp_path_factory) -> EmbeddedServer:
    """A running server with an account for each role, and no studies of its own."""
    folder = tmp_path_factory.mktemp("archive")
    running = with_accounts(EmbeddedServer.start_or_join(folder, dicom_port=0))
    yield running
    running.close()


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
