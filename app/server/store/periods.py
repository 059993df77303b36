"""Periods of 24 days: PostgreSQL finds the newest of many matches without the others.

An index of words or letters, a GIN, gives all matches of one, and in no order. So each word and
gram stands there under the period of its study, and one period after another is looked through,
the newest first, until a page is full.
"""

from typing import Any

import sqlalchemy as sa

from app.server.store.tables import study

BITS = 49
"""Those of a rank below its period's: 21 of seconds before the study's own."""
ERA_BITS = 7
"""Those of a period below its era's, of 8 years: eras without a study are passed over."""


class Periods:
    """The periods of studies with ranks from `first` to `last`, the newest first."""

    def __init__(self, first: sa.ColumnElement[int], last: sa.ColumnElement[int]) -> None:
        older = study.alias("older")
        newest = sa.select(_period(sa.func.max(study.c.rank)).label("newest"))
        eras = newest.where(study.c.rank <= last).cte("eras", recursive=True)
        before = _shifted(_oldest_of_era(eras), "<<", BITS)
        following = sa.select(_period(sa.func.max(older.c.rank)))
        following = following.where(older.c.rank < before, older.c.rank >= first)
        is_any = eras.c.newest.is_not(None)
        self._eras = eras.union_all(sa.select(following.scalar_subquery()).where(is_any))
        oldest = sa.func.greatest(_oldest_of_era(self._eras), _period(first))
        numbers = sa.func.generate_series(self._eras.c.newest, oldest, -1)
        self._periods = numbers.table_valued("number").render_derived(name="periods")

    def each(self, found: sa.Select[Any]) -> sa.Select[Any]:
        """What is `found` in each in turn, as far as it is read."""
        of_period = found.correlate(self._periods).lateral("found")
        periods = self._eras.join(self._periods, sa.true())
        return sa.select(of_period).select_from(periods.join(of_period, sa.true()))

    def under(self, text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        """How a word or gram is indexed in one."""
        return sa.cast(self._periods.c.number, sa.Text).concat(" ").concat(text)


def _period(rank: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return _shifted(rank, ">>", BITS)


def _oldest_of_era(eras: sa.CTE) -> sa.ColumnElement[int]:
    return _shifted(_shifted(eras.c.newest, ">>", ERA_BITS), "<<", ERA_BITS)


def _shifted(number: sa.ColumnElement[int], way: str, bits: int) -> sa.ColumnElement[int]:
    return number.op(way, return_type=sa.BigInteger())(sa.literal(bits, sa.Integer))
