"""The menu bar shows what the pages on screen can do right now."""

from PySide6.QtWidgets import QWidget

from app.ui.actions import Menu, make_action
from app.ui.shell.menus import Menus


def shown(menus: Menus) -> list[str]:
    return [each.text() for each in menus.menus[Menu.VOLUME].actions() if each.text()]


def test_actions_of_a_volume_are_there_while_it_is(qtbot, desktop_settings):
    menus, page = Menus(desktop_settings), QWidget()
    qtbot.addWidget(menus)
    qtbot.addWidget(page)
    kept = [make_action("view.mpr", page, lambda _checked: None)]
    menus.show_actions_of([page])
    assert shown(menus) == ["MPR and 3D"]
    volume = QWidget(page)
    kept.append(make_action("volume.reset", volume, lambda _checked: None))
    menus.menus[Menu.VOLUME].aboutToShow.emit()
    assert shown(menus) == ["MPR and 3D", "Reset all views"]
    volume.setParent(None)
    menus.menus[Menu.VOLUME].aboutToShow.emit()
    assert shown(menus) == ["MPR and 3D"]
