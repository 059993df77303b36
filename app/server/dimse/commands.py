"""DIMSE command sets: group 0000 in implicit VR little endian (PS3.7 6.3, annex E)."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from app.server.dimse.wire import AbortReason, ProtocolError

ELEMENT = struct.Struct("<HHI")
MAX_COMMAND_LENGTH = 64 * 1024
NO_DATA_SET = 0x0101
HAS_DATA_SET = 0x0001
RESPONSE = 0x8000
MAX_COMMENT = 64
UID_ELEMENTS = frozenset({0x0002, 0x0003, 0x1000, 0x1001})

Values = Mapping[int, int | str | bytes]
"""Command elements by element number: int becomes US, str UI or text, bytes stay as they are."""


class CommandField(IntEnum):
    """Requests that are understood (PS3.7 E.1-1)."""

    C_STORE = 0x0001
    C_GET = 0x0010
    C_FIND = 0x0020
    C_MOVE = 0x0021
    C_ECHO = 0x0030
    N_EVENT_REPORT = 0x0100
    N_GET = 0x0110
    N_SET = 0x0120
    N_ACTION = 0x0130
    N_CREATE = 0x0140
    N_DELETE = 0x0150
    C_CANCEL = 0x0FFF


@dataclass(frozen=True, slots=True)
class Command:
    """One request, or an answer to one of ours.

    `message_id` is its own, or the one it is about: answers and C-CANCEL carry no other.
    """

    field: int
    message_id: int
    has_data_set: bool
    elements: Mapping[int, bytes]

    @property
    def is_response(self) -> bool:
        """Whether it answers a request of ours."""
        return bool(self.field & RESPONSE)

    @property
    def sop_class_uid(self) -> str:
        """The affected, or for N-GET, N-SET, N-ACTION and N-DELETE the requested SOP class."""
        return self.uid(0x0002) or self.uid(0x0003)

    @property
    def sop_instance_uid(self) -> str:
        """The affected or requested SOP instance."""
        return self.uid(0x1000) or self.uid(0x1001)

    def uid(self, element: int) -> str:
        """A UID, or "" when absent."""
        return self.text(element)

    def text(self, element: int) -> str:
        """A text without padding, or "" when absent."""
        return self.elements.get(element, b"").strip(b"\0 ").decode("ascii", "replace")

    def number(self, element: int) -> int:
        """An unsigned short, or 0 when absent."""
        return int.from_bytes(self.elements.get(element, b"")[:2], "little")


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
    field = _required(elements, 0x0100)
    is_about_another = field & RESPONSE or field == CommandField.C_CANCEL
    return Command(
        field=field,
        message_id=_required(elements, 0x0120 if is_about_another else 0x0110),
        has_data_set=_required(elements, 0x0800) != NO_DATA_SET,
        elements=elements,
    )


def _required(elements: Mapping[int, bytes], element: int) -> int:
    value = elements.get(element, b"")
    if len(value) != 2:
        raise ProtocolError(AbortReason.INVALID_PARAMETER)
    return int.from_bytes(value, "little")


def request(field: int, message_id: int, values: Values, *, has_data_set: bool) -> bytes:
    """A request of ours."""
    return _encoded(
        {
            0x0100: field,
            0x0110: message_id,
            0x0800: HAS_DATA_SET if has_data_set else NO_DATA_SET,
            **values,
        }
    )


def cancel(message_id: int) -> bytes:
    """A C-CANCEL of our request of that message id (PS3.7 9.3.2.3)."""
    values = {0x0100: CommandField.C_CANCEL, 0x0120: message_id, 0x0800: NO_DATA_SET}
    return _encoded(values)


def response(
    command: Command,
    status: int,
    comment: str = "",
    values: Values | None = None,
    *,
    has_data_set: bool = False,
) -> bytes:
    """The answer to `command`; `comment` becomes ErrorComment."""
    return _encoded(
        {
            0x0002: command.sop_class_uid,
            0x0100: command.field | RESPONSE,
            0x0120: command.message_id,
            0x0800: HAS_DATA_SET if has_data_set else NO_DATA_SET,
            0x0900: status,
            0x0902: comment[:MAX_COMMENT],
            0x1000: command.sop_instance_uid,
            **(values or {}),
        }
    )


def _encoded(values: Values) -> bytes:
    body = b"".join(_element(number, values[number]) for number in sorted(values))
    return ELEMENT.pack(0, 0, 4) + len(body).to_bytes(4, "little") + body


def _element(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        value = value.to_bytes(2, "little")
    elif isinstance(value, str):
        value = value.encode("ascii", "replace")
    if not value:
        return b""
    if len(value) % 2:
        value += b"\0" if number in UID_ELEMENTS else b" "
    return ELEMENT.pack(0, number, len(value)) + value
