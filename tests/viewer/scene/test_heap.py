"""Freed memory goes back to the system."""

import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from app.viewer.scene.heap import trim


def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc keeps it")
def test_what_a_thread_freed_goes_back_to_the_system():
    before = resident_mb()

    def work():
        pieces = [np.ones(12_000) for _ in range(800)]
        fence = [np.ones(10) for _ in range(10)]
        del pieces, fence
        trim()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert resident_mb() - before < 20
