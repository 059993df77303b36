"""Studies, their objects, and what changes."""

from dataclasses import replace
from pathlib import Path

from app.client.answers import read, read_all
from app.client.calls.base import Calls
from app.domain.calls import ChosenCharacterSet
from app.domain.changes import Change
from app.domain.image import ImageSource, SeriesManifest
from app.domain.ingest import StoreResult
from app.domain.study import Study, StudySummary, WorklistPage, WorklistQuery
from app.domain.texts import TextReading


class StudyCalls(Calls):
    """The worklist, a study, and what a viewer needs of it."""

    def worklist(self, query: WorklistQuery) -> WorklistPage:
        """The rows that match, newest first."""
        return read(WorklistPage, self.connection.post("/api/worklist", query))

    def study(self, study_uid: str) -> Study:
        """A study with its series. Raises NotFoundError."""
        return read(Study, self.connection.get(f"/api/studies/{study_uid}"))

    def readings(self, study_uid: str) -> tuple[TextReading, ...]:
        """A study's texts in each character set they can be read in, the most plausible first."""
        return read_all(TextReading, self.connection.get(f"/api/studies/{study_uid}/readings"))

    def choose_character_set(self, study_uid: str, character_set: str) -> StudySummary:
        """Read a study's texts in it from now on; empty: as its objects declare."""
        path, body = f"/api/studies/{study_uid}/character-set", ChosenCharacterSet(character_set)
        return read(StudySummary, self.connection.send_json("PUT", path, body))

    def manifest(self, series_uid: str) -> SeriesManifest:
        """A series' images in display order, with file paths from a server on this machine.

        Another server's paths are dropped: it does not choose which file is read here.
        """
        told = read(SeriesManifest, self.connection.get(f"/api/series/{series_uid}/manifest"))
        if self.connection.shares_machine:
            return told
        return replace(told, images=tuple(_without_path(image) for image in told.images))

    def thumbnail(self, series_uid: str) -> bytes:
        """A PNG of at most 128 px."""
        return self.connection.get(f"/api/series/{series_uid}/thumbnail").content

    def object_bytes(self, sop_instance_uid: str) -> bytes:
        """A whole Part 10 file."""
        return self.connection.get(f"/api/objects/{sop_instance_uid}").content

    def store_object(self, data: bytes | Path) -> StoreResult:
        """Store one Part 10 object. Raises RefusedObjectError or StorageFullError."""
        return read(StoreResult, self.connection.upload("/api/objects", data, "application/dicom"))

    def changes(self, since: int) -> tuple[Change, ...]:
        """The changes after number `since`, at most some hundred."""
        return read_all(Change, self.connection.get(f"/api/changes?since={since}"))


def _without_path(source: ImageSource) -> ImageSource:
    return replace(source, path="") if source.path else source
