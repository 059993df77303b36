"""Objects that come as DICOM JSON, their large values in parts of their own (PS3.18 10.5.1.2.2)."""

from collections.abc import Mapping, Sequence

import orjson

from app.dicom import part10
from app.dicom.dicom_json import from_json
from app.dicom.encapsulation import PIXEL_DATA, encapsulated
from app.domain.errors import InvalidError
from app.domain.ingest import RefusalReason, RefusedObjectError
from app.server.web.dicomweb.offers import FRAME_TYPES
from app.server.web.dicomweb.received import Received

PIXELS = f"{PIXEL_DATA:08X}"
SYNTAX = "transfer-syntax"

MAX_JSON = 16 * 1024 * 1024
"""Bytes of DICOM JSON in one request."""
MAX_CONTAINERS = 1_000_000
"""Objects and lists in it; an attribute has two and some 45 bytes."""

Bulk = Mapping[str, Sequence[Received]]
"""The parts of large values by their Content-Location; several are the frames of one."""


class Models:
    """The models of a request, few and small enough to be held."""

    def __init__(self) -> None:
        self.found: list[object] = []
        self._size = self._containers = 0

    def take(self, part: Received) -> None:
        """Read those of a part of DICOM JSON. Raises InvalidError, and why the part isn't kept.

        Looked at is what they would take before they are made: `{}` is 3 bytes, and 64 in memory.
        """
        self._size += part.size
        if self._size > MAX_JSON:
            raise InvalidError("too much metadata")
        data = part.data()
        self._containers += data.count(b"{") + data.count(b"[")
        if self._containers > MAX_CONTAINERS:
            raise InvalidError("metadata of too many values")
        try:
            found = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise InvalidError("the metadata are no JSON") from error
        self.found += found if isinstance(found, list) else [found]


class Described:
    """An object of a request, put together when it is its turn.

    Its values that came apart have `max_size` bytes together, however often the model names one.
    """

    def __init__(self, model: object, bulk: Bulk, max_size: int) -> None:
        self._model = model
        self._bulk = bulk
        self._room = max_size

    def content(self) -> bytes:
        """The Part 10 file. Raises InvalidError, RefusedObjectError, or why a part isn't kept."""
        model = self._model
        if not isinstance(model, dict):
            raise InvalidError("a model that is no object")
        pixels = self._bulk.get(_address(model.get(PIXELS)), ())
        syntax = _syntax(pixels[0]) if pixels else ""
        replaced = {}
        if syntax and syntax not in part10.NATIVE:
            replaced = encapsulated(self._taken(pixels))
        else:
            syntax = part10.EXPLICIT
        identity = _uid(model, "00080016"), _uid(model, "00080018")
        return part10.stored_head(syntax, *identity) + from_json(model, self._value, replaced)

    def close(self) -> None:
        """The parts stay: others may name them too."""

    def _value(self, address: str) -> bytes:
        found = self._bulk.get(address)
        if not found:
            raise InvalidError("a BulkDataURI that nothing was sent for")
        return b"".join(self._taken(found))

    def _taken(self, found: Sequence[Received]) -> list[bytes]:
        self._room -= sum(part.size for part in found)
        if self._room < 0:
            raise RefusedObjectError(RefusalReason.TOO_LARGE)
        return [part.data() for part in found]


def _address(described: object) -> str:
    return str(described.get("BulkDataURI", "")) if isinstance(described, dict) else ""


def _uid(model: Mapping[str, object], name: str) -> str:
    described = model.get(name)
    values = described.get("Value") if isinstance(described, dict) else None
    value = values[0] if isinstance(values, list) and values else ""
    if not isinstance(value, str) or not value.isascii() or len(value) > 64:
        raise RefusedObjectError(RefusalReason.BAD_UID)
    return value


def _syntax(part: Received) -> str:
    """The transfer syntax of pixels: as the part says, or that of its media type."""
    if SYNTAX in part.parameters:
        return part.parameters[SYNTAX]
    return next((uid for uid, name in FRAME_TYPES.items() if name == part.media_type), "")
