"""Foreign text made inert: what a person or a DICOM object wrote can only ever be read."""

import unicodedata
from xml.sax.saxutils import escape

_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Controls, invisible format characters (RTL override, zero widths), surrogates, private ones."""


def plain(text: str) -> str:
    """`text` as composed, visible characters; line ends become `\\n`, every gap a space."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_visible(line).rstrip() for line in lines).strip("\n")


def one_line(text: str) -> str:
    """`text` as one line of visible characters."""
    return " ".join(plain(text).split())


def markup(text: str) -> str:
    """`text` for a ReportLab paragraph: every character stands for itself."""
    return escape(plain(text)).replace("\n", "<br/>")


def _visible(line: str) -> str:
    kept = []
    for character in line:
        category = unicodedata.category(character)
        if category in {"Zs", "Zl", "Zp"} or character == "\t":
            kept.append("\N{NO-BREAK SPACE}" if character == "\N{NO-BREAK SPACE}" else " ")
        elif category not in _DROPPED:
            kept.append(character)
    return "".join(kept)
