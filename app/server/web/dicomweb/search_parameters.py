"""The query parameters of QIDO-RS (PS3.18 8.3.4 and 10.6.1.2) as a query of the archive."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.dicom.representations import tag_of
from app.domain.errors import InvalidError
from app.domain.query import ATTRIBUTES, BY_TAG, LEVELS, UNIQUE_KEYS, Attribute, Level, Query

MOST = 10_000
"""Answers of one request; whoever wants more asks again with an offset."""
ALL = "all"
RETURNED: Mapping[Level, tuple[int, ...]] = {
    Level.PATIENT: (0x00100010, 0x00100020, 0x00100030, 0x00100040),
    Level.STUDY: (
        0x00080020,
        0x00080030,
        0x00080050,
        0x00080061,
        0x00080090,
        0x00081030,
        0x00200010,
        0x00201206,
        0x00201208,
    ),
    Level.SERIES: (
        0x00080060,
        0x0008103E,
        0x00200011,
        0x00201209,
        0x00400244,
        0x00400245,
        0x00400009,
        0x00401001,
    ),
    Level.IMAGE: (
        0x00080016,
        0x00083002,
        0x00200013,
        0x00280008,
        0x00280010,
        0x00280011,
        0x00280100,
    ),
}
"""What answers hold unasked (PS3.18 10.6.3.3), StudyDescription with them."""
LISTED = ("UI", "CS")
"""VRs whose values have no comma, so that one stands between several: OHIF lists modalities so."""
_IGNORED = frozenset({"accept", "charset", "emptyvaluematching", "multiplevaluematching"})
"""Said otherwise, or always so: `""` is an empty value, a backslash stands between several."""


MOST_TOLD = 10
"""Parameters that a warning names."""
_NAME = re.compile(r"[A-Za-z0-9_.]{1,64}")


@dataclass(frozen=True, slots=True)
class Search:
    """A request: the query, and the parameters that it could not heed, fit for a header."""

    query: Query
    limit: int
    unheeded: tuple[str, ...]


def parsed(level: Level, path: Mapping[str, str], parameters: Iterable[tuple[str, str]]) -> Search:
    """What is asked for below the study and series in the path, by their UIDs.

    What is neither a parameter of the standard nor an attribute is passed over and told, since
    viewers add words of their own. Raises InvalidError for a known one that is broken.
    """
    said = _Parameters(level)
    for name, value in parameters:
        said.read(name, value)
    keys = dict.fromkeys((*_returned(level, path), *said.included), "") | said.keys
    if "study" in path:
        keys[UNIQUE_KEYS[Level.STUDY]] = path["study"]
    if "series" in path:
        keys[UNIQUE_KEYS[Level.SERIES]] = path["series"]
    query = Query(level, keys, said.limit, said.offset, said.is_fuzzy)
    return Search(query, said.limit, _fit_to_be_told(said.unheeded))


def _returned(level: Level, path: Mapping[str, str]) -> Iterable[int]:
    """The attributes of the levels that the path does not name already, down to `level`."""
    first = Level.IMAGE if "series" in path else Level.SERIES if "study" in path else Level.PATIENT
    levels = LEVELS[first.depth : level.depth + 1]
    return (tag for each in levels for tag in RETURNED[each])


class _Parameters:
    """Collects what parameters say."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self.keys: dict[int, str] = {}
        self.included: list[int] = []
        self.unheeded: list[str] = []
        self.limit = MOST
        self.offset = 0
        self.is_fuzzy = False

    def read(self, name: str, value: str) -> None:
        if name == "limit":
            self.limit = min(_number(name, value, MOST), MOST)
        elif name == "offset":
            self.offset = _number(name, value, 0)
        elif name == "fuzzymatching":
            self.is_fuzzy = _truth(name, value)
        elif name == "includefield":
            for field in value.split(","):
                self._include(field.strip())
        elif name not in _IGNORED:
            self._match(name, value)

    def _include(self, name: str) -> None:
        tags = _tags(name)
        if name == ALL:
            self.included += [each.tag for each in ATTRIBUTES if self._is_known(each)]
        elif tags:
            inside = [a.tag for a in ATTRIBUTES if a.sequence and a.sequence == tags[-1]]
            self.included += [*inside, tags[-1]]
        elif name:
            self.unheeded.append(name)

    def _match(self, name: str, value: str) -> None:
        *around, tag = _tags(name) or [0]
        attribute = BY_TAG.get(tag)
        is_heeded = attribute and self._is_known(attribute) and not attribute.is_counted
        if not (attribute and is_heeded) or (around and around != [attribute.sequence]):
            self.unheeded.append(name)
            return
        if attribute.vr in LISTED:
            value = value.replace(",", "\\")
        before = self.keys.get(tag)
        self.keys[tag] = f"{before}\\{value}" if before else value

    def _is_known(self, attribute: Attribute) -> bool:
        return attribute.level.depth <= self._level.depth


def _tags(name: str) -> list[int]:
    """The tags of an attribute by keyword or digits, behind those of the sequences it is in.

    None for what is no attribute's name.
    """
    tags = [tag_of(each) for each in name.split(".")]
    return [] if 0 in tags else tags


def _number(name: str, value: str, default: int) -> int:
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and len(value) <= 18):
        raise InvalidError(f"{name} is no whole number")
    return int(value)


def _truth(name: str, value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise InvalidError(f"{name} is neither true nor false")
    return value.lower() == "true"


def _fit_to_be_told(names: Iterable[str]) -> tuple[str, ...]:
    """The first names once each; a header can't hold any words, nor any number of them."""
    found = dict.fromkeys(name if _NAME.fullmatch(name) else "others" for name in names)
    return tuple(found)[:MOST_TOLD]
