"""The data directory belongs to one server at a time."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from app.domain.errors import ConfigurationError

LOCK = "server.lock"


class DataDirInUseError(ConfigurationError):
    """Another server runs on this data directory."""


@contextlib.contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Hold the data directory, which is made when absent. Raises DataDirInUseError.

    The operating system frees the lock when the process ends, however it ends.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = (data_dir / LOCK).open("a+b")
    except OSError as error:
        raise ConfigurationError(f"data_dir {data_dir}: {error.strerror}") from error
    with file:
        try:
            _lock(file)
        except OSError as error:
            raise DataDirInUseError(f"another server runs on {data_dir}") from error
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
