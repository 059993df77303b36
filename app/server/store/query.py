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
from app.server.store.answers import Returned
from app.server.store.selection import Selection, Wanted
from app.server.store.tables import instance, series

NEAR = 1500
"""Studies, the newest, that are looked through before all matches are collected."""


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
    selection = Selection(connection, wanted)
    rows = None
    if selection.collects and after.taken + limit <= NEAR // 2:
        rows = _near(connection, wanted, returned, limit, after)
    if rows is None:
        rows = connection.execute(_ordered(selection, wanted, returned, limit, after)).all()
    return answers.matches(connection, wanted.query, returned, rows), _end(rows, after)


def _near(
    connection: Connection,
    wanted: Wanted,
    returned: Sequence[Returned],
    limit: int,
    after: Place,
) -> Sequence[sa.Row[Any]] | None:
    """The answers when the newest studies alone have enough of them, as those of common names.

    Else None: they are to be found by their letters.
    """
    selection = Selection(connection, wanted, by_letters=False)
    end = selection.rank_behind(NEAR, after.rank)
    found = _ordered(selection, wanted, returned, limit, after)
    if end is not None:
        found = found.where(selection.rank > end)
    # One by one in the order of the ranks, so that it ends with the last that is wanted.
    connection.execute(sa.text("SET LOCAL enable_bitmapscan = off"))
    rows = connection.execute(found).all()
    connection.execute(sa.text("SET LOCAL enable_bitmapscan = on"))
    return rows if end is None or len(rows) == limit else None


def _ordered(
    selection: Selection, wanted: Wanted, returned: Sequence[Returned], limit: int, after: Place
) -> sa.Select[Any]:
    columns = [each.column.label(f"c{number}") for number, each in enumerate(returned)]
    found = selection.of(selection.rank.label("rank"), answers.owner(wanted.query), *columns)
    if after.rank is not None:
        found = found.where(selection.rank <= after.rank)
    ordered = found.order_by(selection.rank.desc(), *_order(wanted.query.level))
    return ordered.limit(limit).offset(after.taken)


def count(connection: Connection, wanted: Wanted) -> int:
    """How many answers there are."""
    found = Selection(connection, wanted).of(sa.func.count())
    return connection.scalar(found) or 0


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
