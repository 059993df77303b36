"""DIMSE command sets: group 0000 in implicit VR little endian (PS3.7 6.3, annex E)."""

import struct
from dataclasses import dataclass
from enum import IntEnum

from app.server.dimse.wire import AbortReason, ProtocolError

ELEMENT = struct.Struct("<HHI")
MAX_COMMAND_LENGTH = 64 * 1024
NO_DATA_SET = 0x0101
RESPONSE = 0x8000
MAX_COMMENT = 64


class CommandField(IntEnum):
    """Requests that are understood (PS3.7 E.1-1)."""

    C_STORE = 0x0001
    C_ECHO = 0x0030
    C_CANCEL = 0x0FFF


@dataclass(frozen=True, slots=True)
class Command:
    """One request."""

    field: int
    message_id: int
    has_data_set: bool
    sop_class_uid: str
    sop_instance_uid: str


def parse(data: bytes) -> Command:
    """Read a command set. Raises ProtocolError for one that is broken or lacks what all need."""
    elements: dict[int, bytes] = {}
    offset = 0
    while offset < len(data):
        if len(data) - offset < ELEMENT.size:
            raise ProtocolError(AbortReason.INVALID_PARAMETER)
        group, element, length = ELEMENT.unpack_from(data, offset)
        offset += ELEMENT.size
        if group != 0 or length > len(data) - offset:
            raise ProtocolError(AbortReason.INVALID_PARAMETER)
        elements[element] = data[offset : offset + length]
        offset += length
    return Command(
        field=_number(elements, 0x0100),
        message_id=_number(elements, 0x0110),
        has_data_set=_number(elements, 0x0800) != NO_DATA_SET,
        sop_class_uid=_uid(elements, 0x0002),
        sop_instance_uid=_uid(elements, 0x1000),
    )


def _number(elements: dict[int, bytes], element: int) -> int:
    value = elements.get(element, b"")
    if len(value) != 2:
        raise ProtocolError(AbortReason.INVALID_PARAMETER)
    return int.from_bytes(value, "little")


def _uid(elements: dict[int, bytes], element: int) -> str:
    return elements.get(element, b"").rstrip(b"\0 ").decode("ascii", "replace")


def response(request: Command, status: int, comment: str = "") -> bytes:
    """The answer to `request` without a data set; `comment` becomes ErrorComment."""
    body = b"".join(
        (
            _text(0x0002, request.sop_class_uid, b"\0"),
            _short(0x0100, request.field | RESPONSE),
            _short(0x0120, request.message_id),
            _short(0x0800, NO_DATA_SET),
            _short(0x0900, status),
            _text(0x0902, comment[:MAX_COMMENT], b" "),
            _text(0x1000, request.sop_instance_uid, b"\0"),
        )
    )
    return ELEMENT.pack(0, 0, 4) + len(body).to_bytes(4, "little") + body


def _short(element: int, value: int) -> bytes:
    return ELEMENT.pack(0, element, 2) + value.to_bytes(2, "little")


def _text(element: int, value: str, padding: bytes) -> bytes:
    if not value:
        return b""
    encoded = value.encode("ascii", "replace")
    encoded += padding * (len(encoded) % 2)
    return ELEMENT.pack(0, element, len(encoded)) + encoded
