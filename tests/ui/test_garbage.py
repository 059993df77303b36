"""Garbage goes in the GUI thread, whichever thread has left it."""

import gc
import threading

import pytest
from PySide6.QtCore import QObject

from app.ui.garbage import GarbageCollector

MANY = 5_000


@pytest.fixture
def a_collector(qapp):
    """One of a program that has just started."""
    gc.enable()
    owner = QObject()
    yield GarbageCollector(owner)
    gc.unfreeze()
    gc.disable()


class Cycle:
    """Goes only when garbage is collected, and writes down where."""

    def __init__(self, ends):
        self.me, self.ends = self, ends

    def __del__(self):
        self.ends.append(threading.current_thread())


def test_what_another_thread_leaves_behind_ends_in_the_gui_thread(qtbot, a_collector):
    ends = []
    thread = threading.Thread(target=lambda: [Cycle(ends) for _ in range(MANY)])
    thread.start()
    thread.join()
    assert ends == []
    qtbot.waitUntil(lambda: len(ends) == MANY)
    assert set(ends) == {threading.main_thread()}
