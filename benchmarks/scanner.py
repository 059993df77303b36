"""A scanner that sends as fast as a peer takes it: messages are made before, only UIDs change."""

import io
import socket
import struct
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from app.server.dimse import commands, wire
from app.server.dimse.commands import CommandField
from tests.server.dimse import raw

TIMEOUT_S = 120
MAX_LENGTH_ITEM = b"\x51\0\0\4"
"""Begins the user information item that says how long a PDU may be (PS3.8 D.1)."""
FIRST_NUMBER = 10_000_000
"""Instances are counted from here, so that every UID has the same length."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a peer took images; `work_ms` of processor time went into sending one."""

    per_second: float
    work_ms: float


def images_of(part10_file: bytes, count: int) -> list[tuple[bytes, str]]:
    """CT images, each of a series of its own in one new study, with the first 56 of their UID.

    They are explicit little endian data sets; the last eight digits of the UID are to be replaced.
    """
    ds = dcmread(io.BytesIO(part10_file))
    root = generate_uid(None)[:32]
    ds.StudyInstanceUID = root
    return [_image(ds, f"{root}.{number}") for number in range(1, count + 1)]


def _image(ds: Dataset, series_uid: str) -> tuple[bytes, str]:
    ds.SeriesInstanceUID = series_uid
    ds.SOPInstanceUID = f"{series_uid}.{FIRST_NUMBER}"
    data = io.BytesIO()
    plain = Dataset(ds)  # without meta information
    plain.save_as(data, implicit_vr=False, little_endian=True)
    return data.getvalue(), ds.SOPInstanceUID


class Association:
    """One association over which an image goes under ever new UIDs, each as soon as it may."""

    def __init__(self, port: int, data_set: bytes, sop_instance_uid: str) -> None:
        self._connection = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.sendall(raw.request(syntax=ExplicitVRLittleEndian))
        kind, body = raw.answer(self._connection)
        if kind != wire.PduType.ASSOCIATE_AC:
            raise RuntimeError("the archive did not accept the association")
        self._message = _message(data_set, sop_instance_uid, _max_length(body))
        uid = sop_instance_uid.encode("ascii")
        in_command = self._message.index(uid) + len(uid) - 8
        in_data_set = self._message.index(uid, in_command) + len(uid) - 8
        self._places = in_command, in_data_set

    def store(self, number: int) -> None:
        """Send the image as the one whose UID ends in `number`, and wait for the answer."""
        digits = str(number).encode("ascii")
        for place in self._places:
            self._message[place : place + len(digits)] = digits
        self._connection.sendall(self._message)
        kind, body = raw.answer(self._connection)
        if kind != wire.PduType.DATA or raw.status(body) != 0:
            raise RuntimeError("the archive did not take the image")

    def close(self) -> None:
        """Release the association."""
        self._connection.sendall(struct.pack(">BxIxxxx", wire.PduType.RELEASE_RQ, 4))
        raw.answer(self._connection)
        self._connection.close()


def _max_length(acceptance: bytes) -> int:
    place = acceptance.index(MAX_LENGTH_ITEM) + len(MAX_LENGTH_ITEM)
    return int.from_bytes(acceptance[place : place + 4], "big") or wire.OFFERED_PDU_LENGTH


def _message(data_set: bytes, sop_instance_uid: str, max_pdu_length: int) -> bytearray:
    """The PDUs of one C-STORE request."""
    values = {0x0002: str(CTImageStorage), 0x0700: 0, 0x1000: sop_instance_uid}
    command = commands.request(CommandField.C_STORE, 1, values, has_data_set=True)
    message = bytearray()
    for is_command, part in ((True, command), (False, data_set)):
        for pdu in wire.data_pdus(raw.STORE, part, max_pdu_length, is_command=is_command):
            message += pdu
    return message


def send(port: int, images: Sequence[tuple[bytes, str]], count: int) -> Rate:
    """Send each of `images` under `count` UIDs over an association of its own, all at once.

    The associations are there before the clock runs.
    """
    associations = [Association(port, *image) for image in images]
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
