"""Files on this computer's disk that only their owner may read, written whole or not at all."""

import contextlib
import os
from pathlib import Path


def keep_text(file: Path, text: str) -> None:
    """Put `text` into `file` so that a power cut leaves the old text or the new. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = file.with_suffix(f".{os.getpid()}.new")
    staged.unlink(missing_ok=True)
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    staged.replace(file)
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name last too, where folders can be synced (not on Windows)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
