"""Conditions of queries as SQL, the same on both databases but for wildcards.

Their values are parameters: all conditions of one shape are the same SQL. SQLite's GLOB and
PostgreSQL's LIKE are both sensitive to case; SQLite's LIKE is not.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.domain.matching import Condition, Empty, Names, Numbers, Texts

_GLOB = {"[": "[[]"}
_LIKE = {"\\": "\\\\", "%": "\\%", "_": "\\_", "*": "%", "?": "_"}


@dataclass(frozen=True, slots=True)
class Shape:
    """A condition but for its values: what kind it is, and how many there are of each."""

    kind: type[Condition]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, condition: Condition) -> "Shape":
        """All single values are one, a list; an end of a span is none where it is open."""
        if isinstance(condition, Empty):
            return cls(Empty, ())
        if isinstance(condition, Numbers):
            return cls(Numbers, (1,))
        if isinstance(condition, Texts):
            return cls(Texts, (int(bool(condition.values)), len(condition.patterns)))
        if isinstance(condition, Names):
            return cls(Names, tuple(map(len, condition.alternatives)))
        ends = (end for span in condition.spans for end in span)
        return cls(type(condition), tuple(int(end is not None) for end in ends))


def values(condition: Condition, dialect: str) -> list[Any]:
    """Those of the parameters of `matches`, in their order."""
    if isinstance(condition, Empty):
        return []
    if isinstance(condition, Numbers):
        return [condition.values]
    if isinstance(condition, Texts):
        plain = [condition.values] if condition.values else []
        return [*plain, *(written(each, dialect) for each in condition.patterns)]
    if isinstance(condition, Names):
        return [written(each, dialect) for names in condition.alternatives for each in names]
    return [end for span in condition.spans for end in span if end is not None]


def matches(
    column: sa.ColumnElement[Any], shape: Shape, names: Iterator[str], dialect: str
) -> sa.ColumnElement[bool]:
    """Whether the value of `column` meets a condition of this `shape`; for a name, its form does.

    Its parameters get the next of `names`.
    """

    def parameters(count: int) -> list[sa.BindParameter[Any]]:
        return [sa.bindparam(next(names), type_=column.type) for _ in range(count)]

    def is_in(name: str) -> sa.ColumnElement[bool]:
        return column.in_(sa.bindparam(name, type_=column.type, expanding=True))

    def are_like(count: int) -> list[sa.ColumnElement[bool]]:
        return [is_like(column, each, dialect) for each in parameters(count)]

    if shape.kind is Empty:
        return column == "" if isinstance(column.type, sa.String) else column.is_(None)
    if shape.kind is Numbers:
        return is_in(next(names))
    if shape.kind is Texts:
        plain, wild = shape.counts
        return sa.or_(*([is_in(next(names))] if plain else []), *are_like(wild))
    if shape.kind is Names:
        return sa.or_(*(sa.and_(*are_like(count)) for count in shape.counts))
    spans = zip(shape.counts[::2], shape.counts[1::2], strict=True)
    return sa.or_(
        *(
            sa.and_(
                *(column >= first for first in parameters(has_first)),
                *(column <= last for last in parameters(has_last)),
            )
            for has_first, has_last in spans
        )
    )


def written(pattern: str, dialect: str) -> str:
    """A wildcard `pattern` as a database writes it, for `is_like`."""
    signs = _LIKE if dialect == "postgresql" else _GLOB
    return "".join(signs.get(each, each) for each in pattern)


def is_like(
    column: sa.ColumnElement[Any], pattern: sa.ColumnElement[str], dialect: str
) -> sa.ColumnElement[bool]:
    """Whether the value matches a `pattern` that is `written` for the database."""
    if dialect == "postgresql":
        return column.like(pattern, escape="\\")
    # Of an expression SQLite takes no index: one of many equal beginnings would cost a sort.
    return sa.literal("").op("||")(column).op("GLOB")(pattern)


def runs(condition: Condition | None, *, boundary: str) -> tuple[str, ...]:
    """The letters in a row that every match has; none when there are alternatives.

    `boundary` stands around a text that is no name.
    """
    if isinstance(condition, Names) and len(condition.alternatives) == 1:
        return literals(condition.alternatives[0])
    if isinstance(condition, Texts) and len(condition.values) + len(condition.patterns) == 1:
        texts = condition.values + condition.patterns
        return literals(f"{boundary}{text}{boundary}" for text in texts)
    return ()


def literals(patterns: Iterable[str]) -> tuple[str, ...]:
    """The letters in a row that stand in wildcard patterns as they are."""
    return tuple(run for pattern in patterns for run in re.split(r"[*?]+", pattern) if run)
