"""What a key asks for: matching text read by its VR (PS3.4 C.2.2.2).

Universal, empty, single value, list (of UIDs, and of other values by the same backslash: any of
them), wildcard and range matching. Names are compared in the form of `folding.name_form`: by whole
words from the first of a component group on, whatever follows the last one; `*` may reach across
words and groups. A date or time that leaves its tail out stands for all that begin with it.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, time

from app.domain.errors import InvalidError
from app.domain.folding import fold, name_groups, unaccented
from app.domain.query import Attribute

MAX_VALUE = 1024
"""Characters of one value of a key."""
INT32 = 2**31
EMPTY = '""'
"""The quoted empty string of PS3.4 C.2.2.2.7."""
WITH_WILDCARDS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
_WILDCARD = re.compile(r"[*?]")
_DATE = re.compile(r"(\d{4})(?:([.-]?)(\d{2})(?:\2(\d{2}))?)?", re.ASCII)
_TIME = re.compile(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Empty:
    """No value is kept."""


@dataclass(frozen=True, slots=True)
class Texts:
    """One of `values`, or of the wildcard `patterns`."""

    values: tuple[str, ...]
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """A name's form has all wildcard patterns of one of `alternatives`."""

    alternatives: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """One of `values`."""

    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Days:
    """In one of `spans`, ends included; None is open."""

    spans: tuple[tuple[date | None, date | None], ...]


@dataclass(frozen=True, slots=True)
class Times:
    """In one of `spans`, ends included; None is open."""

    spans: tuple[tuple[time | None, time | None], ...]


Condition = Empty | Texts | Names | Numbers | Days | Times


def condition(attribute: Attribute, key: str, *, is_fuzzy: bool = False) -> Condition | None:
    """What `key` asks of `attribute`, None for anything. Raises InvalidError for a broken key."""
    values = [_printable(value) for value in key.split("\\")]
    if attribute.is_counted or not any(values) or any(set(value) == {"*"} for value in values):
        return None
    if EMPTY in values:
        return Empty()
    values = [value for value in values if value]
    if max(map(len, values)) > MAX_VALUE:
        raise InvalidError(f"{attribute.keyword}: the key is too long")
    try:
        return _by_vr(attribute.vr, values, is_fuzzy=is_fuzzy)
    except ValueError as error:
        raise InvalidError(f"{attribute.keyword}: not a key of VR {attribute.vr}") from error


def _by_vr(vr: str, values: list[str], *, is_fuzzy: bool) -> Condition | None:
    if vr == "PN":
        patterns = [_fuzzy_patterns(each) if is_fuzzy else _name_patterns(each) for each in values]
        return Names(tuple(patterns)) if all(patterns) else None
    if vr in ("IS", "US"):
        return Numbers(tuple(_number(value) for value in values))
    if vr == "DA":
        days = [_days(value) for value in values]
        return None if (None, None) in days else Days(tuple(days))
    if vr == "TM":
        times = [_times(value) for value in values]
        return None if (None, None) in times else Times(tuple(times))
    if vr not in WITH_WILDCARDS:
        return Texts(tuple(values))
    plain = tuple(value for value in values if not _WILDCARD.search(value))
    return Texts(plain, tuple(re.sub(r"\*+", "*", v) for v in values if _WILDCARD.search(v)))


def _printable(value: str) -> str:
    """As the header reader keeps texts: control characters and odd spaces are spaces."""
    if value.isprintable():
        return value.strip()
    return "".join(each if each.isprintable() else " " for each in value).strip()


def _name_patterns(value: str) -> tuple[str, ...]:
    """One pattern, or none when it matches every name."""
    groups = (re.sub(r"\*+", "*", group) for group in name_groups(value))
    asked = (re.sub(r"(?<=\^)(\*\^)+$", "", group).removesuffix("^") for group in groups)
    pattern = "".join(f"*={group}^" for group in asked if group)
    return (f"{pattern}*",) if pattern else ()


def _fuzzy_patterns(value: str) -> tuple[str, ...]:
    words = (word.strip("*") for word in unaccented(fold(value)).split())
    return tuple(f"*^{word}*" for word in words if word)


def _number(value: str) -> int:
    number = int(value)
    if not -INT32 <= number < INT32:
        raise ValueError
    return number


def _days(value: str) -> tuple[date | None, date | None]:
    """The first and the last day of a value or range, whose dates may have hyphens of their own."""
    if _DATE.fullmatch(value):
        return _first_day(value), _last_day(value)
    for dash in re.finditer("-", value):
        first, last = value[: dash.start()].strip(), value[dash.end() :].strip()
        if all(not each or _DATE.fullmatch(each) for each in (first, last)):
            return _first_day(first), _last_day(last)
    raise ValueError


def _first_day(text: str) -> date | None:
    year, month, day = _year_month_day(text)
    return None if year is None else date(year, month or 1, day or 1)


def _last_day(text: str) -> date | None:
    year, month, day = _year_month_day(text)
    if year is None:
        return None
    month = month or 12
    return date(year, month, day or monthrange(year, month)[1])


def _times(value: str) -> tuple[time | None, time | None]:
    """The first and the last microsecond of a value or range."""
    first, last = (value, value) if _TIME.fullmatch(value) else _ends(value)
    return _time(first, "00:00:00.000000"), _time(last, "99:59:59.999999")


def _time(text: str, missing: str) -> time | None:
    """The time that `text` says, its tail taken from `missing`."""
    if not text:
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError
    hour, minute, second, fraction = match.groups()
    microsecond = (fraction or "") + missing[9 + len(fraction or "") :]
    seconds = min(int(second or missing[6:8]), 59)  # a leap second counts as the one before
    return time(int(hour), int(minute or missing[3:5]), seconds, int(microsecond))


def _ends(value: str) -> tuple[str, str]:
    first, dash, last = value.partition("-")
    if not dash:
        raise ValueError
    return first.strip(), last.strip()


def _year_month_day(text: str) -> tuple[int | None, int | None, int | None]:
    match = _DATE.fullmatch(text)
    if match is None:
        return None, None, None
    year, _, month, day = match.groups()
    return int(year), int(month) if month else None, int(day) if day else None
