"""Queries of patients, studies, series and instances: one page of answers at a time.

The newest study comes first, its series and instances in the order of their numbers. A page begins
at the rank of the study where the last one ended, so that the last costs no more than the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.query import Level, Match
from app.server.store import answers
from app.server.store.prepared import Prepared, Row
from app.server.store.selection import MAX_KEPT, Form, Selection, values_of
from app.server.store.tables import instance, series, study
from app.server.store.wanted import Wanted

KEPT_FORMS = 256
"""Statements of queries that are kept, those asked last."""


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
    tags = answers.returned(wanted.query)
    form = Form.of(connection, wanted, after.rank)
    values = values_of(wanted, after.rank, form.dialect)
    limited = {**values, "limit": limit, "offset": after.taken}
    statement = _page if form.size <= MAX_KEPT else _page.__wrapped__
    rows = statement(form, tags).rows(connection, limited)
    return answers.matches(connection, wanted.query, tags, rows), _end(rows, after)


def is_one_statement(wanted: Wanted) -> bool:
    """Whether one statement finds all there is in the answers of a page."""
    return not answers.requests_asked(wanted.query)


def count(connection: Connection, wanted: Wanted) -> int:
    """How many answers there are."""
    form = Form.of(connection, wanted, None)
    statement = _count if form.size <= MAX_KEPT else _count.__wrapped__
    ((number,),) = statement(form).rows(connection, values_of(wanted, None, form.dialect))
    return int(number)


@lru_cache(maxsize=KEPT_FORMS)
def _page(form: Form, tags: tuple[int, ...]) -> Prepared:
    selection = Selection(form)
    found = selection.of(selection.rank.label("rank"), *answers.columns(form.level, tags))
    ordered = found.order_by(selection.rank.desc(), *_order(form.level))
    limit, offset = (sa.bindparam(name, type_=sa.Integer) for name in ("limit", "offset"))
    return Prepared(selection.newest_first(ordered).limit(limit).offset(offset))


@lru_cache(maxsize=KEPT_FORMS)
def _count(form: Form) -> Prepared:
    selection = Selection(form)
    found = selection.newest_first(selection.of(study.c.id)).subquery()
    return Prepared(sa.select(sa.func.count()).select_from(found))


def _end(rows: Sequence[Row], after: Place) -> Place:
    """Where `rows`, which lie behind `after`, end."""
    if rows and rows[0][0] != rows[-1][0]:
        rank = rows[-1][0]
        return Place(rank, sum(1 for row in rows if row[0] == rank))
    return Place(after.rank, after.taken + len(rows))


def _order(level: Level) -> list[sa.ColumnElement[Any]]:
    order: list[sa.ColumnElement[Any]] = []
    if level.depth >= Level.SERIES.depth:
        order += [series.c.number.is_(None), series.c.number, series.c.id]
    if level is Level.IMAGE:
        number = instance.c.instance_number
        order += [number.is_(None), number, instance.c.id]
    return order
