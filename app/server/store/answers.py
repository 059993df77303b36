"""Rows of a query as answers: values by tag in DICOM's text form."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.query import BY_TAG, LEVELS, UNIQUE_KEYS, Attribute, Level, Match, Query
from app.server.store.prepared import Row
from app.server.store.selection import COLUMNS, REQUEST_COLUMNS
from app.server.store.tables import series, series_request, study

Values = tuple[str, ...]
Places = Mapping[int, tuple[int, Callable[[Any], Values]]]
"""Where in a row the value of each tag is, and what writes it."""

KEPT_PLACES = 256
"""Those of the queries asked last."""


class Answer(Mapping[int, Values]):
    """A row as the answer it is, each value written when it is asked for.

    Equal rows with the same places are equal answers, so that who writes one on may know it again.
    """

    __slots__ = ("_places", "_row")

    def __init__(self, places: Places, row: Row) -> None:
        self._places = places
        self._row = row

    def __getitem__(self, tag: int) -> Values:
        place, written = self._places[tag]
        return written(self._row[place])

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __hash__(self) -> int:
        return hash(self._row)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Answer):
            return self._places is other._places and self._row == other._row
        return super().__eq__(other)


def returned(query: Query) -> tuple[int, ...]:
    """What a query asks for that is known at its level, and the unique keys down to it."""
    unique = [UNIQUE_KEYS[level] for level in LEVELS[: query.level.depth + 1]]
    found = []
    for tag in dict.fromkeys([*unique, *query.keys]):
        attribute = BY_TAG.get(tag)
        if attribute is None or attribute.sequence or attribute.level.depth > query.level.depth:
            continue
        found.append(tag)
    return tuple(found)


def columns(level: Level, tags: Sequence[int]) -> list[sa.ColumnElement[Any]]:
    """What `matches` reads: the series of a row, by which its requests are found, then `tags`."""
    owner = series.c.id if level.depth >= Level.SERIES.depth else sa.null()
    found = [_column(tag).label(f"c{number}") for number, tag in enumerate(tags)]
    return [owner.label("owner"), *found]


def matches(
    connection: Connection, query: Query, tags: tuple[int, ...], rows: Sequence[Row]
) -> list[Match]:
    """The answers of `rows`: rank, then `columns`."""
    asked = requests_asked(query)
    places = _places(tags, asked)
    if asked:
        requests = _items(connection, asked, {row[1] for row in rows})
        rows = [(*row, *requests.get(row[1], ((),) * len(asked))) for row in rows]
    return [Answer(places, row) for row in rows]


@lru_cache(KEPT_PLACES)
def _places(tags: tuple[int, ...], of_requests: tuple[int, ...]) -> Places:
    found = {tag: (place, _writer(BY_TAG[tag])) for place, tag in enumerate(tags, 2)}
    found.update((tag, (place, tuple)) for place, tag in enumerate(of_requests, 2 + len(tags)))
    return found


def requests_asked(query: Query) -> tuple[int, ...]:
    """The attributes of requests that a query asks for, which have a table of their own."""
    if query.level.depth < Level.SERIES.depth:
        return ()
    return tuple(tag for tag in REQUEST_COLUMNS if tag in query.keys)


def _items(
    connection: Connection, asked: Sequence[int], owners: set[int]
) -> dict[int, tuple[Values, ...]]:
    """The values of each tag that is `asked`, parallel, of each series that has requests."""
    found: dict[int, list[Values]] = defaultdict(list)
    columns = [series_request.c.series_id, *(REQUEST_COLUMNS[tag] for tag in asked)]
    of_these = sa.select(*columns).where(series_request.c.series_id.in_(owners))
    for owner, *values in connection.execute(of_these.order_by(series_request.c.id)):
        found[owner].append(tuple(values))
    return {owner: tuple(zip(*items, strict=True)) for owner, items in found.items()}


def _column(tag: int) -> sa.ColumnElement[Any]:
    """Days and times as the database has them: SQLite's are texts, which need no reading."""
    if tag in COLUMNS:
        column = COLUMNS[tag]
        return sa.type_coerce(column, sa.String) if BY_TAG[tag].vr in ("DA", "TM") else column
    same = study.alias("same")
    counted = {
        0x00201200: sa.func.count(),
        0x00201202: sa.func.sum(same.c.series_count),
        0x00201204: sa.func.sum(same.c.instance_count),
    }
    of_patient = sa.select(counted[tag]).where(same.c.patient_key == study.c.patient_key)
    return of_patient.select_from(same).scalar_subquery()


def _writer(attribute: Attribute) -> Callable[[Any], Values]:
    if attribute.vr == "DA":
        return _day
    if attribute.vr == "TM":
        return _time
    if attribute.vr in ("IS", "US"):
        return _number
    return _several if attribute.is_multiple else _text


def _text(value: str) -> Values:
    return (value,) if value else ()


def _several(value: str) -> Values:
    return tuple(value.split("\\")) if value else ()


def _number(value: int | None) -> Values:
    return () if value is None else (str(value),)


def _day(value: date | str | None) -> Values:
    return (str(value).replace("-", ""),) if value else ()


def _time(value: time | str | None) -> Values:
    """SQLite keeps microseconds where there are none."""
    return () if value is None else (str(value).replace(":", "").removesuffix(".000000"),)
