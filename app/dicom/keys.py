"""An identifier's keys on one data set: whether it matches, and what is answered (PS3.4 C.2.2).

For services that make each answer as a data set. A key that the data set does not have, not even
empty, is not supported: it matches anything and is answered empty.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, time
from functools import lru_cache
from typing import TypeVar

from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

from app.domain.errors import InvalidError
from app.domain.folding import name_form
from app.domain.matching import Condition, Days, Empty, Names, Numbers, Texts, Times, condition
from app.domain.query import Attribute, Level

Moment = TypeVar("Moment", date, time)

SPECIFIC_CHARACTER_SET = 0x00080005


def matches(identifier: Dataset, ds: Dataset, *, is_fuzzy: bool = False) -> bool:
    """Whether `ds` has what each key of `identifier` asks for. Raises InvalidError.

    `is_fuzzy` finds a name when each typed word begins one of its words, in any order.
    """
    return all(_has(key, ds, is_fuzzy=is_fuzzy) for key in _keys(identifier))


def answered(identifier: Dataset, ds: Dataset, *, is_fuzzy: bool = False) -> Dataset:
    """What `ds` says of the keys of `identifier`, in sequences of the items that match."""
    answer = Dataset()
    for key in _keys(identifier):
        element = ds.get(key.tag)
        if element is None:
            answer.add_new(key.tag, key.VR, None if key.VR != "SQ" else [])
        elif key.VR == "SQ" and key.value and element.VR == "SQ":
            (asked, *_rest) = key.value
            items = [item for item in element.value if matches(asked, item, is_fuzzy=is_fuzzy)]
            answer.add_new(
                key.tag, "SQ", [answered(asked, item, is_fuzzy=is_fuzzy) for item in items]
            )
        else:
            answer.add(element)
    return answer


def unsupported(identifier: Dataset, ds: Dataset) -> bool:
    """Whether a key with a value is none that `ds` could match."""
    for key in _keys(identifier):
        element = ds.get(key.tag)
        if key.VR != "SQ":
            if element is None and text_of(key):
                return True
        elif (key.value and element is None) or (
            key.value and element.value and unsupported(key.value[0], element.value[0])
        ):
            return True
    return False


def _asks_in_vain(asked: Dataset, element: DataElement | None) -> bool:
    if element is None:
        return True
    return bool(element.value) and unsupported(asked, element.value[0])


def condition_of(ds: Dataset, tag: int) -> Condition | None:
    """What the key `tag` of an identifier asks for, None for anything. Raises InvalidError."""
    key = ds.get(BaseTag(tag))
    return None if key is None else _condition(int(key.tag), key.keyword, key.VR, text_of(key))


def character_set(identifier: Dataset) -> str:
    """The value of SpecificCharacterSet that the identifier is written in, or ""."""
    element = identifier.get(BaseTag(SPECIFIC_CHARACTER_SET))
    return "" if element is None else text_of(element)


def text_of(element: DataElement) -> str:
    """The value as DICOM writes it, several with backslashes."""
    value = element.value
    if value is None:
        return ""
    values = value if isinstance(value, (MultiValue, list, tuple)) else [value]
    return "\\".join("" if each is None else str(each) for each in values)


def _keys(identifier: Dataset) -> Iterable[DataElement]:
    try:
        return [
            element
            for element in identifier
            if element.tag != SPECIFIC_CHARACTER_SET and element.tag.element
        ]
    except (ValueError, TypeError, OverflowError, NotImplementedError) as error:
        raise InvalidError("a key can't be read by its VR") from error


def _has(key: DataElement, ds: Dataset, *, is_fuzzy: bool) -> bool:
    element = ds.get(key.tag)
    if element is None:
        return True
    if key.VR == "SQ":
        if not key.value or element.VR != "SQ":
            return True
        asked = key.value[0]
        if element.value:
            return any(matches(asked, item, is_fuzzy=is_fuzzy) for item in element.value)
        return not any(text_of(inner) for inner in asked.iterall() if inner.VR != "SQ")
    asks = _condition(int(key.tag), key.keyword, key.VR, text_of(key), is_fuzzy=is_fuzzy)
    return asks is None or _fits(asks, [each for each in text_of(element).split("\\") if each])


@lru_cache(256)
def _condition(
    tag: int, keyword: str, vr: str, text: str, *, is_fuzzy: bool = False
) -> Condition | None:
    return condition(Attribute(tag, keyword, vr, Level.PATIENT), text, is_fuzzy=is_fuzzy)


def _fits(asks: Condition, values: list[str]) -> bool:
    if isinstance(asks, Empty):
        return not values
    return any(_one_fits(asks, value) for value in values)


def _one_fits(asks: Condition, value: str) -> bool:
    if isinstance(asks, Texts):
        return value in asks.values or any(_pattern(each)(value) for each in asks.patterns)
    if isinstance(asks, Names):
        form = name_form(value)
        return any(all(_pattern(each)(form) for each in names) for names in asks.alternatives)
    if isinstance(asks, Numbers):
        return value.isdecimal() and int(value) in asks.values
    if isinstance(asks, Days):
        return _is_in(asks.spans, date.fromisoformat(value))
    if isinstance(asks, Times):
        return _is_in(asks.spans, time.fromisoformat(value))
    return False


def _is_in(spans: tuple[tuple[Moment | None, Moment | None], ...], value: Moment) -> bool:
    return any(
        (first is None or first <= value) and (last is None or value <= last)
        for first, last in spans
    )


@lru_cache(256)
def _pattern(wildcards: str) -> Callable[[str], re.Match[str] | None]:
    """A matcher of `*` and `?` (PS3.4 C.2.2.2.4)."""
    parts = (
        {"*": ".*", "?": "."}.get(each) or re.escape(each)
        for each in re.split(r"([*?])", wildcards)
        if each
    )
    return re.compile("".join(parts), re.DOTALL).fullmatch
