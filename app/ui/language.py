"""The live switch of language: our texts, and those of Qt's own dialogs."""

from PySide6.QtCore import QCoreApplication, QEvent, QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from app.language import Language, set_language


class _Installed:
    translator: QTranslator | None = None


def switch_language(language: Language) -> None:
    """Show every window in `language`; each widget's `changeEvent` gets a LanguageChange."""
    set_language(language)
    QLocale.setDefault(QLocale(language.value))
    _switch_qt(language)
    for window in QApplication.topLevelWidgets():
        QCoreApplication.sendEvent(window, QEvent(QEvent.Type.LanguageChange))


def _switch_qt(language: Language) -> None:
    if _Installed.translator is not None:
        QCoreApplication.removeTranslator(_Installed.translator)
        _Installed.translator = None
    translator = QTranslator()
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if language is not Language.EN and translator.load(f"qtbase_{language.value}", folder):
        QCoreApplication.installTranslator(translator)
        _Installed.translator = translator
