"""Text by its declared character set (PS3.3 C.12.1.1.2, PS3.5 6.1), code extensions included.

Undeclared or plainly mislabelled text is guessed: UTF-8 when it is valid UTF-8, windows-1251 when
it reads like Cyrillic, else Latin-1. A declared set that fits its bytes always wins.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

ESCAPE = 0x1B
PN_DELIMITERS = frozenset(b"^=\\")
TEXT_DELIMITERS = frozenset(b"\\\r\n\f\t")

SINGLE: dict[str, str] = {
    "": "ascii",
    "ISO_IR 6": "ascii",
    "ISO_IR 13": "shift_jis",
    "ISO_IR 58": "gb2312",
    "ISO_IR 87": "iso2022_jp",
    "ISO_IR 100": "latin_1",
    "ISO_IR 101": "iso8859_2",
    "ISO_IR 109": "iso8859_3",
    "ISO_IR 110": "iso8859_4",
    "ISO_IR 126": "iso8859_7",
    "ISO_IR 127": "iso8859_6",
    "ISO_IR 138": "iso8859_8",
    "ISO_IR 144": "iso8859_5",
    "ISO_IR 148": "iso8859_9",
    "ISO_IR 149": "euc_kr",
    "ISO_IR 159": "iso2022_jp_2",
    "ISO_IR 166": "tis_620",
    "ISO_IR 192": "utf_8",
    "ISO_IR 203": "iso8859_15",
    "GB18030": "gb18030",
    "GBK": "gbk",
}

LOCAL: dict[str, str] = {
    "WINDOWS-1250": "cp1250",
    "WINDOWS-1251": "cp1251",
    "WINDOWS-1252": "cp1252",
    "KOI8-R": "koi8_r",
    "IBM866": "cp866",
}
"""What old stations write without a label or under their own, by its IANA name: only ever read."""
CODECS = SINGLE | LOCAL


def _shifted(codec: str, prefix: bytes = b"") -> Callable[[bytes], str]:
    """A decoder of 7-bit double-byte text: its pairs are those of an 8-bit EUC codec."""

    def decode(run: bytes) -> str:
        raised = bytes(byte | 0x80 for byte in run)
        pairs = [prefix + raised[i : i + 2] for i in range(0, len(raised), 2)]
        return b"".join(pairs).decode(codec, "replace")

    return decode


def _plain(codec: str) -> Callable[[bytes], str]:
    return lambda run: run.decode(codec, "replace")


_G0: dict[bytes, tuple[Callable[[bytes], str], bool]] = {  # decoder, is double-byte
    b"(B": (_plain("ascii"), False),
    b"(J": (_plain("shift_jis"), False),
    b"$B": (_shifted("euc_jp"), True),
    b"$@": (_shifted("euc_jp"), True),
    b"$(D": (_shifted("euc_jp", b"\x8f"), True),
}
_G1: dict[bytes, Callable[[bytes], str]] = {
    b")I": _plain("shift_jis"),
    b"$)C": _plain("euc_kr"),
    b"$)A": _plain("gb2312"),
    b"-A": _plain("latin_1"),
    b"-B": _plain("iso8859_2"),
    b"-C": _plain("iso8859_3"),
    b"-D": _plain("iso8859_4"),
    b"-F": _plain("iso8859_7"),
    b"-G": _plain("iso8859_6"),
    b"-H": _plain("iso8859_8"),
    b"-L": _plain("iso8859_5"),
    b"-M": _plain("iso8859_9"),
    b"-T": _plain("tis_620"),
    b"-b": _plain("iso8859_15"),
}
_DESIGNATIONS = sorted([*_G0, *_G1], key=len, reverse=True)
_MISLABELS = frozenset({"ISO_IR 100", "ISO_IR 144"})  # what old Russian stations declare for CP1251
_FIRST_G1 = {
    "ISO_IR 13": b")I",
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
    "ISO_IR 149": b"$)C",
    "ISO_IR 58": b"$)A",
}


@lru_cache(maxsize=256)
def declared(value: bytes) -> tuple[str, ...]:
    """The terms of SpecificCharacterSet, mended where writers often misspell them.

    `ISO 2022 IR 100` and `ISO-IR 100` become `ISO_IR 100`; a term nobody knows becomes `?`.
    """
    terms = [term.strip() for term in value.decode("latin_1").strip(" \0").upper().split("\\")]
    return tuple(_term(term) for term in terms) if any(terms) else ()


def _term(term: str) -> str:
    if term in CODECS:
        return term
    match = re.fullmatch(r"ISO[ _-]?(?:2022)?[ _-]?IR[ _-]?(\d+)", term)
    if match and f"ISO_IR {match[1]}" in SINGLE:
        return f"ISO_IR {match[1]}"
    return "ISO_IR 192" if term in {"UTF-8", "UTF8", "UTF_8"} else "?"


def decode(value: bytes, terms: Sequence[str], *, is_name: bool = False) -> str:
    """The text of an element's `value` under the declared `terms`, padding removed.

    Bytes that don't fit become U+FFFD, or what the guess says where nothing (known) is declared.
    """
    value = value.rstrip(b" \0")
    if value.isascii() and ESCAPE not in value:
        return value.decode("ascii")
    if ESCAPE in value:
        return _with_escapes(value, terms, PN_DELIMITERS if is_name else TEXT_DELIMITERS)
    first = _first_with_high_bytes(terms)
    if first in {"", "ISO_IR 6", "?"}:
        return _guess(value)
    if first in _MISLABELS and _is_mislabelled_cp1251(value, SINGLE[first]):
        return value.decode("cp1251", "replace")
    return _strict_or_guess(value, CODECS[first])


def decode_as(value: bytes, term: str, *, is_name: bool = False) -> str:
    """The text of `value` in the one set `term` of CODECS, nothing guessed."""
    value = value.rstrip(b" \0")
    if ESCAPE in value:
        return _with_escapes(value, (term,), PN_DELIMITERS if is_name else TEXT_DELIMITERS)
    return value.decode(CODECS[term], "replace")


def _first_with_high_bytes(terms: Sequence[str]) -> str:
    if not terms:
        return ""
    if terms[0] in {"", "ISO_IR 6"}:
        return next((term for term in terms[1:] if term in _FIRST_G1), "")
    return terms[0]


def _strict_or_guess(value: bytes, codec: str) -> str:
    try:
        return value.decode(codec)
    except UnicodeDecodeError:
        if codec == "utf_8" and _reads_as_cp1251(value):
            return value.decode("cp1251", "replace")
        return value.decode(codec, "replace")


def _guess(value: bytes) -> str:
    """A guess, where no character set is declared."""
    try:
        return value.decode("utf_8")
    except UnicodeDecodeError:
        codec = "cp1251" if _reads_as_cp1251(value) else "latin_1"
        return value.decode(codec, "replace")


def _reads_as_cp1251(value: bytes) -> bool:
    """Whether most letters are high bytes in runs, which Latin-1 languages never have."""
    high = sum(byte >= 0xC0 or byte in b"\xa8\xb8" for byte in value)
    letters = high + sum(65 <= byte | 0x20 <= 122 for byte in value if byte < 0x80)
    return high * 4 >= letters * 3 and re.search(rb"[\xc0-\xff\xa8\xb8]{3}", value) is not None


def _is_mislabelled_cp1251(value: bytes, codec: str) -> bool:
    """Whether `value` can't be words in its declared `codec`, but reads as Cyrillic ones."""
    if codec == "latin_1":
        return _reads_as_cp1251(value)
    text = value.decode(codec, "replace")
    return not _is_wordlike(text) and _is_wordlike(value.decode("cp1251", "replace"))


def _is_wordlike(text: str) -> bool:
    words = [word for word in re.split(r"[\s^=\\.,'()\d-]+", text) if word]
    return all(
        word.isalpha() and word in (word.upper(), word.lower(), word.capitalize()) for word in words
    )


def _with_escapes(value: bytes, terms: Sequence[str], delimiters: frozenset[int]) -> str:
    """ISO 2022: escapes choose G0 and G1; a delimiter returns to the first declared set."""
    first_g0 = b"(J" if terms and terms[0] == "ISO_IR 13" else b"(B"
    first_g1 = _FIRST_G1.get(terms[0] if terms else "", b"")
    g0, g1, position, text = first_g0, first_g1, 0, []
    while position < len(value):
        if value[position] == ESCAPE:
            g0, g1, position = _designate(value, position + 1, g0, g1)
            continue
        end = _run_end(value, position, double=_G0[g0][1], delimiters=delimiters)
        run = value[position:end]
        if run[0] in delimiters and (not _G0[g0][1] or len(run) == 1):
            text.append(chr(run[0]))
            if not _G0[g0][1]:  # in a double-byte set the writer forgot to escape back: go on in it
                g0, g1 = first_g0, first_g1
        elif run[0] < 0x21:
            text.append(run.decode("ascii"))
        elif run[0] < 0x80:
            text.append(_G0[g0][0](run))
        else:
            text.append(_G1[g1](run) if g1 else _guess(run))
        position = end
    return "".join(text)


def _designate(value: bytes, at: int, g0: bytes, g1: bytes) -> tuple[bytes, bytes, int]:
    for sequence in _DESIGNATIONS:
        if value.startswith(sequence, at):
            if sequence in _G0:
                return sequence, g1, at + len(sequence)
            return g0, sequence, at + len(sequence)
    return g0, g1, at


def _run_end(value: bytes, start: int, *, double: bool, delimiters: frozenset[int]) -> int:
    """The end of the run of bytes from `start` that one set decodes; delimiters stand alone.

    In a double-byte set a delimiter's byte can be half a character. A writer that forgets to
    escape back before `^` is recognised by the odd byte left before the next escape or end.
    """
    byte = value[start]
    if byte < 0x21:
        return start + 1
    if byte >= 0x80:
        end = start + 1
        while end < len(value) and value[end] >= 0x80:
            end += 1
        return end
    if double:
        return _double_run_end(value, start, delimiters)
    if byte in delimiters:
        return start + 1
    end = start + 1
    while end < len(value) and 0x21 <= value[end] < 0x80 and value[end] not in delimiters:
        end += 1
    return end


def _double_run_end(value: bytes, start: int, delimiters: frozenset[int]) -> int:
    end = start
    while end < len(value) and 0x21 <= value[end] < 0x7F:
        end += 1
    if (end - start) % 2 == 0:
        return end
    for at in range(start, end):
        if value[at] in delimiters and (at - start) % 2 == 0:
            return at if at > start else start + 1
    return end
