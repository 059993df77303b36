"""The folder of objects that are written on this machine and not yet kept for good.

Each lies there under its key, so that after a crash the next start finds what has to be kept or
removed. It belongs to one process.
"""

import os
import sys
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from app.server.store.sealed import DataKey

SEPARATOR = "+"


class Kept(NamedTuple):
    """The file of an object; `size` and `sha256` are of its plain bytes.

    `received_sha256` is what it would be had nothing been changed on receive, None where it is.
    """

    key: str
    size: int
    sha256: str
    received_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """An object that is written, not yet safe; `size` and `sha256` are of its plain bytes.

    `safe` is done when it is, or could not be made so; `data_key` is what encrypts it, if anything.
    """

    key: str
    path: Path
    size: int
    sha256: str
    safe: Future[None]
    data_key: DataKey | None

    @property
    def kept(self) -> Kept:
        """The file it will be."""
        return Kept(self.key, self.size, self.sha256)


class Staging:
    """The staged objects in `folder`, which is made when absent."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder

    def path(self, key: str) -> Path:
        """Where an object of that key lies as long as it is staged."""
        return self.folder / flat_name(key)

    def all(self) -> dict[str, Path]:
        """Every staged object by its key."""
        return {key_of(path): path for path in self.folder.iterdir()}

    def sync(self) -> None:
        """Bring the names to the disk. Raises OSError."""
        sync_folder(self.folder)


def flat_name(key: str) -> str:
    """The name of a key's file where all lie in one folder."""
    return key.replace("/", SEPARATOR)


def key_of(path: Path) -> str:
    """The key whose `flat_name` a file has."""
    return path.name.replace(SEPARATOR, "/")


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk. Raises OSError."""
    if sys.platform == "win32":  # NTFS logs names by itself, and has no call for it
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
