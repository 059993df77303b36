"""Scrolling a full archive of a real server."""

import statistics
import time

import pytest

from app.client.server import Server
from app.ui.context import Context
from app.ui.theme import tokens
from app.ui.worklist.page import WorklistPage
from tests.clinic import a_server, set_up
from tests.ui.conftest import PASSWORD, STAFF
from tests.ui.worklist.full_archive import fill

STUDIES = 10_000
FRAMES = 100
ROUNDS = 3
STALL_S = 0.1
"""What a person begins to notice; the median frame takes 8 ms."""
pytestmark = pytest.mark.no_cover  # what would be traced is measured here


@pytest.fixture
def a_full_archive(tmp_path):
    folder = tmp_path / "full"
    set_up(folder, STAFF)
    fill(folder, STUDIES)
    with a_server(folder) as running:
        yield running


@pytest.fixture
def a_page(qtbot, a_full_archive, tasks, desktop_settings):
    server = Server(a_full_archive.url, a_full_archive.secret)
    server.sign_in("doctor", PASSWORD)
    page = WorklistPage(Context(server, tasks, desktop_settings))
    qtbot.addWidget(page, before_close_func=WorklistPage.close_page)
    page.resize(1366, 700)
    page.show()
    qtbot.waitUntil(lambda: page.model.rowCount() == STUDIES)
    yield page
    page.close_page()
    server.close()


def scroll(qapp, page, rows: int) -> list[float]:
    """Seconds of the processor that each frame of a steady scroll takes of the window."""
    bar = page.table.verticalScrollBar()
    frames = []
    for frame in range(FRAMES):
        started = time.thread_time()
        bar.setValue(frame * rows * tokens.ROW_HEIGHT)
        page.table.viewport().repaint()
        qapp.processEvents()
        frames.append(time.thread_time() - started)
    return frames


def is_steady(frames: list[float]) -> bool:
    return statistics.quantiles(frames, n=100)[98] < STALL_S


def test_scrolling_ten_thousand_studies_never_stalls_the_window(qtbot, qapp, a_page):
    for rows in (3, 50):
        # A busy machine slows the processor down too: one quiet round is the window's own.
        assert any(is_steady(scroll(qapp, a_page, rows)) for _ in range(ROUNDS))
    last = a_page.table.rows_in_view()[1]
    qtbot.waitUntil(lambda: a_page.model.row(last) is not None)
