"""What every page carries: running head, foot and number, and the file's own date."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from app.language import Language, tr
from app.report.fonts import BOLD, REGULAR
from app.report.style import ACCENT, MARGIN_X, PAGE, QUIET, RULE, WARNING


@dataclass(frozen=True, slots=True)
class Running:
    """The texts around the content; `head` is written from the second page on."""

    head: str
    foot: str
    draft: str
    language: Language
    made_at: datetime


def canvas_maker(running: Running) -> Callable[..., Canvas]:
    """A canvas class that numbers its pages `x of y` and dates the file by the report."""

    class NumberedCanvas(Canvas):
        def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - handed on
            super().__init__(*arguments, **{**named, "initialFontName": REGULAR})
            self._pages: list[dict[str, Any]] = []
            stamp = self._doc._timeStamp  # noqa: SLF001 - the only way to a date that is not "now"
            moment = running.made_at.astimezone(UTC)
            stamp.YMDhms = moment.timetuple()[:6]
            stamp.dhh = stamp.dmm = 0

        def showPage(self) -> None:  # noqa: N802 - ReportLab's name
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._pages, 1):
                self.__dict__.update(page)
                draw_running(self, running, number, len(self._pages))
                super().showPage()
            super().save()

    return NumberedCanvas


def draw_running(canvas: Canvas, running: Running, number: int, total: int) -> None:
    """Draw head and foot of page `number` of `total`."""
    left, right = MARGIN_X, PAGE[0] - MARGIN_X
    canvas.saveState()
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.5)
    canvas.line(left, 15 * mm, right, 15 * mm)
    canvas.setFillColor(QUIET)
    canvas.setFont(REGULAR, 7.5)
    page = tr("Page {page} of {pages}", running.language, page=number, pages=total)
    canvas.drawRightString(right, 10.5 * mm, page)
    room = right - left - stringWidth(page, REGULAR, 7.5) - 6 * mm
    canvas.drawString(left, 10.5 * mm, _shortened(running.foot, room))
    if running.draft:
        canvas.setFillColor(WARNING)
        canvas.setFont(BOLD, 7.5)
        canvas.drawCentredString(PAGE[0] / 2, 6 * mm, running.draft)
    if number > 1:
        canvas.setFillColor(QUIET)
        canvas.setFont(REGULAR, 7.5)
        canvas.drawString(left, PAGE[1] - 11.5 * mm, _shortened(running.head, right - left))
        canvas.setStrokeColor(ACCENT)
        canvas.line(left, PAGE[1] - 13.5 * mm, right, PAGE[1] - 13.5 * mm)
    canvas.restoreState()


def _shortened(text: str, room: float) -> str:
    """`text` cut to `room` points at 7.5 pt, with an ellipsis where it was cut."""
    if stringWidth(text, REGULAR, 7.5) <= room:
        return text
    while text and stringWidth(text + "…", REGULAR, 7.5) > room:
        text = text[:-1]
    return text.rstrip() + "…"
