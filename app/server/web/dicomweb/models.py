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

Bulk = Mapping[str, Sequence[Received]]
"""The parts of large values by their Content-Location; several are the frames of one."""


def models_of(data: bytes) -> list[object]:
    """The models of a part of DICOM JSON. Raises InvalidError."""
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidError("the metadata are no JSON") from error
    return found if isinstance(found, list) else [found]


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
