"""Files that may be DICOM objects: chosen files, folders' files and entries of ZIP archives.

Nothing is ever written under a name from an archive, and an archive's claims about sizes are not
believed: an entry is read piece by piece up to a limit.
"""

import contextlib
import os
import stat
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from app.domain.ingest import RefusalReason, RefusedObjectError

SUFFIXES = frozenset({".dcm", ".dicom", ".dic", ".ima"})
HEAD = 132
CHUNK = 1024 * 1024
IN_MEMORY = 32 * 1024 * 1024
MAX_ENTRY = 4 * 1024**3
BOMB_SIZE = 100 * 1024 * 1024
BOMB_RATIO = 200
"""An entry that grows beyond BOMB_SIZE and this often its packed size is no study."""
ENCRYPTED = 0x1
BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to look at; `chosen` by name, so that it is never passed over in silence."""

    name: str
    size: int
    chosen: bool
    opened: Callable[[], contextlib.AbstractContextManager[bytes | Path | None]]
    """Gives the content, or None for what does not look like DICOM. Raises RefusedObjectError."""


@dataclass(slots=True)
class Found:
    """What lies under the chosen paths; `refused` are archives and files that can't be opened."""

    candidates: list[Candidate] = field(default_factory=list)
    refused: list[tuple[str, RefusalReason]] = field(default_factory=list)


def find(
    paths: Sequence[Path], archives: contextlib.ExitStack, cancelled: Callable[[], bool]
) -> Found:
    """Everything under `paths`; opened ZIP archives are closed with `archives`."""
    found = Found()
    for path in paths:
        if path.is_dir():
            for file in _files(path):
                if cancelled():
                    return found
                _look_at(file, str(file.relative_to(path.parent)), found, archives, chosen=False)
        else:
            _look_at(path, path.name, found, archives, chosen=True)
    return found


def _look_at(
    file: Path, name: str, found: Found, archives: contextlib.ExitStack, *, chosen: bool
) -> None:
    try:
        status = file.stat()
        is_archive = stat.S_ISREG(status.st_mode) and _is_zip(file)
    except OSError:
        found.refused.append((printable(name), RefusalReason.UNREADABLE))
        return
    if is_archive:
        _look_into(file, name, found, archives)
    elif stat.S_ISREG(status.st_mode):
        candidate = Candidate(
            printable(name), status.st_size, chosen, lambda: _opened_file(file, chosen=chosen)
        )
        found.candidates.append(candidate)


def _look_into(file: Path, name: str, found: Found, archives: contextlib.ExitStack) -> None:
    try:
        archive = archives.enter_context(zipfile.ZipFile(file))
    except BROKEN_ARCHIVE:
        found.refused.append((printable(name), RefusalReason.CORRUPT))
        return
    reading = threading.Lock()
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        entry_name = printable(f"{name}/{entry.filename}")
        if entry.flag_bits & ENCRYPTED:
            found.refused.append((entry_name, RefusalReason.ENCRYPTED_ARCHIVE))
            continue
        found.candidates.append(
            Candidate(
                entry_name,
                entry.compress_size,
                chosen=False,
                opened=_entry_opener(archive, entry, reading),
            )
        )


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder in a stable order; links to folders are not followed."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield Path(parent, name)


def _is_zip(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


@contextlib.contextmanager
def _opened_file(file: Path, *, chosen: bool) -> Iterator[bytes | Path | None]:
    try:
        with file.open("rb") as opened:
            head = opened.read(HEAD)
    except OSError as error:
        raise RefusedObjectError(RefusalReason.UNREADABLE) from error
    yield file if chosen or looks_like_dicom(head, file.name) else None


def _entry_opener(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, reading: threading.Lock
) -> Callable[[], contextlib.AbstractContextManager[bytes | Path | None]]:
    @contextlib.contextmanager
    def opened() -> Iterator[bytes | Path | None]:
        with contextlib.ExitStack() as spilled:
            try:
                with reading, archive.open(entry) as stream:
                    content = _entry_content(stream, entry, spilled)
            except (*BROKEN_ARCHIVE, RuntimeError) as error:
                raise RefusedObjectError(RefusalReason.CORRUPT) from error
            yield content

    return opened


def _entry_content(
    stream: IO[bytes], entry: zipfile.ZipInfo, spilled: contextlib.ExitStack
) -> bytes | Path | None:
    content = bytearray(stream.read(HEAD))
    if not looks_like_dicom(bytes(content), entry.filename):
        return None
    limit = min(max(entry.compress_size * BOMB_RATIO, BOMB_SIZE), MAX_ENTRY)
    size = len(content)
    while len(content) <= IN_MEMORY:
        piece = stream.read(CHUNK)
        if not piece:
            return bytes(content)
        size = _checked_size(size + len(piece), limit)
        content += piece
    folder = spilled.enter_context(tempfile.TemporaryDirectory(prefix="klinika-"))
    large = Path(folder, "object")
    with large.open("wb") as file:
        file.write(content)
        while piece := stream.read(CHUNK):
            size = _checked_size(size + len(piece), limit)
            file.write(piece)
    return large


def _checked_size(size: int, limit: int) -> int:
    if size > limit:
        raise RefusedObjectError(RefusalReason.TOO_LARGE)
    return size


def looks_like_dicom(head: bytes, name: str) -> bool:
    """Whether to ask the server about a file that begins with `head`.

    A Part 10 file, a bare data set that begins in group 0002 or 0008, or a file that says so in its
    name.
    """
    if head[128:132] == b"DICM" or Path(name).suffix.lower() in SUFFIXES:
        return True
    little, big = head[:2] in (b"\x02\x00", b"\x08\x00"), head[:2] in (b"\x00\x02", b"\x00\x08")
    if len(head) < HEAD or not (little or big):
        return False
    has_vr = head[4:6].isalpha() and head[4:6].isupper()
    length = int.from_bytes(head[4:8], "little")
    return has_vr or (little and length <= 0xFFFF and head[3] == 0)


def printable(name: str) -> str:
    """A name from outside that can be shown."""
    return "".join(character if character.isprintable() else "�" for character in name)
