"""What the server does not have yet, kept on this computer.

One file for each account and study, readable by its owner only, named by a digest. It is written
before the server is asked to save and removed when the server answered, so that neither a killed
program nor a lost server takes more than the last seconds of typing.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

import structlog

from app.domain.errors import InvalidError
from app.domain.report import ReportContent
from app.domain.wire import from_plain, to_plain

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Entry:
    """A content that rests on `revision` of the report `report_id`; an empty id: not yet begun."""

    study_uid: str
    report_id: str
    revision: int
    written_at: datetime
    content: ReportContent


class Journal:
    """The entries of one account in `folder`; every method may be called from any thread."""

    def __init__(self, folder: Path, account: str) -> None:
        self._folder = folder
        self._account = account
        self._lock = Lock()

    def write(self, entry: Entry) -> bool:
        """Keep `entry` instead of the study's older one; false when the disk refuses."""
        file = self._file(entry.study_uid)
        staged = file.with_suffix(f".{os.getpid()}.new")
        with self._lock:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                staged.unlink(missing_ok=True)
                descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                    json.dump(to_plain(entry), stream, ensure_ascii=False)
                staged.replace(file)
            except OSError as error:
                log.warning("report-journal-refused", error=type(error).__name__)
                return False
        return True

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

    def _read(self, study_uid: str) -> Entry | None:
        try:
            data = json.loads(self._file(study_uid).read_text(encoding="utf-8"))
            entry = from_plain(Entry, data)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, InvalidError):
            log.warning("report-journal-unreadable", study_uid=study_uid)
            return None
        return entry if entry.study_uid == study_uid else None

    def _file(self, study_uid: str) -> Path:
        digest = hashlib.sha256(f"{self._account}\n{study_uid}".encode()).hexdigest()
        return self._folder / f"{digest[:32]}.json"
