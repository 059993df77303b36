"""The menu bar: what the pages on screen can do, in the order of the action table."""

from collections.abc import Iterable

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from app.language import LANGUAGE_NAMES, Language, current_language, tr
from app.ui.actions import ACTIONS, MENU_TITLES, Menu, TableAction
from app.ui.context import DesktopSettings
from app.ui.language import Translated, switch_language


class Menus(Translated, QMenuBar):
    """Built again for other pages with `show_actions_of`; texts follow the language."""

    def __init__(self, settings: DesktopSettings) -> None:
        super().__init__()
        self._settings = settings
        self.setNativeMenuBar(False)
        self.menus: dict[Menu, QMenu] = {}
        for menu in MENU_TITLES:
            self.menus[menu] = self.addMenu("")
        self._widgets: tuple[QWidget, ...] = ()
        self.menus[Menu.VOLUME].aboutToShow.connect(self._refill)
        self._fill_languages()
        self.retranslate()

    def show_actions_of(self, widgets: Iterable[QWidget]) -> None:
        """Fill the menus with the actions that `widgets` and what is in them have made."""
        self._widgets = tuple(widgets)
        self._refill()

    def _refill(self) -> None:
        """MPR and 3D come and go within a page, and their actions with them."""
        found: dict[str, TableAction] = {}
        for widget in self._widgets:
            for action in widget.findChildren(TableAction):
                found.setdefault(action.row.id, action)
        for menu, shown in self.menus.items():
            if menu is Menu.LANGUAGE:
                continue
            shown.clear()
            self._fill(shown, [found[row.id] for row in self._rows(menu) if row.id in found])
            shown.menuAction().setVisible(not shown.isEmpty())

    def retranslate(self) -> None:
        """Build the titles in the current language."""
        for menu, shown in self.menus.items():
            shown.setTitle(tr(MENU_TITLES[menu]))
        for language, action in self._languages.items():
            action.setChecked(language is current_language())

    @staticmethod
    def _rows(menu: Menu) -> list:
        return [row for row in ACTIONS.values() if row.menu is menu]

    @staticmethod
    def _fill(menu: QMenu, actions: list[TableAction]) -> None:
        section = actions[0].row.section if actions else ""
        for action in actions:
            if action.row.section != section:
                menu.addSeparator()
                section = action.row.section
            menu.addAction(action)

    def _fill_languages(self) -> None:
        group = QActionGroup(self)
        self._languages = {}
        for language, name in LANGUAGE_NAMES.items():
            action = self.menus[Menu.LANGUAGE].addAction(name)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked, chosen=language: self._choose(chosen))
            group.addAction(action)
            self._languages[language] = action

    def _choose(self, language: Language) -> None:
        self._settings.language = language
        switch_language(language)
