"""The DICOM JSON model (PS3.18 F): an encoded data set as JSON, and back.

Text is read with the character sets that the data set declares and is UTF-8 from then on, which
SpecificCharacterSet says. What large values are is known by who calls: a model may name where they
can be fetched (BulkDataURI) instead of holding them.
"""

import base64
import math
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.dicom.elements import (
    EXPLICIT_LE,
    LONG_VRS,
    MAX_DEPTH,
    PIXELS,
    SHORT_VRS,
    DataSet,
    Element,
)
from app.dicom.reading import AS_DECLARED, Reading
from app.dicom.recoding import element, sequence, turned
from app.dicom.representations import PIXEL_REPRESENTATION, SEQUENCE, UNKNOWN, representation
from app.dicom.sameness import TRAILING_PADDING, WORDS
from app.dicom.values import Values, parse_decimal
from app.domain.errors import InvalidError

Model = dict[str, dict[str, Any]]
"""Attributes by their eight hexadecimal digits: `vr`, and what there is of the value."""
Path = tuple[int, ...]
"""The tag of an attribute behind those of the sequences it is in, each with its item from 0 on."""
BulkUri = Callable[[Path, Element], str]
"""Where the value at a path can be fetched, empty when it is to be in the model."""
BulkData = Callable[[str], bytes]
"""The value that lies at an address."""

INLINE = 1024
"""Bytes of a value that is never fetched apart, unless it is pixel data."""
CHARACTER_SET = 0x00080005
FIRST_GROUP = 0x0008
"""Lower ones are commands and meta information."""
MAX_DS = 16
"""Characters of a decimal string."""
UTF8 = "ISO_IR 192"
GROUPS = ("Alphabetic", "Ideographic", "Phonetic")
TEXTS = frozenset({b"LO", b"LT", b"PN", b"SH", b"ST", b"UC", b"UT"})
"""In the declared character set."""
CODES = frozenset({b"AE", b"AS", b"CS", b"DA", b"DS", b"DT", b"IS", b"TM", b"UI", b"UR"})
"""In the default repertoire."""
WHOLE = frozenset({b"LT", b"ST", b"UR", b"UT"})
"""One value, in which a backslash is a character."""
NUMBERS = {
    b"FD": "d",
    b"FL": "f",
    b"SL": "i",
    b"SS": "h",
    b"SV": "q",
    b"UL": "I",
    b"US": "H",
    b"UV": "Q",
}
"""The struct codes of binary numbers."""
BYTES = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", UNKNOWN})
BULK = BYTES | frozenset(NUMBERS) | {b"DS", b"IS"}
"""What may be fetched apart (PS3.18 F.2.2). Text may too, but it is UTF-8 only in the model."""


def to_json(
    data_set: DataSet, bulk_uri: BulkUri | None = None, reading: Reading = AS_DECLARED
) -> Model:
    """The model of a data set, without group lengths, meta information and padding.

    `bulk_uri` is asked for pixel data and for values beyond `INLINE`. Encapsulated pixel data
    without an address are left empty. Numbers that can't be read or are not finite are null.
    `reading` decodes the texts.
    """
    model = _Writer.of(data_set, reading, bulk_uri or _nowhere).model()
    model[key(CHARACTER_SET)] = {"vr": "CS", "Value": [UTF8]}
    return dict(sorted(model.items()))


def attribute(vr: str, values: Sequence[str]) -> dict[str, Any]:
    """An attribute of a model by its values in DICOM's text form; US among them."""
    write = _WRITTEN.get(vr)
    if write is None and "" not in values:
        return {"vr": vr, "Value": values} if values else {"vr": vr}
    found = [write(text) if write and text else text or None for text in values]
    return {"vr": vr, "Value": found} if found.count(None) < len(found) else {"vr": vr}


def _nowhere(_path: Path, _element: Element) -> str:
    return ""


def key(tag: int) -> str:
    """The name of an attribute in a model."""
    return f"{tag:08X}"


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes one data set or item: how its texts are read, and the sign of its pixels."""

    data_set: DataSet
    reading: Reading
    bulk_uri: BulkUri
    path: Path
    is_signed: bool

    @classmethod
    def of(
        cls,
        data_set: DataSet,
        reading: Reading,
        bulk_uri: BulkUri,
        path: Path = (),
        *,
        is_signed: bool = False,
    ) -> "_Writer":
        """`reading` and `is_signed` are those of the data set around an item."""
        values = Values.of(data_set, reading)
        if PIXEL_REPRESENTATION in data_set:
            is_signed = values.integer(PIXEL_REPRESENTATION) == 1
        return cls(data_set, values.reading, bulk_uri, path, is_signed)

    def model(self) -> Model:
        return {
            key(tag): self._attribute(tag, found)
            for tag, found in sorted(self.data_set.elements.items())
            if tag >> 16 >= FIRST_GROUP
            and tag & 0xFFFF
            and tag not in (CHARACTER_SET, TRAILING_PADDING)
        }

    def _attribute(self, tag: int, found: Element) -> dict[str, Any]:
        vr = self._representation(tag, found)
        if vr == SEQUENCE:
            items = self._items(tag)
            if items or not found.length:
                return _described(vr, items)
            vr = UNKNOWN
        if tag in PIXELS or (found.length > INLINE and vr in BULK):
            uri = self.bulk_uri((*self.path, tag), found) if found.length else ""
            if uri:
                return {"vr": vr.decode(), "BulkDataURI": uri}
            if found.items >= 0 and tag in PIXELS:
                return _described(vr, [])
        return self._inline(vr, found, self.data_set.raw(tag, found.length))

    def _inline(self, vr: bytes, found: Element, raw: bytes) -> dict[str, Any]:
        if vr in TEXTS or vr in CODES:
            return attribute(vr.decode(), self._texts(vr, raw))
        is_turned = not (self.data_set.encoding.little_endian or found.vr == UNKNOWN)
        value = turned(raw, WORDS.get(vr, 1)) if is_turned else raw
        if vr in BYTES and value:
            return {"vr": vr.decode(), "InlineBinary": base64.b64encode(value).decode("ascii")}
        return _described(vr, [] if vr in BYTES else _numbers(vr, value))

    def _representation(self, tag: int, found: Element) -> bytes:
        """What is written, else what the dictionaries say; an unknown sequence is one."""
        if found.vr and found.vr != UNKNOWN:
            return found.vr if found.vr in SHORT_VRS or found.vr in LONG_VRS else UNKNOWN
        if found.items >= 0:
            return b"OB" if tag in PIXELS else SEQUENCE
        return representation(self.data_set, tag, is_signed=self.is_signed)

    def _items(self, tag: int) -> list[Model]:
        return [
            _Writer.of(
                item,
                self.reading,
                self.bulk_uri,
                (*self.path, tag, place),
                is_signed=self.is_signed,
            ).model()
            for place, item in enumerate(self.data_set.items(tag))
        ]

    def _texts(self, vr: bytes, raw: bytes) -> list[str]:
        if vr in TEXTS:
            text = self.reading.decode(raw, is_name=vr == b"PN")
        else:
            text = raw.decode("latin_1").rstrip(" \0")
        return [text] if vr in WHOLE else [each.strip(" \0") for each in text.split("\\")]


def _described(vr: bytes, values: Sequence[object]) -> dict[str, Any]:
    return {"vr": vr.decode(), "Value": values} if values else {"vr": vr.decode()}


def _name(text: str) -> dict[str, str] | None:
    found = {}
    for group, said in zip(GROUPS, text.split("="), strict=False):
        if shown := said.strip():
            found[group] = shown
    return found or None


def _whole(text: str) -> int | None:
    number = parse_decimal(text)
    return int(number) if number is not None and number.is_integer() else None


def _decimal(text: str) -> float | str | None:
    """A number where it says the same, else its text (PS3.18 F.2.3)."""
    number = parse_decimal(text)
    if number is None:
        return None
    if Decimal(repr(number)) != Decimal(text.replace(",", ".")):
        return text
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


_WRITTEN: Mapping[str, Callable[[str], object]] = {
    "PN": _name,
    "DS": _decimal,
    "IS": _whole,
    "US": _whole,
}
"""How a value that is not empty is written; of other representations, as it is."""


def _numbers(vr: bytes, value: bytes) -> list[object]:
    if vr == b"AT":
        words = struct.unpack_from(f"<{len(value) // 4 * 2}H", value)
        return [f"{words[i]:04X}{words[i + 1]:04X}" for i in range(0, len(words), 2)]
    code = NUMBERS[vr]
    numbers = struct.unpack_from(f"<{len(value) // struct.calcsize(code)}{code}", value)
    return [each if math.isfinite(each) else None for each in numbers]


def from_json(
    model: object, bulk: BulkData | None = None, replaced: Mapping[int, bytes] | None = None
) -> bytes:
    """The data set that `model` describes, in explicit VR little endian and UTF-8.

    `bulk` gives the value, in little endian, of an address in the model. `replaced` are whole
    elements that take the place of the model's or are added, as in `recoding.recoded`. Meta
    information in the model is left out. Raises InvalidError, and what `bulk` does.
    """
    own = {CHARACTER_SET: element(CHARACTER_SET, b"CS", UTF8.encode(), EXPLICIT_LE)}
    return _Reader(bulk or _unknown).data_set(model, own | dict(replaced or {}))


def _unknown(_uri: str) -> bytes:
    raise InvalidError("a BulkDataURI that nothing was sent for")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Encodes models; what can't be one is refused by the tag."""

    bulk: BulkData

    def data_set(self, model: object, replaced: Mapping[int, bytes], depth: int = 0) -> bytes:
        if not isinstance(model, dict) or depth > MAX_DEPTH:
            raise InvalidError("a data set of the model is no object, or too deep")
        written = dict(replaced)
        for name, described in model.items():
            tag = _tag(name)
            if tag >> 16 >= FIRST_GROUP and tag & 0xFFFF and tag not in (CHARACTER_SET, *replaced):
                try:
                    written[tag] = self._element(tag, described, depth)
                except (ValueError, TypeError, struct.error, OverflowError) as error:
                    raise InvalidError(f"{name} is not written as its VR is") from error
        return b"".join(written[tag] for tag in sorted(written))

    def _element(self, tag: int, described: object, depth: int) -> bytes:
        if not isinstance(described, dict):
            raise TypeError
        vr = str(described.get("vr", "")).encode()
        if vr not in SHORT_VRS and vr not in LONG_VRS:
            raise ValueError
        if "BulkDataURI" in described:
            return element(tag, vr, self.bulk(_single(described["BulkDataURI"])), EXPLICIT_LE)
        if "InlineBinary" in described:
            binary = base64.b64decode(_single(described["InlineBinary"]), validate=True)
            return element(tag, vr, binary, EXPLICIT_LE)
        given = described.get("Value") or []
        if not isinstance(given, list):
            raise TypeError
        if vr == SEQUENCE:
            items = [self.data_set(each or {}, {}, depth + 1) for each in given]
            return sequence(tag, items, EXPLICIT_LE)
        return element(tag, vr, _encoded(vr, given), EXPLICIT_LE)


def _tag(name: object) -> int:
    if not isinstance(name, str) or not re.fullmatch("[0-9A-Fa-f]{8}", name):
        raise InvalidError("an attribute's name is no tag")
    return int(name, 16)


def _single(value: object) -> str:
    """One text; the examples of the standard write it in an array."""
    found = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not isinstance(found, str):
        raise TypeError
    return found


def _encoded(vr: bytes, given: Sequence[object]) -> bytes:
    if vr in NUMBERS:
        return struct.pack(f"<{len(given)}{NUMBERS[vr]}", *(_number(vr, each) for each in given))
    if vr == b"AT":
        pairs = [divmod(_tag(each), 1 << 16) for each in given]
        return b"".join(struct.pack("<HH", *pair) for pair in pairs)
    if vr in BYTES:
        if given:
            raise TypeError
        return b""
    if vr in WHOLE and len(given) > 1:
        raise ValueError
    return "\\".join(_text(vr, each) for each in given).encode("utf_8", "replace")


def _number(vr: bytes, given: object) -> float | int:
    if vr in (b"FL", b"FD"):
        return float(given) if isinstance(given, int | float) else math.nan
    if not isinstance(given, int | str):
        raise TypeError
    return int(given)


def _text(vr: bytes, given: object) -> str:
    if given is None:
        return ""
    if vr == b"PN" and isinstance(given, dict):
        groups = [str(given.get(group) or "") for group in GROUPS]
        return "=".join(groups).rstrip("=")
    if vr in (b"DS", b"IS") and isinstance(given, int | float):
        return str(given) if isinstance(given, int) else _decimal_string(given)
    if not isinstance(given, str):
        raise TypeError
    return given


def _decimal_string(number: float) -> str:
    """The nearest that fits 16 characters (PS3.5 6.2)."""
    if not math.isfinite(number):
        raise ValueError
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    texts = (f"{number:.{digits}g}" for digits in range(17, 0, -1))
    shortest = repr(number)
    return shortest if len(shortest) <= MAX_DS else next(t for t in texts if len(t) <= MAX_DS)
