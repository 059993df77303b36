"""Search text: one form for names however they are typed."""

import unicodedata


def fold(text: str) -> str:
    """`text` for searching: NFC, casefolded, ё as е, PN separators and white space as one space."""
    folded = unicodedata.normalize("NFC", text).casefold().replace("ё", "е")
    return " ".join(folded.replace("^", " ").replace("=", " ").split())
