"""Text in a wanted character set (PS3.3 C.12.1.1.2, PS3.5 6.1), code extensions included.

The other way of `app.dicom.charset`: characters become bytes, with the ISO 2022 escape sequences
that a set needs, and back in the first set before each delimiter and at the end (PS3.5 6.1.2.5.3).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from app.dicom.charset import PN_DELIMITERS, SINGLE, TEXT_DELIMITERS, declared

UNICODE = "ISO_IR 192"
ASCII_G0, ROMAJI_G0 = b"(B", b"(J"
WITHOUT_EXTENSIONS = frozenset({UNICODE, "GB18030", "GBK"})

_Encode = Callable[[str], bytes]


def _single(codec: str, character: str) -> bytes:
    code = character.encode(codec, "ignore")
    return code if len(code) == 1 and code[0] >= 0xA0 else b""


def _double(codec: str, character: str) -> bytes:
    code = character.encode(codec, "ignore")
    return code if len(code) == 2 and min(code) >= 0xA1 else b""


def _kanji(character: str) -> bytes:
    return bytes(byte & 0x7F for byte in _double("euc_jp", character))


def _supplementary_kanji(character: str) -> bytes:
    code = character.encode("euc_jp", "ignore")
    return bytes(byte & 0x7F for byte in code[1:]) if len(code) == 3 else b""


@dataclass(frozen=True, slots=True)
class _Set:
    """One coded character set: how it is designated, and a character in it or nothing."""

    designation: bytes
    encode: _Encode
    is_g0: bool = False


_SETS: Mapping[str, _Set] = {
    "ISO_IR 13": _Set(b")I", partial(_single, "shift_jis")),
    "ISO_IR 87": _Set(b"$B", _kanji, is_g0=True),
    "ISO_IR 159": _Set(b"$(D", _supplementary_kanji, is_g0=True),
    "ISO_IR 149": _Set(b"$)C", partial(_double, "euc_kr")),
    "ISO_IR 58": _Set(b"$)A", partial(_double, "gb2312")),
    **{
        term: _Set(designation, partial(_single, SINGLE[term]))
        for term, designation in {
            "ISO_IR 100": b"-A",
            "ISO_IR 101": b"-B",
            "ISO_IR 109": b"-C",
            "ISO_IR 110": b"-D",
            "ISO_IR 126": b"-F",
            "ISO_IR 127": b"-G",
            "ISO_IR 138": b"-H",
            "ISO_IR 144": b"-L",
            "ISO_IR 148": b"-M",
            "ISO_IR 166": b"-T",
            "ISO_IR 203": b"-b",
        }.items()
    },
}
_NEED_ESCAPES = frozenset({"ISO_IR 87", "ISO_IR 159", "ISO_IR 149", "ISO_IR 58"})


class TextEncoder:
    """Writes text in one SpecificCharacterSet, whose value for the data set is `label`."""

    def __init__(self, label: str, encode: Callable[[str, frozenset[int]], bytes]) -> None:
        self.label = label
        self._encode = encode

    def encode(self, text: str, *, is_name: bool = False) -> bytes:
        """The bytes of a value, without padding. Raises UnicodeError for one that doesn't fit."""
        if text.isascii():
            return text.encode("ascii")
        return self._encode(text, PN_DELIMITERS if is_name else TEXT_DELIMITERS)


@lru_cache(maxsize=256)
def encoder(specific_character_set: str) -> TextEncoder:
    """The encoder for a value of SpecificCharacterSet; the Unicode one for terms DICOM lacks."""
    label = specific_character_set.strip(" \0").upper()
    terms = declared(label.encode("ascii", "replace"))
    if not terms:
        return TextEncoder("", lambda text, _delimiters: text.encode("ascii"))
    if terms[0] == UNICODE or not SINGLE.keys() >= set(terms):
        return TextEncoder(UNICODE, lambda text, _delimiters: text.encode("utf_8"))
    if terms[0] in WITHOUT_EXTENSIONS:
        codec = SINGLE[terms[0]]
        return TextEncoder(terms[0], lambda text, _delimiters: text.encode(codec))
    extended = _Extended(terms, may_escape=len(terms) > 1 or terms[0] in _NEED_ESCAPES)
    return TextEncoder(label, extended.encode)


class _Extended:
    """Text in the sets of `terms`, the first of which is active at the start of each component."""

    def __init__(self, terms: tuple[str, ...], *, may_escape: bool) -> None:
        self._first_g0 = ROMAJI_G0 if terms[0] == "ISO_IR 13" else ASCII_G0
        is_plain = terms[0] in _SETS and terms[0] not in _NEED_ESCAPES
        self._first_g1 = _SETS[terms[0]] if is_plain else None
        self._sets = tuple(_SETS[term] for term in terms if term in _SETS) if may_escape else ()

    def encode(self, text: str, delimiters: frozenset[int]) -> bytes:
        written = _Written(self._first_g0, self._first_g1)
        for character in text:
            code = ord(character)
            if code < 0x80:
                written.back_to_first(keep_g1=code >= 0x20 and code not in delimiters)
                written.add(character)
            elif not (
                written.add_in_g1(character) or written.add_designated(character, self._sets)
            ):
                raise UnicodeEncodeError("dicom", character, 0, 1, "not in the character sets")
        written.back_to_first(keep_g1=False)
        return bytes(written.data)


class _Written:
    """The bytes so far, and which sets are active behind them."""

    def __init__(self, first_g0: bytes, first_g1: _Set | None) -> None:
        self.data = bytearray()
        self._first_g0, self._first_g1 = first_g0, first_g1
        self._g0, self._g1 = first_g0, first_g1

    def add(self, character: str) -> None:
        self.data += character.encode("ascii")

    def add_in_g1(self, character: str) -> bool:
        """Write it in the right half as it is, if it is there."""
        code = self._g1.encode(character) if self._g1 else b""
        self.data += code
        return bool(code)

    def add_designated(self, character: str, sets: tuple[_Set, ...]) -> bool:
        """Write it in the first of `sets` that has it, designated when it is not active."""
        for each in sets:
            if not (code := each.encode(character)):
                continue
            active = self._g0 if each.is_g0 else self._g1 and self._g1.designation
            if active != each.designation:
                self._designate(each.designation)
            if each.is_g0:
                self._g0 = each.designation
            else:
                self._g1 = each
            self.data += code
            return True
        return False

    def back_to_first(self, *, keep_g1: bool) -> None:
        """Make the first set active again; its right half only where the standard asks for it."""
        if self._g0 != self._first_g0:
            self._designate(self._first_g0)
            self._g0 = self._first_g0
        if keep_g1 or self._g1 is self._first_g1:
            return
        if self._first_g1:
            self._designate(self._first_g1.designation)
        self._g1 = self._first_g1

    def _designate(self, designation: bytes) -> None:
        self.data += b"\x1b" + designation
