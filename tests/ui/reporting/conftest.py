"""Two doctors and an operator of a real server, and a new study for every test."""

import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.client.server import Server
from app.domain.study import Study
from app.ui.context import Context
from app.ui.reporting.panel import ReportPanel
from tests.server.samples import an_object, study_uid
from tests.ui.conftest import PASSWORD

DOCTOR, SECOND, OPERATOR = "doctor", "admin", "operator"
SIGNER = "Иван Смирнов"
_numbers = itertools.count(7001)


@dataclass
class Captured:
    """What a viewer hands over."""

    png: bytes
    sop_instance_uid: str = "1.2.3"
    frame: int = 0
    caption: str = ""


@pytest.fixture(scope="module")
def signed_in(an_archive) -> Callable[[str], Server]:
    """The client of an account, signed in once."""
    clients = {}

    def make(username: str) -> Server:
        if username not in clients:
            clients[username] = Server(an_archive.url, an_archive.secret)
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
def context_of(tasks, desktop_settings, tmp_path) -> Callable[[Server], Context]:
    """Makes the context of a desktop; all share one data folder."""
    desktop_settings.data_dir = tmp_path / "desktop"
    return lambda server: Context(server, tasks, desktop_settings)


@pytest.fixture
def drafts(tmp_path) -> Path:
    """Where the desktop keeps what the server lacks."""
    return tmp_path / "desktop" / "drafts"


@pytest.fixture
def open_panel(qtbot, context_of, a_study):
    """Opens the panel of `a_study` for a client, waiting until it has loaded."""
    panels = []

    def make(server: Server) -> ReportPanel:
        panel = ReportPanel(context_of(server), a_study)
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
