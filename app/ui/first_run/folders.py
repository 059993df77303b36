"""What a folder is good for as the home of an archive."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

INDEX = "index.sqlite"
LEAST_FREE_BYTES = 5_000_000_000


@dataclass(frozen=True, slots=True)
class FolderFinding:
    """What was found at a path, which need not exist yet."""

    folder: Path
    free_bytes: int
    writable: bool
    has_archive: bool

    @property
    def roomy(self) -> bool:
        """Whether there is space for more than a few studies."""
        return self.free_bytes >= LEAST_FREE_BYTES


def look_at(folder: Path) -> FolderFinding:
    """Look at `folder`, or at the nearest parent that exists; touches nothing."""
    wanted = folder.expanduser()
    present = wanted
    while not present.exists() and present != present.parent:
        present = present.parent
    writable = present.is_dir() and wanted.is_absolute() and os.access(present, os.W_OK | os.X_OK)
    try:
        free = shutil.disk_usage(present).free
    except OSError:
        free = 0
    return FolderFinding(wanted, free, writable and free > 0, (wanted / INDEX).exists())
