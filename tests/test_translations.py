"""Every text exists in every language, with the same fields."""

import ast
import gettext
import string
from io import BytesIO
from runpy import run_path

import pytest
from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.language import CATALOGUES, Language, set_language, tr
from tests.conftest import REPOSITORY

TRANSLATED = [language for language in Language if language is not Language.EN]


@pytest.fixture(scope="session")
def texts() -> Catalog:
    """All texts of the program, read from its source."""
    script = REPOSITORY / "installer" / "translations"
    return run_path(str(script))["extract"]()


def read_catalogue(language: Language) -> Catalog:
    with (CATALOGUES / language / "LC_MESSAGES" / "klinika.po").open("rb") as stream:
        return read_po(stream, locale=language.value)


def texts_of(compiled: bytes) -> dict[object, str]:
    texts = dict(gettext.GNUTranslations(BytesIO(compiled))._catalog)
    del texts[""]  # the header, which has dates
    return texts


def strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def fields(text: str) -> set[str]:
    return {name.split(".")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_text_lacks_a_translation(language: Language, texts: Catalog):
    catalogue = read_catalogue(language)
    lacking = []
    for message in texts:
        if not message.id:
            continue
        translated = catalogue.get(ids(message)[0])
        if translated is None or translated.fuzzy or not all(strings(translated)):
            lacking.append(message.id)
    assert lacking == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_translation_has_the_fields_of_its_source(language: Language):
    wrong = [
        (message.id, text)
        for message in read_catalogue(language)
        if message.id
        for text in strings(message)
        # Some languages leave the number out of the form for one.
        if not fields(text) <= fields(ids(message)[-1])
        or (isinstance(message.id, str) and fields(text) != fields(message.id))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_the_one_people_edit(language: Language):
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(language))
    shipped = (CATALOGUES / language / "LC_MESSAGES" / "klinika.mo").read_bytes()
    assert texts_of(shipped) == texts_of(compiled.getvalue())


def test_no_text_hides_in_a_formatted_string_where_it_is_not_extracted():
    hidden = [
        f"{path.relative_to(REPOSITORY)}:{call.lineno}"
        for path in (REPOSITORY / "app").rglob("*.py")
        for formatted in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(formatted, ast.JoinedStr)
        for call in ast.walk(formatted)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in {"tr", "ntr", "mark"}
        and isinstance(call.args[0], ast.Constant)
    ]
    assert hidden == []


def test_a_switch_of_language_shows_at_the_next_look_up():
    try:
        set_language(Language.RU)
        assert tr("server") == "сервер"
    finally:
        set_language(Language.EN)
    assert tr("server") == "server"
