"""How much a decoded text looks like words: tells which character set it was written in.

A wrong set turns letters into rare ones, into signs that are no letters, or into words whose
capitals stand in the middle. Known languages are told apart by how common their letters are.
"""

import re
from collections.abc import Iterable

CHARACTER_SETS = (
    "WINDOWS-1251",
    "ISO_IR 192",
    "ISO_IR 144",
    "KOI8-R",
    "IBM866",
    "ISO_IR 100",
    "ISO_IR 101",
    "WINDOWS-1250",
    "ISO_IR 109",
    "ISO_IR 110",
    "ISO_IR 126",
    "ISO_IR 127",
    "ISO_IR 138",
    "ISO_IR 148",
    "ISO_IR 166",
    "ISO_IR 203",
    "GB18030",
    "ISO_IR 13",
    "ISO_IR 149",
)
"""Those in which texts may have been written, by their terms in `app.dicom.charset`. Of two as
plausible ones the first is meant."""

_BY_FREQUENCY = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_LETTERS = {letter: 1 - 0.02 * place for place, letter in enumerate(_BY_FREQUENCY)}
_LETTERS |= dict.fromkeys("іїєґўәғқңөұүһ", 0.5)  # of Russia's neighbours
_LETTERS |= dict.fromkeys("éèêëàâäöüßñçåøæíóáúôîïùûœ", 0.8)
_LETTERS |= dict.fromkeys("ąćęłńśźżčšžěřůďťňőűőăşţțșığ", 0.7)
_LETTERS |= dict.fromkeys("αοιετσνηυρπκμλςάίόέήύώδθγ", 0.8)
_HANGUL = frozenset(
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민진나지엄원천방공현함변염여추도소석선설마길연"
    "위표명기반라왕금옥육인맹제모탁국어은편용영수준훈호희경미숙순자철상재동일광대중식종태규승병창웅혁빈아림란혜예"
)
_SCRIPTS = (
    ("latin", re.compile(r"[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]"), 0.3),
    ("greek", re.compile(r"[\u0370-\u03ff]"), 0.4),
    ("cyrillic", re.compile(r"[\u0400-\u052f]"), 0.15),
    ("hebrew", re.compile(r"[\u05d0-\u05ea]"), 0.7),
    ("arabic", re.compile(r"[\u0621-\u064a]"), 0.7),
    ("thai", re.compile(r"[\u0e01-\u0e4e]"), 0.65),
    ("halfwidth", re.compile(r"[\uff61-\uff9f]"), 0.45),
    ("kana", re.compile(r"[\u3040-\u30ff]"), 0.75),
    ("hangul", re.compile(r"[\uac00-\ud7a3]"), 0.25),
    ("han", re.compile(r"[\u3400-\u9fff]"), 0.2),
)
"""Each with what a letter is worth that is not known to be common."""
_COMMON_HAN, _COMMON_HANGUL = 0.75, 0.85
_IS_MIXED, _IS_MISSHAPEN, _IS_LOWER = 0.3, 0.4, 0.8
"""What a word is worth whose letters are of several scripts, are capitals inside, are all small."""


def plausibility(texts: Iterable[str]) -> float:
    """From 0 for what can't be text to 1; 1 for ASCII, which says nothing."""
    words = [word for text in texts for word in re.split(r"[\s^=\\.,'()\d-]+", text) if word]
    weighed = [(_worth(word), len(word)) for word in words if not word.isascii()]
    total = sum(length for _, length in weighed)
    return sum(worth * length for worth, length in weighed) / total if total else 1.0


def _worth(word: str) -> float:
    if "\ufffd" in word:
        return 0.0
    strange = [character for character in word if not character.isascii()]
    worth = sum(map(_commonness, strange)) / len(strange)
    scripts = {_script(character) for character in word}
    if scripts == {"latin"} and len(strange) * 2 > len(word):
        return worth * _IS_MIXED  # no language writes mostly accented letters
    if len(scripts - {"kana", "han"}) > (0 if scripts & {"kana", "han"} else 1):
        return worth * _IS_MIXED
    if word not in (word.upper(), word.lower(), word.capitalize()):
        return worth * _IS_MISSHAPEN
    return worth * _IS_LOWER if word == word.lower() != word.upper() else worth


def _script(character: str) -> str:
    return next((name for name, letters, _ in _SCRIPTS if letters.match(character)), "")


def _commonness(character: str) -> float:
    small = character.lower()
    if small in _LETTERS:
        return _LETTERS[small]
    if character in _HANGUL:
        return _COMMON_HANGUL
    for name, letters, worth in _SCRIPTS:
        if letters.match(character):
            return _COMMON_HAN if name == "han" and _is_common_han(character) else worth
    return 0.0


def _is_common_han(character: str) -> bool:
    """Whether it is of the first level of GB 2312 or of JIS X 0208."""
    for codec, last in (("gb2312", 0xD7), ("euc_jp", 0xCF)):
        encoded = character.encode(codec, "ignore")
        if len(encoded) == 2 and encoded[0] <= last:
            return True
    return False
