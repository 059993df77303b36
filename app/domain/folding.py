"""Search text: one form for names however they are typed."""

import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase

_OTHER_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


def fold(text: str) -> str:
    """`text` for searching: NFC, casefolded, ё as е, PN separators and white space as one space."""
    folded = unicodedata.normalize("NFC", text).casefold().replace("ё", "е")
    return " ".join(folded.replace("^", " ").replace("=", " ").split())


def fits(patterns: Iterable[str], text: str) -> bool:
    """Whether one of `patterns`, with * and ?, is that of `text`, whatever the case."""
    folded = fold(text)
    # A bracket is itself here, not the beginning of a set of letters.
    return any(fnmatchcase(folded, fold(pattern).replace("[", "[[]")) for pattern in patterns)


def unaccented(folded: str) -> str:
    """Latin letters without their marks: few type them, and scanners drop them."""
    if folded.isascii():
        return folded
    kept, is_latin = [], False
    for character in unicodedata.normalize("NFD", folded):
        if unicodedata.combining(character) and is_latin:
            continue
        is_latin = "a" <= character <= "z"
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_OTHER_LETTERS)


def name_form(name: str) -> str:
    """A PN in the form in which names are matched: each word between `^`, each group after `=`.

    `Иванов^Пётр=Ivanov^Pyotr` becomes `=^иванов^петр^=^ivanov^pyotr^=`. Components and the words in
    them count alike, because many scanners write the whole name as its first component.
    """
    groups = name_groups(name)
    return "=" + "".join(f"{group}=" for group in groups) if any(groups) else ""


def name_groups(name: str) -> list[str]:
    """The component groups of a PN (PS3.5 6.2.1.1), folded; empty for one without a word."""
    words = ("^".join(unaccented(fold(group)).split()) for group in name.split("="))
    return [f"^{each}^" if each else "" for each in words]
