"""Rows of a query as answers: values by tag in DICOM's text form."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.query import BY_TAG, LEVELS, UNIQUE_KEYS, Attribute, Level, Match, Query
from app.server.store.prepared import Row
from app.server.store.selection import COLUMNS, REQUEST_COLUMNS
from app.server.store.tables import series, series_request, study

Values = tuple[str, ...]


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
    connection: Connection, query: Query, tags: Sequence[int], rows: Sequence[Row]
) -> list[Match]:
    """The answers of `rows`: rank, then `columns`."""
    places = [(tag, place, _writer(BY_TAG[tag])) for place, tag in enumerate(tags, 2)]
    found = [{tag: written(row[place]) for tag, place, written in places} for row in rows]
    asked = _requests(query)
    if asked:
        owners = [row[1] for row in rows]
        requests = _items(connection, set(owners))
        for match, owner in zip(found, owners, strict=True):
            match.update({tag: tuple(item[tag] for item in requests[owner]) for tag in asked})
    return list(found)


def _requests(query: Query) -> list[int]:
    if query.level.depth < Level.SERIES.depth:
        return []
    return [tag for tag in REQUEST_COLUMNS if tag in query.keys]


def _items(connection: Connection, owners: set[int]) -> dict[int, list[dict[int, str]]]:
    found: dict[int, list[dict[int, str]]] = defaultdict(list)
    of_these = sa.select(series_request).where(series_request.c.series_id.in_(owners))
    for row in connection.execute(of_these.order_by(series_request.c.id)).mappings():
        found[row["series_id"]].append(
            {tag: row[column.name] for tag, column in REQUEST_COLUMNS.items()}
        )
    return found


def _column(tag: int) -> sa.ColumnElement[Any]:
    if tag in COLUMNS:
        return COLUMNS[tag]
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


def _day(value: date | None) -> Values:
    return (value.isoformat().replace("-", ""),) if value else ()


def _time(value: time | None) -> Values:
    return () if value is None else (value.isoformat().replace(":", ""),)
