"""The language in which a command speaks to the terminal."""

import sys

import pytest

from app.commands.language import chosen_language, language_of
from app.language import Language


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "ru_RU.UTF-8"}, Language.RU),
        ({"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "de_DE"}, Language.DE),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, Language.EN),
        ({"LANG": "pt_BR"}, Language.EN),
        ({}, Language.EN),
    ],
)
def test_the_environment_names_a_language(variables, language):
    assert language_of(variables) is language


def test_where_qt_cannot_be_loaded_the_environment_decides(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "app.ui.context", None)
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert chosen_language() is Language.FR
