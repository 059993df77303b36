"""The look of the printed report: one place for its measures, colours and type."""

from dataclasses import dataclass
from functools import cache

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm

from app.report.fonts import BOLD, REGULAR, register_fonts

PAGE = A4
MARGIN_X = 20 * mm
MARGIN_TOP = 17 * mm
MARGIN_BOTTOM = 22 * mm
WIDTH = PAGE[0] - 2 * MARGIN_X

INK: Color = HexColor("#1a1f24")
QUIET: Color = HexColor("#66707a")
ACCENT: Color = HexColor("#0e6b7c")
RULE: Color = HexColor("#d4d9dd")
TINT: Color = HexColor("#f3f6f7")
WARNING: Color = HexColor("#9a4b00")


@dataclass(frozen=True, slots=True)
class Styles:
    """The paragraph styles by what they are for."""

    clinic: ParagraphStyle
    contact: ParagraphStyle
    title: ParagraphStyle
    state: ParagraphStyle
    draft: ParagraphStyle
    label: ParagraphStyle
    value: ParagraphStyle
    name: ParagraphStyle
    heading: ParagraphStyle
    body: ParagraphStyle
    impression: ParagraphStyle
    cell: ParagraphStyle
    number: ParagraphStyle
    caption: ParagraphStyle
    signer: ParagraphStyle


def _style(name: str, size: float, leading: float, **more: object) -> ParagraphStyle:
    settings: dict[str, object] = {
        "fontName": REGULAR,
        "bulletFontName": REGULAR,
        "fontSize": size,
        "leading": leading,
        "textColor": INK,
        "splitLongWords": 1,
        "allowWidows": 0,
        "allowOrphans": 0,
    }
    return ParagraphStyle(name, **{**settings, **more})


@cache
def styles() -> Styles:
    """The styles, with the fonts registered."""
    register_fonts()
    return Styles(
        clinic=_style("clinic", 12, 15, fontName=BOLD, textColor=ACCENT),
        contact=_style("contact", 8, 11, textColor=QUIET, alignment=2),
        title=_style("title", 19, 24, fontName=BOLD),
        state=_style("state", 9, 12, textColor=QUIET),
        draft=_style("draft", 9, 12, fontName=BOLD, textColor=WARNING),
        label=_style("label", 7.5, 10, textColor=QUIET),
        value=_style("value", 9.5, 12.5),
        name=_style("name", 9.5, 12.5, fontName=BOLD),
        heading=_style("heading", 10.5, 14, fontName=BOLD, textColor=ACCENT, spaceAfter=1.2 * mm),
        body=_style("body", 10, 14.5),
        impression=_style("impression", 10, 14.5, fontName=BOLD),
        cell=_style("cell", 9, 12),
        number=_style("number", 9, 12, fontName=BOLD, alignment=2),
        caption=_style("caption", 8, 10.5, textColor=QUIET),
        signer=_style("signer", 10, 14, fontName=BOLD),
    )
