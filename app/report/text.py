"""Foreign text made inert: what a person or a DICOM object wrote can only ever be read."""

import unicodedata
from xml.sax.saxutils import escape

from app.report.fonts import characters

MISSING = "\N{REPLACEMENT CHARACTER}"
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Controls, invisible format characters (RTL override, zero widths), surrogates, private ones."""


_SPELT = str.maketrans(
    {
        "≥": ">=",
        "≤": "<=",
        "≠": "!=",
        "≈": "~",
        "∼": "~",
        "→": "->",
        "←": "<-",
        "⇒": "=>",
        "\N{MINUS SIGN}": "-",
        "\N{NON-BREAKING HYPHEN}": "-",
        "∅": "Ø",
        "⌀": "Ø",
        "∆": "Δ",
    }
)
"""Signs doctors write and the font lacks, by what stands for them: none may print as nothing."""


def plain(text: str) -> str:
    """`text` as composed, visible characters; line ends become `\\n`, every gap a space."""
    composed = unicodedata.normalize("NFC", text).translate(_SPELT)
    lines = composed.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_visible(line).rstrip() for line in lines).strip("\n")


def one_line(text: str) -> str:
    """`text` as one line of visible characters."""
    return " ".join(plain(text).split())


def markup(text: str) -> str:
    """`text` for a ReportLab paragraph: every character stands for itself, or is seen to lack."""
    known = characters()
    shown = "".join(one if one == "\n" or ord(one) in known else MISSING for one in plain(text))
    return escape(shown).replace("\n", "<br/>")


def _visible(line: str) -> str:
    kept = []
    for character in line:
        category = unicodedata.category(character)
        if category in {"Zs", "Zl", "Zp"} or character == "\t":
            kept.append("\N{NO-BREAK SPACE}" if character == "\N{NO-BREAK SPACE}" else " ")
        elif category not in _DROPPED:
            kept.append(character)
    return "".join(kept)
