"""Freed memory is kept for the next picture and shared by threads, and goes back when told to."""

import platform
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

only_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps it")
PIECES_MB = 77
MEASURE = """
import resource, threading
from pathlib import Path
import numpy as np
from app.heap import trim

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


PAGES = """
import resource, threading
import numpy as np
from app.heap import keep

def taken(pictures):
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _ in range(pictures):
        pieces = [np.ones(2 << 20, np.uint8) for _ in range(5)]
        del pieces
    return (resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before) / pictures

def work():
    taken(3)
    print(taken(20))

keep()
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


THREADS = 8
HEAPS = f"""
import resource, threading
from pathlib import Path
import numpy as np
from app.heap import share

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6

def work(turn, done, end):
    turn.wait()
    pieces = [np.ones(12_000) for _ in range(100)]
    fence.append(bytes(1000))  # what lives above keeps the rest from shrinking
    del pieces
    done.set()
    end.wait()

share()
fence, end = [], threading.Event()
events = [(threading.Event(), threading.Event()) for _ in range({THREADS})]
threads = [threading.Thread(target=work, args=(*each, end)) for each in events]
for thread in threads:
    thread.start()
before = resident_mb()
for turn, done in events:
    turn.set()
    done.wait()
print(resident_mb() - before)
end.set()
"""


def measured(program):
    # In a process of its own: in this one other threads take and free memory meanwhile.
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    return [float(number) for number in done.stdout.split()]


@only_glibc
def test_the_memory_of_a_picture_serves_the_next():
    assert measured(PAGES)[0] < 5  # without `keep`, thousands on a system with small pages


@only_glibc
def test_what_one_thread_freed_serves_the_others():
    assert measured(HEAPS)[0] < 0.5 * THREADS * 9.6  # without `share`, what each of them took


@only_glibc
def test_what_a_thread_freed_stays_until_it_is_given_back_to_the_system():
    freed, trimmed = measured(MEASURE)
    assert freed > 0.9 * PIECES_MB
    assert trimmed < 0.1 * PIECES_MB
