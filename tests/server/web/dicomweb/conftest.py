"""A client of DICOMweb, and what it reads of multipart answers."""

import io
from dataclasses import dataclass, field

import httpx
import pydicom
import pytest

from app.server.web.dicomweb.accept import parameters
from app.server.web.dicomweb.multipart import Begin, Data, Reader
from tests.server.samples import series_uid, sop_uid, study_uid


@dataclass
class ReadPart:
    """A part of an answer."""

    headers: dict[str, str]
    content: bytes = b""


def parts_of(answer: httpx.Response, status: int = 200) -> list[ReadPart]:
    """The parts of a multipart/related answer."""
    media_type, said = parameters(answer.headers["content-type"])
    assert (answer.status_code, media_type) == (status, "multipart/related"), answer.content[:300]
    reader, found = Reader(said["boundary"]), []
    for event in reader.feed(answer.content):
        if isinstance(event, Begin):
            found.append(ReadPart(dict(event.headers)))
        elif isinstance(event, Data):
            found[-1].content += event.data
    reader.end()
    return found


def dataset(data: bytes) -> pydicom.FileDataset:
    """A Part 10 file as pydicom reads it."""
    return pydicom.dcmread(io.BytesIO(data))


@dataclass
class Dicomweb:
    """Requests of a signed-in account."""

    http: httpx.Client
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path, accept="", **headers) -> httpx.Response:
        """The answer for a path behind the root."""
        said = {**self.headers, **({"Accept": accept} if accept else {})}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.get(f"/dicom-web{path}", headers=said)

    def keep(self, data: bytes) -> None:
        """Put an object into the archive."""
        answer = self.http.post("/api/objects", content=data, headers=self.headers)
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def web(http, signed_in) -> Dicomweb:
    """DICOMweb for the doctor."""
    return Dicomweb(http, signed_in)


def study_path(study) -> str:
    return f"/studies/{study_uid(study)}"


def series_path(study, series=1) -> str:
    return f"{study_path(study)}/series/{series_uid(study, series)}"


def instance_path(study, series=1, number=1) -> str:
    return f"{series_path(study, series)}/instances/{sop_uid(study, series, number)}"
