"""Fixtures every test may use."""

import gc
import importlib
import os
import pkgutil
from pathlib import Path

import coverage
import hypothesis
import pytest
import structlog
from xdist.workermanage import NodeManager

import app
from tests.logs import LOG

REPOSITORY = Path(__file__).resolve().parent.parent
PATIENCE_S = 60
"""How long a test waits for what must come: on a busy machine everything takes long."""
LONGEST = (
    "test_corpus.py",
    "test_dcmtk.py",
    "test_embedded.py",
    "test_hard_times.py",
    "test_malformed.py",
    "test_process.py",
    "test_samples.py",
    "test_scrolling.py",
    "test_showing.py",
    "test_two_servers.py",
    "test_without_windows.py",
)
# No series of a server is completed in the middle of a test, unless the test wants it.
os.environ.setdefault("KLINIKA_SERIES_QUIET_S", "3600")
# Nor is the disk of this machine low, of which every server would warn.
os.environ.setdefault("KLINIKA_DISK_LOW_PERCENT", "0")


def pytest_configure() -> None:
    """Wait for workers to end, which takes long with Qt: xdist would kill and leave them.

    And let no example of a property fail for the time it took.
    """
    hypothesis.settings.register_profile("patient", deadline=None)
    hypothesis.settings.load_profile("patient")
    NodeManager.EXIT_TIMEOUT = PATIENCE_S


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session):
    """Let coverage trace no collecting, which takes long: only that the program's modules load."""
    measured = coverage.Coverage.current()
    if measured is None or session.config.getoption("dist", "no") != "no":  # workers collect
        return (yield)
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if ".migrations" not in module.name:  # Alembic loads those
            importlib.import_module(module.name)
    measured.stop()
    try:
        return (yield)
    finally:
        measured.start()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no worker is left alone with one."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_runtest_logfinish() -> None:
    """Collect garbage between tests where Python may not do it in any thread: where Qt runs."""
    if not gc.isenabled():
        from app.ui.garbage import collect_due

        collect_due()


@pytest.fixture(scope="session")
def shared_dicom() -> Path:
    """The folder of real DICOM test data beside the checkout."""
    folder = REPOSITORY.parent / "shared" / "dicom"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the real test data is missing in CI: {folder}")
        pytest.skip("the real DICOM test data (../shared/dicom) is not on this machine")
    return folder


@pytest.fixture(scope="session", autouse=True)
def log_is_watched():
    """What is logged is kept for `only_expected_lines`, the last words of servers for the end."""
    structlog.configure(processors=[LOG, *structlog.get_config()["processors"]])
    yield
    assert not LOG.take()


@pytest.fixture(autouse=True)
def only_expected_lines(log_is_watched, request):
    """A test says with `@pytest.mark.logs("event", …)` which warnings and errors are logged in it.

    Any other one fails it, and so does a missing one. It counts no repetitions.
    """
    yield
    expected = {event for mark in request.node.iter_markers("logs") for event in mark.args}
    logged = {line["event"]: line for line in LOG.take()}
    wrong = [f"unexpected in the log: {logged[event]}" for event in logged if event not in expected]
    wrong += [f"not in the log: {event}" for event in expected if event not in logged]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)
