"""The embedded fonts of the PDF: Noto Sans, registered once for the process."""

from functools import cache
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONTS = Path(__file__).resolve().parents[2] / "resources" / "fonts"
REGULAR = "NotoSans"
BOLD = "NotoSans-Bold"


@cache
def register_fonts() -> None:
    """Make both faces known to ReportLab, so that `<b>` finds the bold one."""
    for name, file in ((REGULAR, "NotoSans-Regular.ttf"), (BOLD, "NotoSans-Bold.ttf")):
        pdfmetrics.registerFont(TTFont(name, FONTS / file))
    pdfmetrics.registerFontFamily(
        REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD
    )


@cache
def characters() -> frozenset[int]:
    """The code points that both faces have a glyph for."""
    register_fonts()
    fonts: list[Any] = [pdfmetrics.getFont(name) for name in (REGULAR, BOLD)]
    regular, bold = (frozenset(font.face.charToGlyph) for font in fonts)
    return regular & bold
