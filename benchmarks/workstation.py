"""A workstation that asks and fetches over both of an archive's doors, one connection each."""

import http
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import httptools
from pydicom import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from app.server.dimse.commands import CommandField
from app.server.dimse.information_model import Root
from app.server.dimse.messages import Message
from app.server.dimse.proposals import Proposal
from app.server.dimse.requestor import Objects, Peer, Requestor, associated
from app.server.dimse.service import Answer
from app.server.dimse.status import PENDING, Status
from app.server.store.spool import Spool
from benchmarks.peers import CALLING, RECEIVER, Archive

EXPLICIT = str(ExplicitVRLittleEndian)
TIMEOUT_S = 120
MAX_SIZE = 64 * 1024 * 1024
PIECE = 1 << 18
"""Bytes that are read at a time."""
SHOWN = (
    "PatientName",
    "PatientID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ModalitiesInStudy",
    "StudyDescription",
    "NumberOfStudyRelatedInstances",
)
"""What a worklist shows of a study."""


class DicomDoor:
    """An association for queries and retrievals of the study root."""

    def __init__(self, requestor: Requestor, spool: Spool) -> None:
        self._requestor = requestor
        requestor.take_objects(Objects(spool, MAX_SIZE, lambda _content: 0))

    def find_studies(self) -> int:
        """Ask for all studies; how many were answered."""
        ds = Dataset()
        ds.QueryRetrieveLevel, ds.StudyInstanceUID = "STUDY", ""
        for keyword in SHOWN:
            setattr(ds, keyword, None if keyword.startswith("Number") else "")
        return self._asked(Root.STUDY.find, CommandField.C_FIND, ds)

    def get(self, study_uid: str) -> int:
        """Fetch a study over this association; how many objects came."""
        return self._asked(Root.STUDY.get, CommandField.C_GET, _study(study_uid))

    def move(self, study_uid: str) -> int:
        """Let a study be sent to the receiver; how many progress answers came, the last too."""
        values = {0x0600: RECEIVER}
        return self._asked(Root.STUDY.move, CommandField.C_MOVE, _study(study_uid), values) + 1

    def _asked(
        self,
        sop_class_uid: str,
        field: CommandField,
        ds: Dataset,
        further: Mapping[int, str] | None = None,
    ) -> int:
        context = self._requestor.context(sop_class_uid)
        values = {0x0002: sop_class_uid, 0x0700: 0, **(further or {})}
        answers, objects = 0, 0
        for message in self._requestor.ask(context, field, values, _encoded(ds)):
            if not message.command.is_response:
                self._take(message)
                objects += 1
            elif message.command.number(0x0900) in PENDING:
                answers += 1
            elif message.command.number(0x0900) != Status.SUCCESS:
                raise RuntimeError(f"the archive answered {message.command.number(0x0900):04x}")
        return objects or answers

    def _take(self, message: Message) -> None:
        if message.incoming:
            message.incoming.close()
        self._requestor.answer(message, Answer())


def _study(study_uid: str) -> Dataset:
    ds = Dataset()
    ds.QueryRetrieveLevel, ds.StudyInstanceUID = "STUDY", study_uid
    return ds


def _encoded(ds: Dataset) -> bytes:
    from app.server.dimse.identifier import encode

    return encode(ds, EXPLICIT, "")


@contextmanager
def dicom_door(archive: Archive, folder: Path) -> Iterator[DicomDoor]:
    """An association with `archive`; what comes on it is forgotten."""
    models = (Root.STUDY.find, Root.STUDY.get, Root.STUDY.move)
    proposals = [Proposal(uid, (EXPLICIT,)) for uid in models]
    proposals.append(Proposal(str(CTImageStorage), (EXPLICIT,), takes_requests=True))
    peer = Peer("127.0.0.1", archive.dicom_port, "KLINIKA")
    with associated(peer, CALLING, proposals) as requestor:
        yield DicomDoor(requestor, Spool(folder / secrets.token_hex(4)))


class WebDoor:
    """A connection to an archive's DICOMweb, which itself costs next to nothing.

    An archive that ends it with an answer is connected to again for the next.
    """

    def __init__(self, archive: Archive) -> None:
        self._port = archive.http_port
        self._piece = memoryview(bytearray(PIECE))
        self._connection = self._connected()
        self._root = archive.dicom_web
        said = {"Host": "127.0.0.1", **archive.headers}
        self._said = "".join(f"{name}: {value}\r\n" for name, value in said.items())

    def get(self, path: str, accept: str) -> int:
        """Fetch what is at `path`; its bytes."""
        return self._answered(f"GET {self._root}{path} HTTP/1.1\r\nAccept: {accept}\r\n")

    def store(self, files: Sequence[bytes]) -> None:
        """Send Part 10 files in one request of STOW-RS."""
        boundary = secrets.token_hex(16)
        body = b"".join(
            f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode() + file + b"\r\n"
            for file in files
        )
        body += f"--{boundary}--\r\n".encode()
        self._answered(
            f"POST {self._root}/studies HTTP/1.1\r\nAccept: application/dicom+json\r\n"
            f'Content-Type: multipart/related; type="application/dicom"; boundary={boundary}\r\n'
            f"Content-Length: {len(body)}\r\n",
            body,
        )

    def close(self) -> None:
        """End it."""
        self._connection.close()

    def _connected(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), TIMEOUT_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _answered(self, head: str, body: bytes = b"") -> int:
        self._connection.sendall(f"{head}{self._said}\r\n".encode() + body)
        answer = _Answer()
        parser = httptools.HttpResponseParser(answer)
        while not answer.is_whole and (count := self._connection.recv_into(self._piece)):
            if answer.has_begun and not answer.is_chunked:
                answer.size += count  # a parser would copy it
            else:
                parser.feed_data(self._piece[:count])
        if not answer.has_begun:
            raise RuntimeError("the archive hung up")
        if not (answer.is_whole and parser.should_keep_alive()):
            self._connection.close()
            self._connection = self._connected()
        if parser.get_status_code() != http.HTTPStatus.OK:
            raise RuntimeError(f"the archive answered {parser.get_status_code()}")
        return answer.size


class _Answer:
    """What is known of an answer, from its parser at first."""

    def __init__(self) -> None:
        self.size = 0
        self.has_begun = self.is_chunked = False
        self._length: int | None = None
        self._is_complete = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing more is to come; one without a length ends with its connection."""
        return self._is_complete or self.size == self._length

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-length":
            self._length = int(value)
        self.is_chunked |= name.lower() == b"transfer-encoding"

    def on_headers_complete(self) -> None:
        self.has_begun = True

    def on_body(self, body: bytes) -> None:
        self.size += len(body)

    def on_message_complete(self) -> None:
        self._is_complete = True


@contextmanager
def web_door(archive: Archive) -> Iterator[WebDoor]:
    """A connection to the DICOMweb of `archive`."""
    with closing(WebDoor(archive)) as door:
        yield door
