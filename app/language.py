"""Texts in five languages from the gettext catalogues in `i18n/`.

`tr("text")` is looked up each time it is called, so that a language switch needs no restart; a text
that is shown must therefore be built when it is shown. Placeholders are `{named}`.
"""

import gettext
from enum import StrEnum
from functools import cache
from pathlib import Path

DOMAIN = "klinika"
CATALOGUES = Path(__file__).resolve().parent.parent / "i18n"


class Language(StrEnum):
    """The languages of the product; English is the source."""

    EN = "en"
    RU = "ru"
    ES = "es"
    FR = "fr"
    DE = "de"


LANGUAGE_NAMES = {
    Language.EN: "English",
    Language.RU: "Русский",
    Language.ES: "Español",
    Language.FR: "Français",
    Language.DE: "Deutsch",
}


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """The catalogue of one language; English has none and answers the text itself."""
    if language is Language.EN:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, CATALOGUES, languages=[language], fallback=True)


class _Current:
    language = Language.EN


def current_language() -> Language:
    """The language `tr` answers in."""
    return _Current.language


def set_language(language: Language) -> None:
    """Switch the language of this process."""
    _Current.language = language


def tr(text: str, language: Language | None = None, **fields: object) -> str:
    """`text` in the current (or given) language, its `{fields}` filled in."""
    translated = catalogue(language or _Current.language).gettext(text)
    return translated.format(**fields) if fields else translated


def ntr(one: str, many: str, n: int, language: Language | None = None, **fields: object) -> str:
    """The plural form of a text for `n`, which is also its `{n}`."""
    translated = catalogue(language or _Current.language).ngettext(one, many, n)
    return translated.format(n=n, **fields)


def mark(text: str) -> str:
    """Mark a text of a table for translation; `tr` it where it is shown."""
    return text
