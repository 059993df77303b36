"""One server for all clients, and a second archive to which they let it send."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.client.server import Server
from app.domain.access import Role
from app.domain.nodes import RemoteNode
from tests.clinic import NAMES, PASSWORD, Clinic, a_clinic
from tests.server.receiving import Receiver, a_receiver
from tests.server.samples import an_object, sop_uid, study_uid

NAME = "Иванов^Пётр"
RECEIVER = "KLINIKA"
"""The AE title of the second archive, which is one of ours too."""
COUNT = 3
"""Images of the study that each client sends."""


@dataclass
class Archive:
    """The server as its clients know it."""

    clinic: Clinic
    receiver: Receiver
    doctor: Server
    folder: Path
    studies: dict[str, int] = field(default_factory=dict)
    """The number of the study of each client."""
    ae_title: str = "KLINIKA"
    host: str = "127.0.0.1"

    @property
    def port(self) -> int:
        return self.clinic.embedded.dicom_port

    @property
    def dicomweb(self) -> tuple[str, str, str]:
        """The URL, and a name and password for it."""
        return f"{self.clinic.embedded.url}/dicom-web", NAMES[Role.DOCTOR], PASSWORD

    def files_of(self, client: str) -> list[Path]:
        """The images of a client's own study."""
        number = self.studies.setdefault(client, len(self.studies) + 1)
        files = []
        for image in range(1, COUNT + 1):
            files.append(self.folder / f"{client}-{image}.dcm")
            elements = {"PatientID": f"P-{client}", "StudyDescription": client}
            files[-1].write_bytes(an_object(number, 1, image, value=image, **elements))
        return files

    def study_of(self, client: str) -> str:
        """The UID of a client's study."""
        return study_uid(self.studies.setdefault(client, len(self.studies) + 1))

    def objects_of(self, client: str) -> set[str]:
        """The UIDs of its images."""
        number = self.studies.setdefault(client, len(self.studies) + 1)
        return {sop_uid(number, 1, image) for image in range(1, COUNT + 1)}

    def keep(self, client: str) -> None:
        """Have a client's study, whoever sends it."""
        for file in self.files_of(client):
            self.doctor.store_object(file)

    def count(self, client: str) -> int:
        """How many images of a client's study are here."""
        return self.doctor.study(self.study_of(client)).summary.instance_count


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Iterator[Archive]:
    """A running server process that knows every client."""
    folder = tmp_path_factory.mktemp("peers")
    with a_clinic(folder / "archive") as clinic, a_receiver(folder / "receiver") as receiver:
        admin = clinic.signed_in(Role.ADMIN)
        for title in ("DCMTK", "ODIL", "PIXELMED", "CTN", "DCMJS"):
            admin.save_node(RemoteNode(title))
        admin.save_node(RemoteNode(RECEIVER, "127.0.0.1", receiver.port))
        yield Archive(clinic, receiver, clinic.signed_in(Role.DOCTOR), folder)


@pytest.fixture
def moved(archive):
    """Which of a client's images the archive sent to the receiver."""
    return lambda client: archive.objects_of(client) & set(archive.receiver.kept())
