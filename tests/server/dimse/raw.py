"""A peer that says exactly what it is told to, byte by byte."""

import random
import socket
import struct

from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import build_context
from pynetdicom.pdu import A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    MaximumLengthNotification,
)
from pynetdicom.sop_class import Verification

APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
ECHO, STORE = 1, 3
"""Ids of the presentation contexts that `request` proposes."""
PIECE = 64 * 1024


def request(
    called="KLINIKA",
    application_context=APPLICATION_CONTEXT,
    sop_class=CTImageStorage,
    syntax=ExplicitVRLittleEndian,
    calling="SCANNER",
    items=(),
    others=(),
) -> bytes:
    """An A-ASSOCIATE-RQ for Verification, one storage class and `others`, whose ids are 5, 7, …

    `items` are user information.
    """
    primitive = A_ASSOCIATE()
    primitive.application_context_name = UID(application_context)
    primitive.calling_ae_title, primitive.called_ae_title = calling, called
    contexts = [
        build_context(Verification),
        build_context(sop_class, syntax),
        *(build_context(other, ExplicitVRLittleEndian) for other in others),
    ]
    for number, context in enumerate(contexts):
        context.context_id = 2 * number + 1
    primitive.presentation_context_definition_list = contexts
    length = MaximumLengthNotification()
    length.maximum_length_received = 16384
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = UID("1.2.3")
    primitive.user_information = [length, implementation, *items]
    pdu = A_ASSOCIATE_RQ()
    pdu.from_primitive(primitive)
    return pdu.encode()


def pdu(kind: int, body: bytes) -> bytes:
    return struct.pack(">BxI", kind, len(body)) + body


def value(context_id: int, data: bytes, *, command=False, last=True) -> bytes:
    """A presentation data value."""
    return struct.pack(">IBB", len(data) + 2, context_id, command | last << 1) + data


def command(
    field: int,
    *,
    data_set: bool,
    sop_instance_uid="1.2.3",
    message_id=1,
    sop_class=CTImageStorage,
) -> bytes:
    def element(number, data):
        return struct.pack("<HHI", 0, number, len(data)) + data

    def uid(number, value):
        return element(number, value.encode("latin_1") + b"\0" * (len(value) % 2))

    body = (
        uid(0x0002, sop_class)
        + element(0x0100, struct.pack("<H", field))
        + element(0x0120 if field == 0x0FFF else 0x0110, struct.pack("<H", message_id))
        + element(0x0800, struct.pack("<H", 1 if data_set else 0x0101))
        + uid(0x1000, sop_instance_uid)
    )
    return element(0, struct.pack("<I", len(body))) + body


def mutated_conversation(chance: random.Random) -> bytes:
    """An association request and a C-STORE with some bytes changed, up to a point."""
    store_rq = pdu(4, value(STORE, command(0x0001, data_set=True), command=True))
    mutated = bytearray(request() + store_rq + pdu(4, value(STORE, bytes(300))))
    for _ in range(chance.randrange(1, 6)):
        mutated[chance.randrange(len(mutated))] = chance.randrange(256)
    return bytes(mutated[: chance.randrange(1, len(mutated) + 1)])


def answer(connection: socket.socket) -> tuple[int, bytes]:
    """The next PDU's type and body; type 0 when the peer closed."""
    header = exactly(connection, 6)
    if len(header) < 6:
        return 0, b""
    kind, length = struct.unpack(">BxI", header)
    return kind, exactly(connection, length)


def exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        try:
            piece = connection.recv(size - len(data))
        except ConnectionResetError:
            piece = b""
        if not piece:
            break
        data += piece
    return data


def status(body: bytes) -> int:
    """The status in a response."""
    place = body.index(struct.pack("<HHI", 0, 0x0900, 2)) + 8
    return int.from_bytes(body[place : place + 2], "little")


def store_request(data_set: bytes) -> bytes:
    """The command of a C-STORE of `data_set`, which names its UIDs where they are found in it."""
    store_rq = command(
        0x0001,
        data_set=True,
        sop_class=uid_in(data_set, 0x0016),
        sop_instance_uid=uid_in(data_set, 0x0018),
    )
    return pdu(4, value(STORE, store_rq, command=True))


def uid_in(data_set: bytes, element: int) -> str:
    """The UID of (0008,element) as it lies in a little endian data set, empty if it is not found.

    Its length is two bytes after an explicit VR, and four after none.
    """
    tag = struct.pack("<HH", 0x0008, element)
    for head, size in ((tag + b"UI", 2), (tag, 4)):
        place = data_set.find(head)
        if place >= 0:
            start = place + len(head) + size
            length = int.from_bytes(data_set[start - size : start], "little")
            return data_set[start : start + min(length, 64)].decode("latin_1")
    return ""


def associate(connection: socket.socket, **proposed) -> None:
    connection.sendall(request(**proposed))
    kind, _body = answer(connection)
    assert kind == 2


def store(connection: socket.socket, data_set: bytes) -> int:
    """Send a data set as it is and answer the status, or -1 for an abort."""
    connection.sendall(store_request(data_set))
    for at in range(0, len(data_set), PIECE):
        piece = data_set[at : at + PIECE]
        connection.sendall(pdu(4, value(STORE, piece, last=at + PIECE >= len(data_set))))
    kind, body = answer(connection)
    return status(body) if kind == 4 else -1
