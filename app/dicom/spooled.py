"""What is written piece by piece: in memory while it is small, else in a file without a name."""

import os
import tempfile
from io import SEEK_END, FileIO
from typing import IO

Written = bytes | FileIO
"""Bytes, or a file to be read from its start, which is gone when it is closed."""
IN_MEMORY = 16 * 1024 * 1024


def spool() -> IO[bytes]:
    """A new one, empty. Writing raises OSError when the system's temporary folder is full."""
    return tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)


def written(spooled: IO[bytes]) -> Written:
    """What was written to a `spool`, which may be closed then."""
    is_small = spooled.seek(0, SEEK_END) <= IN_MEMORY
    spooled.seek(0)
    if is_small:
        return spooled.read()
    spooled.flush()
    return FileIO(os.dup(spooled.fileno()), "rb")


def size(source: Written) -> int:
    """Its bytes."""
    return len(source) if isinstance(source, bytes) else source.seek(0, SEEK_END)


def close(source: object) -> None:
    """Let go of a Written, or of whatever else has been opened."""
    if isinstance(source, FileIO):
        source.close()
