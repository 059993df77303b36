"""An open study page on real files."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.ui.context import Context
from app.ui.study.page import StudyPage
from tests.ui.study.archive import FolderServer

OpenStudy = Callable[..., StudyPage]


@pytest.fixture
def open_study(qtbot, tasks, desktop_settings) -> Iterator[OpenStudy]:
    """Opens a page on folders of DICOM files and waits for the first image."""
    pages = []

    def open_(*folders: Path, server: FolderServer | None = None, wait=True, **options):
        server = server or FolderServer(*folders)
        context = Context(server, tasks, desktop_settings)
        page = StudyPage(context, server.study(), **options)
        pages.append(page)
        qtbot.addWidget(page)
        page.resize(1200, 700)
        page.show()
        if wait:
            qtbot.waitUntil(lambda: settled(page))
        return page

    yield open_
    for page in pages:
        page.close()


def settled(page: StudyPage) -> bool:
    """Whether every visible tile has come to its end of loading."""
    state = page.desk.state
    jobs = [page.desk.job(tile) for tile in state.shown if state.tiles[tile].series_uid]
    return bool(jobs) and all(job is not None and not job.running for job in jobs)


@pytest.fixture
def series_folder(shared_dicom) -> Path:
    """Folders of real series."""
    return shared_dicom / "series"


@pytest.fixture
def a_brain(open_study, series_folder) -> StudyPage:
    """An MR of thirty small images."""
    return open_study(series_folder / "mr_pacsman")
