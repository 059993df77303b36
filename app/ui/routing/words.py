"""How rules are said: what they match, where to, and when."""

from PySide6.QtCore import QLocale

from app.domain.routing import RoutingRule
from app.language import mark, tr
from app.ui.texts import source_text
from app.ui.theme import tokens
from app.ui.widgets.tables import Look

FIELDS = {
    "name": mark("Name"),
    "destinations": mark("Nodes it sends to"),
    "sources": mark("From (AE title or account)"),
    "modalities": mark("Modality"),
    "stations": mark("Station"),
    "called": mark("Sent to (our AE title)"),
    "descriptions": mark("Description of study or series"),
    "closes": mark("Hours"),
    "weekdays": mark("Only on these days (none: every day)"),
}
ON, OFF = Look("success", tokens.SUCCESS), Look("minus", tokens.TEXT_FAINT)
SEPARATOR = ";"
"""Between several values of a field: descriptions have commas of their own."""


def conditions_text(rule: RoutingRule) -> str:
    """What a series has to be."""
    lists = (rule.modalities, rule.descriptions, rule.stations, rule.sources)
    parts = [joined(values) for values in lists if values]
    parts += [f"→ {joined(rule.called)}"] if rule.called else []
    parts += [", ".join(source_text(kind) for kind in rule.kinds)] if rule.kinds else []
    return " · ".join(parts) or tr("Everything")


def hours_text(rule: RoutingRule) -> str:
    """When it sends."""
    parts = [", ".join(day_text(day) for day in sorted(rule.weekdays))] if rule.weekdays else []
    if rule.opens is not None and rule.closes is not None:
        parts.append(f"{rule.opens:%H:%M}–{rule.closes:%H:%M}")
    return " ".join(parts) or tr("At any time")


def day_text(day: int, form: QLocale.FormatType = QLocale.FormatType.ShortFormat) -> str:
    """A day of the week, by `isoweekday`."""
    return QLocale().standaloneDayName(day, form)


def joined(values: tuple[str, ...]) -> str:
    """Several values as one text."""
    return f"{SEPARATOR} ".join(values)


def parted(text: str) -> tuple[str, ...]:
    """The values of a text that somebody typed, each once."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, text.split(SEPARATOR)))))
