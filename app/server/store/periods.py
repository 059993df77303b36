"""Periods of 48 days: PostgreSQL finds the newest of many matches without the others.

An index of words or letters, a GIN, gives all matches of one, and in no order. So each word and
gram stands there under the period of its study, and one period after another is looked through,
the newest first, until a page is full.
"""

from typing import Any

import sqlalchemy as sa

from app.server.store.tables import study

BITS = 50
"""Those of a rank below its period's: 22 of seconds before the study's own."""


def between(first: sa.ColumnElement[int], last: sa.ColumnElement[int]) -> sa.CTE:
    """The periods of studies with ranks from `first` to `last` as `number`, the newest first."""
    older = study.alias("older")
    newest = sa.select(_period(study.c.rank).label("number")).where(study.c.rank <= last)
    periods = newest.cte("periods", recursive=True)
    before = older.c.rank < periods.c.number.op("<<")(BITS)
    following = sa.select(_period(older.c.rank)).where(before, older.c.rank >= first)
    is_any = periods.c.number.is_not(None)
    return periods.union_all(sa.select(following.scalar_subquery()).where(is_any))


def each(periods: sa.CTE, found: sa.Select[Any]) -> sa.Select[Any]:
    """What is `found` in each of `periods` in turn, as far as it is read."""
    of_period = found.correlate(periods).lateral("found")
    one_by_one = periods.join(of_period, sa.true())
    return sa.select(of_period).select_from(one_by_one).where(periods.c.number.is_not(None))


def under(periods: sa.CTE, text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """How a word or gram is indexed in a period."""
    return sa.cast(periods.c.number, sa.Text).concat(" ").concat(text)


def _period(rank: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.func.max(rank).op(">>", return_type=sa.BigInteger())(BITS)
