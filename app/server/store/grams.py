"""The letters of studies: three in a row find a wildcard's matches without reading every row.

The grams of a study come from its patient's name and ID, its accession number and description.
What has all grams of a pattern is a candidate, which the pattern itself then decides. SQLite keeps
them in a contentless FTS5 table by rank, PostgreSQL in a GIN index on an expression, by period.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.server.store.periods import Periods

SIZE = 3
MAX_GRAMS = 24
"""Grams of a pattern that are looked for; more would find no fewer."""
FIELDS = ("name_form", "patient_id", "accession_number", "description")
BOUNDARY = "\\"
"""Stands before and after each field but the name, whose form has boundaries of its own."""


study_grams = sa.table(
    "study_grams", sa.column("rowid", sa.BigInteger), sa.column("grams", sa.Text)
)
"""SQLite's table; its row ids are ranks."""


def text_of(row: Mapping[str, Any]) -> str:
    """What the grams of a row of `study` are taken from; PostgreSQL's index does the same."""
    return "".join(f"{row[name]}{BOUNDARY}" for name in FIELDS)


def grams(texts: Iterable[str]) -> list[str]:
    """The grams of `texts`, each once."""
    found = {text[i : i + SIZE] for text in texts for i in range(len(text) - SIZE + 1)}
    return sorted(found)


def covering(texts: Iterable[str]) -> list[str]:
    """Grams that have all letters of `texts` between them: few to look for, and as telling."""
    found = dict.fromkeys(
        text[min(start, len(text) - SIZE) :][:SIZE]
        for text in texts
        if len(text) >= SIZE
        for start in range(0, len(text), SIZE)
    )
    return list(found)[:MAX_GRAMS]


def replace(
    connection: Connection, old: tuple[int, str] | None, new: tuple[int, str] | None
) -> None:
    """Index the (rank, text) `new` in place of `old`; None is nothing.

    PostgreSQL does so by itself.
    """
    if connection.dialect.name == "postgresql" or old == new:
        return
    if old:
        connection.execute(
            sa.text(
                "INSERT INTO study_grams(study_grams, rowid, grams) VALUES('delete', :rank, :grams)"
            ),
            {"rank": old[0], "grams": _tokens(old[1])},
        )
    if new:
        connection.execute(
            sa.text("INSERT INTO study_grams(rowid, grams) VALUES(:rank, :grams)"),
            {"rank": new[0], "grams": _tokens(new[1])},
        )


def are_in_period(wanted: Iterable[sa.ColumnElement[str]], of: Periods) -> sa.ColumnElement[bool]:
    """The condition that a study of one of these periods has all grams `wanted`, on PostgreSQL."""
    from sqlalchemy.dialects.postgresql import array  # with all its drivers

    having = array([of.under(gram) for gram in wanted])
    return sa.literal_column(POSTGRESQL_GRAMS).op("@>", is_comparison=True)(having)


def needle(wanted: Iterable[str]) -> str:
    """What SQLite looks for when it looks for all grams `wanted`."""
    return " ".join('"' + _blank(gram).replace('"', '""') + '"' for gram in wanted)


def are_in_table(needle: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition that a row of `study_grams` has all grams of a `needle`, on SQLite."""
    return sa.literal_column("study_grams").op("MATCH", is_comparison=True)(needle)


POSTGRESQL_GRAMS = (
    "klinika_grams(study.rank, "
    + " || ".join(f"study.{name} || '{BOUNDARY}'" for name in FIELDS)
    + ")"
)
"""The expression of PostgreSQL's index, word for word."""


def _tokens(text: str) -> str:
    return " ".join(map(_blank, grams([text])))


def _blank(gram: str) -> str:
    """FTS5 would take white space as the end of a word."""
    return "".join("_" if character.isspace() else character for character in gram)
