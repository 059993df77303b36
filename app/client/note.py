"""The note a server leaves in its data directory, so that desktops on its machine can join it."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from app.domain.errors import InvalidError
from app.domain.wire import from_plain

FILE_NAME = "server.json"
IN_USE_STATUS = 4
"""Exit status of a server whose data directory another server holds."""


@dataclass(frozen=True, slots=True)
class Note:
    """Where a server is, and the secret that proves to share its machine."""

    url: str
    pid: int
    dicom_port: int
    secret: str = field(repr=False)


def read_note(data_dir: Path) -> Note | None:
    """The note of the last server there, which may be dead; None when there is none."""
    try:
        return from_plain(Note, json.loads((data_dir / FILE_NAME).read_bytes()))
    except (OSError, ValueError, InvalidError):
        return None


def write_note(data_dir: Path, note: Note) -> None:
    """Write the note whole; the file has mode 0600 from the start."""
    descriptor, name = tempfile.mkstemp(dir=data_dir, prefix=f".{FILE_NAME}-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(note), file)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(data_dir / FILE_NAME)
