"""Freed memory goes back to the system."""

import platform
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

PIECES_MB = 77
MEASURE = """
import resource, threading
from pathlib import Path
import numpy as np
from app.viewer.scene.heap import trim

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6

def work():
    before = resident_mb()
    pieces = [np.ones(12_000) for _ in range(800)]
    fence = [bytes(1000) for _ in range(100)]  # what lives above keeps the rest from shrinking
    del pieces
    freed = resident_mb()
    trim()
    print(freed - before, resident_mb() - before)
    del fence

thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps it")
def test_what_a_thread_freed_stays_until_it_is_given_back_to_the_system():
    # In a process of its own: in this one other threads take and free memory meanwhile.
    command = [sys.executable, "-c", MEASURE]
    done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    freed, trimmed = map(float, done.stdout.split())
    assert freed > 0.9 * PIECES_MB
    assert trimmed < 0.1 * PIECES_MB
