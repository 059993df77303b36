"""The language in which a command speaks to the terminal."""

import os
from collections.abc import Mapping

from app.language import Language


def chosen_language() -> Language:
    """The language chosen in the program, else that of the system, else English."""
    try:
        from app.ui.context import DesktopSettings
    except ImportError:  # the doctor also speaks where Qt can't be loaded
        return language_of(os.environ)
    return DesktopSettings.open().language


def language_of(environment: Mapping[str, str]) -> Language:
    """The language that POSIX's variables ask for, when we have it, else English."""
    names = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    code = next((name for name in names if name), "")[:2]
    return Language(code) if code in list(Language) else Language.EN
