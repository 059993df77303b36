"""Qt's own texts: its catalogues, and ours for what they lack.

Qt's catalogues fall behind its sources; what is missing there in one of our languages is looked up
in `i18n/`, where Qt's source text is the key.
"""

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

from app.language import Language, current_language, mark, tr

MISSING = frozenset(
    {
        mark("&Look in:"),
        mark("Files of &type:"),
        mark("Page &Set:"),
        mark("Double Sided Printing"),
        mark("Long side binding"),
        mark("Short side binding"),
        mark("Computer"),
        mark("Drive"),
        mark("Folder"),
        mark("File"),
        mark("%1 File"),
        mark("Off"),
        mark("Pages"),
        mark("&No"),
        mark(
            "Specify pages or ranges separated by commas. Ranges are specified by two numbers"
            " separated by a hyphen. E.g: 3,5-7,9 prints pages 3, 5, 6, 7 and 9."
        ),
    }
)
"""Qt's source texts (6.9 to 6.12) without a translation into one of our languages."""


class MissingTexts(QTranslator):
    """Answers what Qt's catalogues lack; asked after them."""

    def isEmpty(self) -> bool:
        """There is something in it."""
        return False

    def translate(
        self,
        context: str,  # noqa: ARG002 - Qt's signature
        source: str,
        disambiguation: str | None = None,  # noqa: ARG002 - Qt's signature
        n: int = -1,  # noqa: ARG002 - Qt's signature
    ) -> str | None:
        """The text in our language, or None to let Qt ask on."""
        if source not in MISSING or current_language() is Language.EN:
            return None
        return tr(source)


class _Installed:
    missing: MissingTexts | None = None
    catalogue: QTranslator | None = None


def switch_qt(language: Language) -> None:
    """Let Qt speak `language` in the dialogs that are made from now on."""
    if _Installed.missing is None:
        # Asked last: the translator that was installed last is the first.
        _Installed.missing = MissingTexts()
        QCoreApplication.installTranslator(_Installed.missing)
    if _Installed.catalogue is not None:
        QCoreApplication.removeTranslator(_Installed.catalogue)
        _Installed.catalogue = None
    catalogue = QTranslator()
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if language is not Language.EN and catalogue.load(f"qtbase_{language.value}", folder):
        QCoreApplication.installTranslator(catalogue)
        _Installed.catalogue = catalogue
