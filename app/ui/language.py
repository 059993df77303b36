"""The live switch of language: our texts, and those of Qt's own dialogs."""

from PySide6.QtCore import QCoreApplication, QEvent, QLocale
from PySide6.QtWidgets import QApplication

from app.language import Language, set_language
from app.ui.qt_language import switch_qt


class Translated:
    """Named before a widget's class of Qt: the widget's texts follow the language."""

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        raise NotImplementedError

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def switch_language(language: Language) -> None:
    """Show every window in `language`; each widget that is Translated builds its texts again."""
    set_language(language)
    QLocale.setDefault(QLocale(language.value))
    switch_qt(language)
    for window in QApplication.topLevelWidgets():
        QCoreApplication.sendEvent(window, QEvent(QEvent.Type.LanguageChange))
