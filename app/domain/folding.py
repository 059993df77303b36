"""Search text: one form for names however they are typed."""

import unicodedata


def fold(text: str) -> str:
    """Casefold `text` for searching: NFC, ё as е, PN separators and runs of white space as one space."""
    folded = unicodedata.normalize("NFC", text).casefold().replace("ё", "е")
    return " ".join(folded.replace("^", " ").replace("=", " ").split())
