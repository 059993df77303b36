"""How dates, numbers, ages and codes are written in each language."""

from datetime import date, datetime

from app.dicom.calibration import CROSS_SECTIONAL
from app.domain.report import Heading, MeasurementLine
from app.language import Language, mark, ntr, tr

HEADINGS = {
    Heading.INDICATION: mark("Indication"),
    Heading.TECHNIQUE: mark("Technique"),
    Heading.FINDINGS: mark("Findings"),
    Heading.IMPRESSION: mark("Impression"),
}
SEXES = {"M": mark("male"), "F": mark("female"), "O": mark("other")}
UNITS = {
    "mm": mark("mm"),
    "cm": mark("cm"),
    "mm²": mark("mm²"),
    "cm²": mark("cm²"),
    "HU": mark("HU"),
    "px": mark("px"),
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DOTTED = (Language.RU, Language.DE)


def date_text(day: date | None, language: Language) -> str:
    """`24 Nov 2026`, `24.11.2026` or `24/11/2026`; nothing for no date."""
    if day is None:
        return ""
    if language is Language.EN:
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year:04d}"
    mark_between = "." if language in _DOTTED else "/"
    return mark_between.join((f"{day.day:02d}", f"{day.month:02d}", f"{day.year:04d}"))


def moment_text(moment: datetime | None, language: Language) -> str:
    """Date, time and the offset from UTC of an aware `moment`: a signature is not ambiguous."""
    if moment is None:
        return ""
    zone = moment.strftime("%z")
    minutes = zone[3:5]
    offset = zone[:3] + (f":{minutes}" if minutes != "00" else "") if zone else ""
    shown = f" (UTC{offset})" if offset else ""
    return f"{date_text(moment.date(), language)} {moment:%H:%M}{shown}"


def number_text(value: float, language: Language, decimals: int = 1) -> str:
    """A number with the language's decimal mark."""
    text = f"{value:.{decimals}f}" if abs(value) < 1e9 else f"{value:.3g}"
    return text if language is Language.EN else text.replace(".", ",")


def age_text(birth_date: date | None, on: date | None, language: Language) -> str:
    """The age at the study in years, in months below two years; nothing when it can't be known."""
    if birth_date is None or on is None or on < birth_date:
        return ""
    months = (on.year - birth_date.year) * 12 + on.month - birth_date.month
    months -= on.day < birth_date.day
    if months < 24:
        return ntr("{n} month", "{n} months", months, language)
    return ntr("{n} year", "{n} years", months // 12, language)


def sex_text(code: str, language: Language) -> str:
    """The word for a DICOM PatientSex (PS3.3 C.7.1.1); nothing for an unknown code."""
    word = SEXES.get(code.strip().upper(), "")
    return tr(word, language) if word else ""


def unit_text(unit: str, language: Language) -> str:
    """The language's sign of a unit, or the unit as it is."""
    return tr(UNITS[unit], language) if unit in UNITS else unit


def heading_text(heading: Heading, language: Language) -> str:
    """The title of a section."""
    return tr(HEADINGS[heading], language)


def measurement_text(line: MeasurementLine, language: Language) -> str:
    """A measurement as a line of text; what the scale rests on is said unless it is plain."""
    told = f"{number_text(line.value, language)} {unit_text(line.unit, language)}".strip()
    if line.calibration not in {"", CROSS_SECTIONAL}:
        told = f"{told} ({tr(line.calibration, language)})"
    return f"{tr(line.label, language)}: {told}" if line.label else told
