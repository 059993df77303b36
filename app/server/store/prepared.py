"""Statements that run for every stored object, compiled once for each database.

SQLAlchemy looks a statement's compiled form up, binds its values and wraps its rows anew each time,
which takes longer than the database needs for the work itself. A prepared one goes from plain
values to the driver's cursor, and from the driver's rows back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Values = Mapping[str, Any]
Row = tuple[Any, ...]
Process = Callable[[Any], Any]
Statement = sa.Select[Any] | sa.CompoundSelect[Any] | sa.Insert | sa.Update


class Prepared:
    """A statement with named parameters; an insert or update sets the columns `sets`.

    An expanding parameter takes a sequence of texts or numbers that is not empty.
    """

    def __init__(self, statement: Statement, sets: Iterable[str] = ()) -> None:
        self._statement = statement
        self._sets = tuple(sets)
        bound = statement.compile().binds.items()
        self._lists = tuple(name for name, each in bound if each.expanding)
        self._given = {name for name, each in bound if each.required and not each.expanding}
        self._forms: dict[tuple[object, ...], _Form] = {}

    def rows(self, connection: Connection, values: Values) -> list[Row]:
        """What is found with `values`."""
        lists = {name: _padded(values[name]) for name in self._lists}
        form = self._form(connection, lists)
        said = dict(values)
        for name, each in lists.items():
            said.update((f"{name}_{place}", value) for place, value in enumerate(each, 1))
        with driver_cursor(connection) as cursor:
            cursor.execute(form.text, form.bound(said))
            return form.read(cursor.fetchall())

    def run(self, connection: Connection, each: Sequence[Values]) -> None:
        """Write with each of these values in turn."""
        form = self._form(connection, {})
        bound = [form.bound(values) for values in each]
        with driver_cursor(connection) as cursor:
            if not form.is_positional:
                from psycopg2.extras import execute_batch  # an archive on SQLite does without

                execute_batch(cursor, form.text, bound)  # one way to the server for all
            else:
                cursor.executemany(form.text, bound)

    def _form(self, connection: Connection, lists: Mapping[str, Sequence[Any]]) -> "_Form":
        shape = (connection.dialect.name, *map(len, lists.values()))
        form = self._forms.get(shape)
        if form is None:
            form = self._forms[shape] = self._compiled(connection.dialect, lists)
        return form

    def _compiled(self, dialect: sa.Dialect, lists: Mapping[str, Sequence[Any]]) -> "_Form":
        statement = self._statement
        if lists:  # for which it wants the other values too
            statement = statement.params({**dict.fromkeys(self._given), **lists})
        compiled = statement.compile(
            dialect=dialect,
            column_keys=self._sets or None,
            compile_kwargs={"render_postcompile": True},
        )
        bound = {name: each for name, each in compiled.binds.items() if not each.expanding}
        bind = {
            name: each.type.dialect_impl(dialect).bind_processor(dialect)
            for name, each in bound.items()
        }
        columns = () if isinstance(statement, sa.Insert | sa.Update) else statement.selected_columns
        read = [each.type.dialect_impl(dialect).result_processor(dialect, None) for each in columns]
        return _Form(
            text=str(compiled),
            is_positional=compiled.positional,
            names=tuple(compiled.positiontup or ()),
            fixed={name: each.value for name, each in bound.items() if name not in self._given},
            bind=tuple((name, process) for name, process in bind.items() if process),
            cells=tuple((place, process) for place, process in enumerate(read) if process),
        )


@dataclass(frozen=True, slots=True)
class _Form:
    """The text of a statement for one database; `fixed` are values that it has by itself."""

    text: str
    is_positional: bool
    names: tuple[str, ...]
    fixed: Values
    bind: tuple[tuple[str, Process], ...]
    cells: tuple[tuple[int, Process], ...]

    def bound(self, values: Values) -> dict[str, Any] | list[Any]:
        """`values` as the driver takes them."""
        said = {**self.fixed, **values}
        for name, process in self.bind:
            said[name] = process(said[name])
        return [said[name] for name in self.names] if self.is_positional else said

    def read(self, rows: list[Row]) -> list[Row]:
        """The driver's `rows` with their values as we know them."""
        if not self.cells:
            return rows
        found = []
        for row in rows:
            cells = list(row)
            for place, process in self.cells:
                cells[place] = process(cells[place])
            found.append(tuple(cells))
        return found


@contextmanager
def driver_cursor(connection: Connection) -> Iterator[Any]:
    """A cursor of the driver, whose errors are those that SQLAlchemy makes of them."""
    with closing(connection.connection.cursor()) as cursor:
        try:
            yield cursor
        except connection.dialect.loaded_dbapi.Error as error:
            wrapped = DBAPIError.instance(
                None, None, error, connection.dialect.loaded_dbapi.Error, dialect=connection.dialect
            )
            raise wrapped from error


def _padded(values: Sequence[Any]) -> list[Any]:
    """`values`, the last of them repeated until they are a power of two: so there are few forms."""
    missing = (1 << (len(values) - 1).bit_length()) - len(values)
    return [*values, *[values[-1]] * missing]
