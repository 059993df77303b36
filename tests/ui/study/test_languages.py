"""Every text of the page follows the language while it is open."""

from PySide6.QtWidgets import QAbstractButton, QLabel, QMenu

from app.language import Language
from app.ui.language import switch_language
from app.ui.study.menus import fill_presets


def texts(page) -> set[str]:
    buttons = page.toolbar.findChildren(QAbstractButton)
    found = {text for button in buttons for text in (button.text(), button.accessibleName())}
    found |= {button.toolTip() for button in buttons}
    found |= {label.text() for label in page.grid.findChildren(QLabel) if label.isVisible()}
    found |= {page.rail.accessibleName(), page.grid.active.accessibleName()}
    return {text for text in found if text}


def test_every_text_is_translated_and_follows_a_switch(a_brain, pseudo):
    a_brain.desk.arrange(1, 2)
    english = texts(a_brain)
    assert not any("§" in text for text in english)
    switch_language(Language.RU)
    untranslated = {text for text in texts(a_brain) if not text.startswith("§")}
    assert untranslated == set()
    switch_language(Language.EN)
    assert texts(a_brain) == english


def test_the_presets_are_translated(open_study, series_folder, pseudo):
    page = open_study(series_folder / "phantom_sphere")
    switch_language(Language.RU)
    menu = QMenu()
    fill_presets(menu, page.desk)
    shown = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert all("§" in text for text in shown)
    assert any("Lung" in text for text in shown)
