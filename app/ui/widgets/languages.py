"""The choice of language, shown in each language's own words."""

from PySide6.QtWidgets import QComboBox

from app.language import LANGUAGE_NAMES, Language, current_language, tr
from app.ui.context import DesktopSettings
from app.ui.language import Translated, switch_language
from app.ui.widgets.labels import name_control


class LanguageChoice(Translated, QComboBox):
    """Switches the whole program at once, and remembers it."""

    def __init__(self, settings: DesktopSettings) -> None:
        super().__init__()
        self._settings = settings
        for language, name in LANGUAGE_NAMES.items():
            self.addItem(name, language)
        self.setMinimumWidth(130)
        self.retranslate()
        self.activated.connect(self._chosen)

    def retranslate(self) -> None:
        """Show the current language, also when it was switched elsewhere."""
        self.setCurrentIndex(self.findData(current_language()))
        name_control(self, tr("Language"))

    def _chosen(self, row: int) -> None:
        language = Language(self.itemData(row))
        self._settings.language = language
        switch_language(language)
