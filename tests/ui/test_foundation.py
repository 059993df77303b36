"""The shell's foundation: icons, theme, actions, texts, the language switch."""

import re

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QFontInfo, QKeySequence
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.domain import errors
from app.domain.access import Role
from app.domain.ingest import RefusalReason, RefusedObjectError
from app.domain.report import ReportState
from app.language import Language, tr
from app.ui import texts
from app.ui.actions import ACTIONS, MENU_TITLES, Menu, make_action
from app.ui.icons import icon, pixmap
from app.ui.language import switch_language
from app.ui.theme.drawings import FOLDER
from app.ui.widgets.messages import MessageBar


def every_error() -> list[type[errors.Error]]:
    found, waiting = [], [errors.Error]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return [kind for kind in found if kind.__module__.startswith("app.domain")]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_of_the_domain_has_its_own_text(kind):
    assert kind in texts.ERRORS


def test_every_table_of_words_is_complete():
    assert set(texts.REFUSALS) == set(RefusalReason)
    assert set(texts.ROLES) == set(Role)
    assert set(texts.REPORT_STATES) == {None, *ReportState}
    assert set(MENU_TITLES) == set(Menu) - {Menu.NONE}


def test_a_refusal_says_its_reason():
    text = texts.error_text(RefusedObjectError(RefusalReason.TRUNCATED))
    assert "cut off" in text


def test_an_error_text_never_shows_the_detail():
    assert "10.1.2" not in texts.error_text(errors.NotFoundError("study 10.1.2"))
    assert "boom" not in texts.error_text(RuntimeError("boom"))


def test_every_icon_of_the_action_table_is_drawn():
    names = {row.icon for row in ACTIONS.values() if row.icon}
    assert {name for name in names if not (FOLDER / f"{name}.svg").exists()} == set()


def test_no_colour_stands_in_an_icon():
    for file in FOLDER.glob("*.svg"):
        assert not re.search(r"#[0-9a-fA-F]{3}", file.read_text()), file.name


def test_an_icon_is_sharp_at_200_percent(qapp):
    assert pixmap("search", 18, ratio=2.0).width() == 36
    assert icon("search").pixmap(18, 18).width() >= 18


def test_no_two_actions_of_one_place_share_a_key():
    seen: dict[tuple[str, str], str] = {}
    for row in ACTIONS.values():
        own = "volume" if row.id.startswith("volume.") else "images"
        for key in row.keys:
            sequence = QKeySequence(key)
            assert not sequence.isEmpty(), row.id
            for place in (own,) if row.page else ("volume", "images"):
                used = (place, sequence.toString())
                assert used not in seen, (row.id, seen.get(used))
                seen[used] = row.id


def test_the_theme_uses_the_shipped_font(qapp):
    assert QFontInfo(qapp.font()).family() == "Noto Sans"


def test_an_action_of_a_child_follows_the_language(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    page = QWidget()
    QVBoxLayout(window).addWidget(page)
    action = make_action("file.quit", page, lambda: None)
    action.row = ACTIONS["file.quit"]
    seen = []
    action.changed.connect(lambda: seen.append(action.text()))
    action.setText("stale")
    switch_language(Language.RU)
    assert action.text() == tr("Quit")
    assert seen


def test_every_child_widget_hears_of_a_switch_of_language(qtbot):
    class Words(QLabel):
        heard = 0

        def changeEvent(self, event):
            if event.type() == QEvent.Type.LanguageChange:
                self.heard += 1
            super().changeEvent(event)

    window = QWidget()
    qtbot.addWidget(window)
    inner = QWidget()
    QVBoxLayout(window).addWidget(inner)
    words = Words()
    QVBoxLayout(inner).addWidget(words)
    switch_language(Language.DE)
    assert words.heard
    switch_language(Language.EN)


def test_a_message_bar_shows_a_text_and_does_its_action(qtbot):
    bar = MessageBar()
    qtbot.addWidget(bar)
    done = []
    bar.show_message("error", lambda: "It broke.", lambda: "Mend", lambda: done.append(1))
    assert bar.isVisible()
    assert bar.text() == "It broke."
    bar.findChildren(type(bar._button))[0].click()
    assert done == [1]
    assert not bar.isVisible()
