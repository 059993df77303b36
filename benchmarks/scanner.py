"""A scanner that sends as fast as a peer takes it: messages are made before, only UIDs change."""

import io
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from app.dicom.part10 import stored_head
from app.server.dimse import commands, wire
from app.server.dimse.commands import CommandField
from tests.server.dimse import raw

TIMEOUT_S = 120
MAX_LENGTH_ITEM = b"\x51\0\0\4"
"""Begins the user information item that says how long a PDU may be (PS3.8 D.1)."""
FIRST_NUMBER = 10_000_000
"""Instances are counted from here, so that every UID has the same length."""
COUNTED = re.compile(str(FIRST_NUMBER).encode("ascii"))
"""What is replaced in a message, in the UIDs and IDs that end with it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a peer took images; `work_ms` of processor time went into sending one."""

    per_second: float
    work_ms: float


@dataclass(frozen=True, slots=True)
class Template:
    """A CT image as an explicit little endian data set, sent under many UIDs.

    FIRST_NUMBER stands in it where each of them has its own number.
    """

    data_set: bytes
    study_uid: str
    series_uid: str
    sop_instance_uid: str


def images_of(part10_file: bytes, count: int) -> list[Template]:
    """CT images, each of a series of its own in one new study."""
    root = generate_uid(None)[:32]
    series_uids = [f"{root}.{number}" for number in range(1, count + 1)]
    return [_template(part10_file, root, uid) for uid in series_uids]


def studies_of(part10_file: bytes, count: int) -> list[Template]:
    """CT images, each of which is sent as one new study and patient after another."""
    root = generate_uid(None)[:32]
    found = []
    for number in range(1, count + 1):
        study_uid = f"{root}.{number}.{FIRST_NUMBER}"
        found.append(_template(part10_file, study_uid, f"{study_uid}.1", f"P{FIRST_NUMBER}"))
    return found


def _template(
    part10_file: bytes, study_uid: str, series_uid: str, patient_id: str = "BENCH"
) -> Template:
    ds = dcmread(io.BytesIO(part10_file))
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.PatientID = study_uid, series_uid, patient_id
    ds.SOPInstanceUID = f"{series_uid}.{FIRST_NUMBER}"
    data = io.BytesIO()
    plain = Dataset(ds)  # without meta information
    plain.save_as(data, implicit_vr=False, little_endian=True)
    return Template(data.getvalue(), study_uid, series_uid, ds.SOPInstanceUID)


def files_of(image: Template, count: int) -> Iterator[bytes]:
    """Part 10 files of the image under `count` numbers."""
    head = stored_head(ExplicitVRLittleEndian, CTImageStorage, image.sop_instance_uid)
    for number in range(FIRST_NUMBER, FIRST_NUMBER + count):
        yield COUNTED.sub(str(number).encode("ascii"), head + image.data_set)


class Association:
    """One association over which an image goes under ever new UIDs, each as soon as it may."""

    def __init__(self, port: int, image: Template) -> None:
        self._connection = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.sendall(raw.request(syntax=ExplicitVRLittleEndian))
        kind, body = raw.answer(self._connection)
        if kind != wire.PduType.ASSOCIATE_AC:
            raise RuntimeError("the archive did not accept the association")
        self._message = _message(image, _max_length(body))
        self._places = [found.start() for found in COUNTED.finditer(self._message)]

    def store(self, number: int) -> None:
        """Send the image as the one of that `number`, and wait for the answer."""
        digits = str(number).encode("ascii")
        for place in self._places:
            self._message[place : place + len(digits)] = digits
        self._connection.sendall(self._message)
        kind, body = raw.answer(self._connection)
        if kind != wire.PduType.DATA:
            raise RuntimeError(f"the archive answered an image with a PDU of type {kind}")
        if raw.status(body) != 0:
            raise RuntimeError(f"the archive did not take an image: 0x{raw.status(body):04X}")

    def close(self) -> None:
        """Release the association."""
        self._connection.sendall(struct.pack(">BxIxxxx", wire.PduType.RELEASE_RQ, 4))
        raw.answer(self._connection)
        self._connection.close()


def _max_length(acceptance: bytes) -> int:
    place = acceptance.index(MAX_LENGTH_ITEM) + len(MAX_LENGTH_ITEM)
    return int.from_bytes(acceptance[place : place + 4], "big") or wire.OFFERED_PDU_LENGTH


def _message(image: Template, max_pdu_length: int) -> bytearray:
    """The PDUs of one C-STORE request."""
    values = {0x0002: str(CTImageStorage), 0x0700: 0, 0x1000: image.sop_instance_uid}
    command = commands.request(CommandField.C_STORE, 1, values, has_data_set=True)
    message = bytearray()
    for is_command, part in ((True, command), (False, image.data_set)):
        for pdu in wire.data_pdus(raw.STORE, part, max_pdu_length, is_command=is_command):
            message += pdu
    return message


def send(port: int, images: Sequence[Template], count: int) -> Rate:
    """Send each of `images` under `count` numbers over an association of its own, all at once.

    The associations are there before the clock runs.
    """
    associations = [Association(port, image) for image in images]
    failures: list[Exception] = []

    def run(association: Association) -> None:
        try:
            for number in range(FIRST_NUMBER, FIRST_NUMBER + count):
                association.store(number)
        except (OSError, RuntimeError) as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(each,)) for each in associations]
    started, worked = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken, work = time.perf_counter() - started, time.process_time() - worked
    if failures:
        raise failures[0]
    for association in associations:
        association.close()
    total = len(images) * count
    return Rate(total / taken, work / total * 1000)
