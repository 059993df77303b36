"""Queries of patients, studies, series and instances: one page of answers at a time.

The newest study comes first, its series and instances in the order of their numbers. A page begins
at the rank of the study where the last one ended, so that the last costs no more than the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.query import Level, Match
from app.server.store import answers
from app.server.store.selection import Selection, Wanted
from app.server.store.tables import instance, series, study


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: behind the first `taken` answers from the study of this `rank` on.

    None is the first study of all.
    """

    rank: int | None
    taken: int


def page(
    connection: Connection, wanted: Wanted, limit: int, after: Place
) -> tuple[list[Match], Place]:
    """At most `limit` answers behind `after`, and where they end."""
    returned = answers.returned(wanted.query)
    columns = [each.column.label(f"c{number}") for number, each in enumerate(returned)]
    selection = Selection(connection, wanted, after.rank)
    found = selection.of(selection.rank.label("rank"), answers.owner(wanted.query), *columns)
    ordered = found.order_by(selection.rank.desc(), *_order(wanted.query.level))
    limited = selection.newest_first(ordered).limit(limit).offset(after.taken)
    rows = connection.execute(limited).all()
    return answers.matches(connection, wanted.query, returned, rows), _end(rows, after)


def count(connection: Connection, wanted: Wanted) -> int:
    """How many answers there are."""
    selection = Selection(connection, wanted)
    found = selection.newest_first(selection.of(study.c.id)).subquery()
    return connection.scalar(sa.select(sa.func.count()).select_from(found)) or 0


def _end(rows: Sequence[sa.Row[Any]], after: Place) -> Place:
    """Where `rows`, which lie behind `after`, end."""
    if rows and rows[0].rank != rows[-1].rank:
        return Place(rows[-1].rank, sum(1 for row in rows if row.rank == rows[-1].rank))
    return Place(after.rank, after.taken + len(rows))


def _order(level: Level) -> list[sa.ColumnElement[Any]]:
    order: list[sa.ColumnElement[Any]] = []
    if level.depth >= Level.SERIES.depth:
        order += [series.c.number.is_(None), series.c.number, series.c.id]
    if level is Level.IMAGE:
        number = instance.c.instance_number
        order += [number.is_(None), number, instance.c.id]
    return order
