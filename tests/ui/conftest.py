"""Windows for tests: off screen, in our theme, in English."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication

from app.language import Language
from app.ui.context import DesktopSettings
from app.ui.language import switch_language
from app.ui.tasks import Tasks
from app.ui.theme.style import apply_theme


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
    return DesktopSettings.open(tmp_path / "desktop.ini")


@pytest.fixture
def tasks(qapp: QApplication):
    """A runner of background work that is closed again."""
    runner = Tasks()
    yield runner
    runner.close()
