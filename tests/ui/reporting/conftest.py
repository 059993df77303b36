"""A real server with two doctors and an operator, and a new study for every test."""

import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.client.embedded import EmbeddedServer
from app.client.server import Server
from app.domain.access import Role
from app.domain.study import Study
from app.ui.context import Context
from app.ui.reporting.panel import ReportPanel
from tests.server.samples import an_object, study_uid

PASSWORD = "korrekt-horse-battery-1"
DOCTOR, SECOND, OPERATOR = "smirnov", "petrova", "oleg"
_numbers = itertools.count(1)


@dataclass
class Captured:
    """What a viewer hands over."""

    png: bytes
    sop_instance_uid: str = "1.2.3"
    frame: int = 0
    caption: str = ""


@pytest.fixture(scope="session")
def a_server(tmp_path_factory) -> EmbeddedServer:
    """A running server with its accounts."""
    running = EmbeddedServer.start_or_join(tmp_path_factory.mktemp("archive"), dicom_port=0)
    server = Server(running.url, running.secret)
    server.create_first_administrator("chief", "Главный врач", PASSWORD)
    server.sign_in("chief", PASSWORD)
    server.create_account(DOCTOR, "Смирнов Алексей Петрович", Role.DOCTOR, PASSWORD)
    server.create_account(SECOND, "Петрова Анна", Role.DOCTOR, PASSWORD)
    server.create_account(OPERATOR, "Олег", Role.OPERATOR, PASSWORD)
    server.close()
    yield running
    running.close()


@pytest.fixture(scope="session")
def signed_in(a_server) -> Callable[[str], Server]:
    """The client of an account, signed in once."""
    clients = {}

    def make(username: str) -> Server:
        if username not in clients:
            clients[username] = Server(a_server.url, a_server.secret)
            clients[username].sign_in(username, PASSWORD)
        return clients[username]

    yield make
    for server in clients.values():
        server.close()


@pytest.fixture
def server(signed_in) -> Server:
    """The doctor's client."""
    return signed_in(DOCTOR)


@pytest.fixture
def a_study(server) -> Study:
    """A CT of the chest that nobody has read."""
    number = next(_numbers)
    server.store_object(an_object(study=number, BodyPartExamined="CHEST"))
    return server.study(study_uid(number))


@pytest.fixture
def a_context(tasks, desktop_settings, tmp_path) -> Callable[[Server], Context]:
    """Makes the context of a desktop; all share one data folder."""
    desktop_settings.data_dir = tmp_path / "desktop"
    return lambda server: Context(server, tasks, desktop_settings)


@pytest.fixture
def drafts(tmp_path) -> Path:
    """Where the desktop keeps what the server lacks."""
    return tmp_path / "desktop" / "drafts"


@pytest.fixture
def open_panel(qtbot, a_context, a_study):
    """Opens the panel of `a_study` for a client, waiting until it has loaded."""
    panels = []

    def make(server: Server) -> ReportPanel:
        panel = ReportPanel(a_context(server), a_study)
        panels.append(panel)
        qtbot.addWidget(panel)
        panel.resize(420, 740)
        panel.show()
        qtbot.waitUntil(lambda: panel.session.loaded or not panel.session.may("report:read"))
        return panel

    yield make
    for panel in panels:
        panel.close()


@pytest.fixture
def panel(open_panel, server) -> ReportPanel:
    """The doctor's panel, before there is a report."""
    return open_panel(server)


@pytest.fixture
def a_draft(panel, qtbot) -> ReportPanel:
    """The doctor's panel with a draft begun from the suggested template."""
    panel.start_page.button.click()
    qtbot.waitUntil(lambda: panel.session.is_draft)
    return panel


@pytest.fixture(scope="session")
def a_png() -> bytes:
    """A picture."""
    buffer = io.BytesIO()
    Image.fromarray(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)).save(buffer, "PNG")
    return buffer.getvalue()
