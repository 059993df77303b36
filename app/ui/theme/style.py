"""Makes the application look as `tokens` say: fonts, palette and style sheet."""

import atexit
import shutil
import tempfile
from pathlib import Path

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from app.ui.theme import tokens
from app.ui.theme.drawings import svg
from app.ui.theme.sheet import sheet

FONTS = Path(__file__).resolve().parent.parent.parent.parent / "resources" / "fonts"
_FONT_FILES = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf")
_SHEET_ICONS = {
    "arrow-down": ("chevron-down", tokens.TEXT_DIM),
    "arrow-up": ("chevron-up", tokens.TEXT_DIM),
    "arrow-right": ("chevron-right", tokens.TEXT_DIM),
    "check": ("check", tokens.ON_ACCENT),
    "menu-check": ("check", tokens.ACCENT),
}


def apply_theme(application: QApplication) -> None:
    """Give the whole application our fonts and colours."""
    for name in _FONT_FILES:
        QFontDatabase.addApplicationFont(str(FONTS / name))
    font = QFont(tokens.FONT_FAMILY)
    font.setPixelSize(tokens.FONT)
    application.setStyle("Fusion")
    application.setFont(font)
    application.setPalette(_palette())
    application.setStyleSheet(sheet(_sheet_icons()))


def _palette() -> QPalette:
    roles = QPalette.ColorRole
    colours = {
        roles.Window: tokens.WINDOW,
        roles.Base: tokens.PANEL,
        roles.AlternateBase: tokens.RAISED,
        roles.Button: tokens.RAISED,
        roles.ToolTipBase: tokens.RAISED,
        roles.WindowText: tokens.TEXT,
        roles.Text: tokens.TEXT,
        roles.ButtonText: tokens.TEXT,
        roles.ToolTipText: tokens.TEXT,
        roles.BrightText: tokens.TEXT,
        roles.PlaceholderText: tokens.TEXT_FAINT,
        roles.Highlight: tokens.ACCENT,
        roles.HighlightedText: tokens.ON_ACCENT,
        roles.Accent: tokens.ACCENT,
        roles.Link: tokens.ACCENT,
        roles.LinkVisited: tokens.ACCENT,
        roles.Light: tokens.HOVER,
        roles.Midlight: tokens.RAISED,
        roles.Mid: tokens.LINE,
        roles.Dark: tokens.WINDOW,
        roles.Shadow: tokens.IMAGE,
    }
    palette = QPalette()
    for role, colour in colours.items():
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.TEXT_DISABLED))
    return palette


def _sheet_icons() -> dict[str, str]:
    """Style sheets only take files: the few they need, tinted, in a folder of this process."""
    folder = Path(tempfile.mkdtemp(prefix="klinika-style-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    paths = {}
    for use, (name, colour) in _SHEET_ICONS.items():
        file = folder / f"{use}.svg"
        file.write_bytes(svg(name, colour))
        paths[use] = file.as_posix()
    return paths
