"""The live switch of language: our texts, and those of Qt's own dialogs."""

from PySide6.QtCore import QCoreApplication, QEvent, QLocale
from PySide6.QtWidgets import QApplication

from app.language import Language, set_language
from app.ui.qt_language import switch_qt


def switch_language(language: Language) -> None:
    """Show every window in `language`; each widget's `changeEvent` gets a LanguageChange."""
    set_language(language)
    QLocale.setDefault(QLocale(language.value))
    switch_qt(language)
    for window in QApplication.topLevelWidgets():
        QCoreApplication.sendEvent(window, QEvent(QEvent.Type.LanguageChange))
