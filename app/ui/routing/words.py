"""How rules are said: what they match, where to, and when."""

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
    "descriptions": mark("Description of study or series"),
    "closes": mark("Hours"),
}
ON, OFF = Look("success", tokens.SUCCESS), Look("minus", tokens.TEXT_FAINT)
SEPARATOR = ";"
"""Between several values of a field: descriptions have commas of their own."""


def conditions_text(rule: RoutingRule) -> str:
    """What a series has to be."""
    lists = (rule.modalities, rule.descriptions, rule.stations, rule.sources)
    parts = [joined(values) for values in lists if values]
    parts += [", ".join(source_text(kind) for kind in rule.kinds)] if rule.kinds else []
    return " · ".join(parts) or tr("Everything")


def hours_text(rule: RoutingRule) -> str:
    """When it sends."""
    if rule.opens is None or rule.closes is None:
        return tr("At any time")
    return f"{rule.opens:%H:%M}–{rule.closes:%H:%M}"


def joined(values: tuple[str, ...]) -> str:
    """Several values as one text."""
    return f"{SEPARATOR} ".join(values)


def parted(text: str) -> tuple[str, ...]:
    """The values of a text that somebody typed, each once."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, text.split(SEPARATOR)))))
