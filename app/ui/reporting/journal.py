"""What the server does not have yet, kept on this computer.

One file for each account of one server and each study, and one for each picture of it, readable by
their owner only, named by a digest. Text is written before the server is asked to save and removed
when the server answered, so that neither a killed program nor a lost server takes more than the
last seconds of typing.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TypeVar

import structlog

from app.domain.errors import InvalidError
from app.domain.report import KeyImage, ReportContent
from app.domain.wire import from_plain, to_plain
from app.ui.reporting.keeping import keep_text

T = TypeVar("T")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Entry:
    """A content that rests on `revision` of the report `report_id`; an empty id: not yet begun."""

    study_uid: str
    report_id: str
    revision: int
    written_at: datetime
    content: ReportContent


@dataclass(frozen=True, slots=True)
class Picture:
    """A key image that is still to be sent; its `image_id` is a pending one."""

    study_uid: str
    image: KeyImage
    png_base64: str

    @classmethod
    def of(cls, study_uid: str, image: KeyImage, png: bytes) -> "Picture":
        """The picture with these bytes."""
        return cls(study_uid, image, base64.b64encode(png).decode())

    @property
    def png(self) -> bytes:
        """The bytes. Raises ValueError when they were damaged."""
        return base64.b64decode(self.png_base64, validate=True)


class Journal:
    """The entries of one account of the server at `place`; every method is safe in any thread."""

    def __init__(self, folder: Path, place: str, account: str) -> None:
        self._folder = folder
        self._owner = f"{place}\n{account}"
        self._lock = Lock()

    def write(self, entry: Entry, unless: Callable[[], bool] = lambda: False) -> bool:
        """Keep `entry` instead of the study's older one; false when the disk refuses.

        `unless` is asked when nothing else can be written any more: true leaves things as they are.
        """
        with self._lock:
            return unless() or _keep(self._file(entry.study_uid), entry)

    def read(self, study_uid: str) -> Entry | None:
        """The entry of a study, if one is kept and readable."""
        with self._lock:
            return self._read(study_uid)

    def remove(self, study_uid: str) -> None:
        """Forget the study's entry."""
        with self._lock:
            self._file(study_uid).unlink(missing_ok=True)

    def settle(self, entry: Entry) -> None:
        """Forget `entry` now that the server has it, but not a newer one of its study."""
        with self._lock:
            if self._read(entry.study_uid) == entry:
                self._file(entry.study_uid).unlink(missing_ok=True)

    def keep_picture(self, picture: Picture) -> bool:
        """Keep a picture, or its newer caption; false when the disk refuses."""
        with self._lock:
            return _keep(self._picture(picture.study_uid, picture.image.image_id), picture)

    def drop_picture(self, study_uid: str, image_id: str) -> None:
        """Forget a picture."""
        with self._lock:
            self._picture(study_uid, image_id).unlink(missing_ok=True)

    def pictures(self, study_uid: str) -> tuple[Picture, ...]:
        """The readable pictures of a study, the oldest first."""
        with self._lock:
            files = sorted(
                self._folder.glob(f"{self._name(study_uid)}.*.picture"),
                key=lambda file: file.stat().st_mtime_ns,
            )
            kept = [_load(Picture, file) for file in files]
        return tuple(one for one in kept if one is not None and one.study_uid == study_uid)

    def _read(self, study_uid: str) -> Entry | None:
        entry = _load(Entry, self._file(study_uid))
        return entry if entry is not None and entry.study_uid == study_uid else None

    def _name(self, study_uid: str) -> str:
        return hashlib.sha256(f"{self._owner}\n{study_uid}".encode()).hexdigest()[:32]

    def _file(self, study_uid: str) -> Path:
        return self._folder / f"{self._name(study_uid)}.json"

    def _picture(self, study_uid: str, image_id: str) -> Path:
        return self._folder / f"{self._name(study_uid)}.{image_id}.picture"


def _keep(file: Path, value: object) -> bool:
    try:
        keep_text(file, json.dumps(to_plain(value), ensure_ascii=False))
    except OSError as error:
        log.warning("report-journal-refused", error=type(error).__name__)
        return False
    return True


def _load(cls: type[T], file: Path) -> T | None:
    try:
        return from_plain(cls, json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, InvalidError):
        log.warning("report-journal-unreadable", file=file.name)
        return None
