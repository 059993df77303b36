"""The room that a disk has left above the archive's reserve."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from app.domain.storage import DiskState, Watermarks


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of `folder`."""

    folder: Path
    watermarks: Watermarks

    def room(self) -> int:
        """Bytes that may be written; negative when the reserve is touched. Raises OSError."""
        usage = shutil.disk_usage(self.folder)
        return usage.free - self.watermarks.reserve(usage.total)

    def state(self) -> DiskState:
        """How it stands now. Raises OSError."""
        usage = shutil.disk_usage(self.folder)
        level = self.watermarks.level(usage.free, usage.total)
        return DiskState(usage.free, usage.total, level)
