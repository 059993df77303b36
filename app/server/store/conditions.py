"""Conditions of queries as SQL, the same on both databases but for wildcards.

SQLite's GLOB and PostgreSQL's LIKE are both sensitive to case; SQLite's LIKE is not.
"""

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from app.domain.matching import Condition, Empty, Names, Numbers, Texts

_GLOB = {"[": "[[]"}
_LIKE = {"\\": "\\\\", "%": "\\%", "_": "\\_", "*": "%", "?": "_"}


def matches(
    column: sa.ColumnElement[Any], condition: Condition, dialect: str
) -> sa.ColumnElement[bool]:
    """Whether the value of `column` meets `condition`; for a name, `column` holds its form."""
    if isinstance(condition, Empty):
        return column == "" if isinstance(column.type, sa.String) else column.is_(None)
    if isinstance(condition, Numbers):
        return column.in_(condition.values)
    if isinstance(condition, Texts):
        plain = [column.in_(condition.values)] if condition.values else []
        wild = [has_pattern(column, pattern, dialect) for pattern in condition.patterns]
        return sa.or_(*plain, *wild)
    if isinstance(condition, Names):
        return sa.or_(
            *(
                sa.and_(*(has_pattern(column, pattern, dialect) for pattern in patterns))
                for patterns in condition.alternatives
            )
        )
    return sa.or_(*(_between(column, first, last) for first, last in condition.spans))


def has_pattern(
    column: sa.ColumnElement[Any], pattern: str, dialect: str
) -> sa.ColumnElement[bool]:
    """Whether the value matches a wildcard `pattern` as a whole."""
    return is_like(column, sa.literal(written(pattern, dialect)), dialect)


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


def has_value(column: sa.ColumnElement[Any], value: str, dialect: str) -> sa.ColumnElement[bool]:
    """Whether one of the values in `column`, with backslashes between them, is `value`."""
    pattern = f"*\\{value}\\*"
    return has_pattern(sa.literal("\\").concat(column).concat("\\"), pattern, dialect)


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


def _between(column: sa.ColumnElement[Any], first: object, last: object) -> sa.ColumnElement[bool]:
    limits = []
    if first is not None:
        limits.append(column >= first)
    if last is not None:
        limits.append(column <= last)
    return sa.and_(*limits)
