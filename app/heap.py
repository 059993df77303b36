"""What the C library does with freed memory: kept for the next picture or thread, or given back."""

import contextlib
import ctypes
import sys

LARGEST = 32 << 20
"""Bytes of the largest piece that is kept: the most glibc allows, and may come to by itself."""
SHARED = 2
"""Heaps of all threads: those that compute outside of Python's lock need not wait for one."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def share() -> None:
    """Let threads take what others freed; to be called before the first of them starts.

    glibc gives them heaps of their own, up to eight for each core, and what is freed in one serves
    only its own threads: the memory of a busy server would rise from minute to minute.
    """
    _glibc("mallopt", _ARENA_MAX, SHARED)


def keep() -> None:
    """Let the C library keep what one picture frees for the next.

    glibc begins with giving pieces of a picture's size back to the system: each frame then takes a
    thousand new pages from it, which takes as long as drawing.
    """
    _glibc("mallopt", _MMAP_THRESHOLD, LARGEST)
    _glibc("mallopt", _TRIM_THRESHOLD, 2 * LARGEST)


def trim() -> None:
    """Return freed memory to the system; takes some milliseconds, and lets other threads run.

    glibc keeps what a thread has freed: without this, twenty volumes looked at one after another
    hold four hundred megabytes more.
    """
    _glibc("malloc_trim", 0)


def _glibc(function: str, *arguments: int) -> None:
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):  # another C library keeps nothing
            getattr(ctypes.CDLL("libc.so.6"), function)(*arguments)
