"""Matches of a query as the identifiers of its answers (PS3.4 C.4.1.1.3, PS3.5 7)."""

import struct
from collections.abc import Callable, Sequence

from app.dicom.charset_encoder import UNICODE, TextEncoder, encoder
from app.domain.query import BY_TAG, REQUEST_ATTRIBUTES, UNIQUE_KEYS, Attribute, Level, Match
from app.server.dimse.information_model import Root
from app.server.dimse.query_identifier import CHARACTER_SET, QUERY_LEVEL, TEXT_VRS, Identifier

RETRIEVE_AE_TITLE, AVAILABILITY = 0x00080054, 0x00080056
ABOUT_ANSWERS = frozenset({CHARACTER_SET, QUERY_LEVEL, RETRIEVE_AE_TITLE, AVAILABILITY})
"""Asked for or not, no keys to match."""
MAX_SHORT = 0xFFFE
"""Bytes of a value in explicit VR with a length of 16 bits, and even."""
ITEM = struct.Struct("<HHI")
TAG = struct.Struct("<HH")

Part = Callable[[Match, TextEncoder], bytes]
"""Writes one element of an answer."""


class AnswerWriter:
    """Writes matches as answers to one request.

    An answer holds what was asked for and is known at its level, empty where nothing is kept, and
    the unique keys down to it. `leaves_out` says whether something else was asked for.
    """

    def __init__(self, identifier: Identifier, root: Root, level: Level, ae_title: str) -> None:
        asked = identifier.asked - ABOUT_ANSWERS - {REQUEST_ATTRIBUTES}
        known = {tag for tag in asked & BY_TAG.keys() if BY_TAG[tag].level.depth <= level.depth}
        self.leaves_out = bool(asked - known)
        known |= {UNIQUE_KEYS[each] for each in root.levels if each.depth <= level.depth}
        attributes = [BY_TAG[tag] for tag in sorted(known)]
        self._is_implicit = identifier.is_implicit
        parts: dict[int, Part] = {
            each.tag: _part(each, is_implicit=self._is_implicit)
            for each in attributes
            if not each.sequence
        }
        in_items = [each for each in attributes if each.sequence]
        if in_items:
            parts[REQUEST_ATTRIBUTES] = _sequence(in_items, is_implicit=self._is_implicit)
        parts[QUERY_LEVEL] = self._constant(QUERY_LEVEL, "CS", level.value)
        if RETRIEVE_AE_TITLE in identifier.asked:
            parts[RETRIEVE_AE_TITLE] = self._constant(RETRIEVE_AE_TITLE, "AE", ae_title)
        if AVAILABILITY in identifier.asked:
            parts[AVAILABILITY] = self._constant(AVAILABILITY, "CS", "ONLINE")
        self._parts = [parts[tag] for tag in sorted(parts)]
        wishes = (*(identifier.character_sets or ("",)), UNICODE)
        self._encoders = [(each, self._label(each)) for each in map(encoder, wishes)]

    def write(self, match: Match) -> bytes:
        """The identifier of one answer, in the first character set that has all its letters."""
        for texts, label in self._encoders[:-1]:
            try:
                return label + b"".join([part(match, texts) for part in self._parts])
            except UnicodeError:
                continue
        texts, label = self._encoders[-1]
        return label + b"".join([part(match, texts) for part in self._parts])

    def _label(self, texts: TextEncoder) -> bytes:
        """SpecificCharacterSet, of all elements the first."""
        if not texts.label:
            return b""
        return self._constant(CHARACTER_SET, "CS", texts.label)({}, texts)

    def _constant(self, tag: int, vr: str, value: str) -> Part:
        attribute = Attribute(tag, "", vr, Level.PATIENT)
        written = _part(attribute, is_implicit=self._is_implicit)
        element = written({tag: (value,)}, encoder(""))
        return lambda _match, _texts: element


def _part(attribute: Attribute, *, is_implicit: bool) -> Part:
    tag, padding = attribute.tag, b"\0" if attribute.vr == "UI" else b" "
    prefix = TAG.pack(tag >> 16, tag & 0xFFFF)
    if not is_implicit:
        prefix += attribute.vr.encode("ascii")
    size = 4 if is_implicit else 2
    empty = prefix + bytes(size)
    encode = _encoding(attribute)

    def part(match: Match, texts: TextEncoder) -> bytes:
        values = match.get(tag)
        if not values:
            return empty
        value = encode(values, texts)
        if len(value) % 2:
            value += padding
        if len(value) > MAX_SHORT:
            return empty
        return prefix + len(value).to_bytes(size, "little") + value

    return part


def _encoding(attribute: Attribute) -> Callable[[tuple[str, ...], TextEncoder], bytes]:
    if attribute.vr == "US":
        return lambda values, _texts: b"".join(int(v).to_bytes(2, "little") for v in values)
    if attribute.vr in TEXT_VRS:
        is_name = attribute.vr == "PN"
        return lambda values, texts: texts.encode("\\".join(values), is_name=is_name)
    return lambda values, _texts: "\\".join(values).encode("ascii", "replace")


def _sequence(attributes: Sequence[Attribute], *, is_implicit: bool) -> Part:
    """RequestAttributesSequence; the n-th value of each attribute belongs to its n-th item."""
    parts = [(each.tag, _part(each, is_implicit=is_implicit)) for each in attributes]
    prefix = TAG.pack(REQUEST_ATTRIBUTES >> 16, REQUEST_ATTRIBUTES & 0xFFFF)
    if not is_implicit:
        prefix += b"SQ\0\0"

    def sequence(match: Match, texts: TextEncoder) -> bytes:
        written = b""
        for place in range(len(match[parts[0][0]])):
            item = b"".join(
                part({tag: match[tag][place : place + 1]}, texts) for tag, part in parts
            )
            written += ITEM.pack(0xFFFE, 0xE000, len(item)) + item
        return prefix + len(written).to_bytes(4, "little") + written

    return sequence
