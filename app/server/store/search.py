"""The words of studies: how they are made, kept and found.

A study matches when each typed word begins one of its words. SQLite keeps the words in a
contentless FTS5 table whose row ids are ranks, so that the newest matches come first without a
sort; PostgreSQL in a generated column `study.words` with a GIN index, which needs no extension.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.folding import fold, unaccented
from app.server.store.prepared import Prepared, Row
from app.server.store.studies import SUMMARY
from app.server.store.tables import study

MAX_WORD = 64
MAX_QUERY_WORDS = 12
MAX_WORDS = 200
ID_BITS = 28
EPOCH = datetime(1800, 1, 1)  # noqa: DTZ001 - scanners' times have no zone
MAX_SECONDS = (1 << (63 - ID_BITS)) - 1
DATE_FORMS = (
    "{0:04}-{1:02}-{2:02}",
    "{2:02}.{1:02}.{0:04}",
    "{2}.{1}.{0}",
    "{1:02}/{2:02}/{0:04}",
    "{1}/{2}/{0}",
    "{2:02}/{1:02}/{0:04}",
    "{2}/{1}/{0}",
    "{0:04}{1:02}{2:02}",
    "{1:02}.{0:04}",
    "{0:04}",
    "{2}{3}{0:04}",
)
"""Year, month and day as people write them, slashes in either order; last `24 Nov 2026`, joined."""
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_NAMED = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS)
_DAY_AND_MONTH = re.compile(rf"(?<!\S)0?([0-9]{{1,2}}) ({_NAMED})(?: ([0-9]{{1,4}}))?(?!\S)")


def rank(study_id: int, day: date | None, at: time | None, received: datetime) -> int:
    """A number that is greater for a newer study: its date and time, else its arrival in UTC."""
    moment = datetime.combine(day, at or time()) if day else received.astimezone(UTC)
    seconds = int((moment.replace(tzinfo=None) - EPOCH).total_seconds())
    return (min(max(seconds, 0), MAX_SECONDS) << ID_BITS) | (study_id % (1 << ID_BITS))


def ranks_of(first: date | None, last: date | None) -> tuple[int, int]:
    """The smallest and the greatest rank of studies from day `first` to `last`; None is open."""
    nowhen = datetime.min.replace(tzinfo=UTC)
    smallest = rank(0, first, time.min, nowhen) if first else 0
    greatest = rank((1 << ID_BITS) - 1, last, time.max, nowhen) if last else (1 << 63) - 1
    return smallest, greatest


def words(texts: Iterable[str], day: date | None) -> str:
    """The search words of a study, folded, each once, between spaces."""
    found: dict[str, None] = {}
    for text in texts:
        for word in _split(text):
            found[word] = None
            found.update(dict.fromkeys(re.findall(r"[^\W_]+", word)))
    if day:
        found.update(dict.fromkeys(_date_words(day)))
    return " ".join(list(found)[:MAX_WORDS])


def _date_words(day: date) -> list[str]:
    month = MONTHS[day.month - 1][:3]
    return [form.format(day.year, day.month, day.day, month) for form in DATE_FORMS]


def _split(text: str) -> list[str]:
    printable = "".join(
        " " if unicodedata.category(character)[0] in "CZ" else character
        for character in unaccented(fold(text))
    )
    return [word[:MAX_WORD] for word in printable.split()]


def query_words(text: str) -> list[str]:
    """The words a person typed, as they are looked for."""
    typed = " ".join(_split(text)[:MAX_QUERY_WORDS])
    return _DAY_AND_MONTH.sub(_joined, typed).split()


def _joined(date: re.Match[str]) -> str:
    return f"{date[1]}{date[2][:3]}{date[3] or ''}"


def replace(
    connection: Connection, old: tuple[int, str] | None, new: tuple[int, str] | None
) -> None:
    """Index the (rank, words) `new` in place of `old`; None is nothing.

    PostgreSQL does so by itself.
    """
    if connection.dialect.name == "postgresql" or old == new:
        return
    if old:
        connection.execute(
            sa.text(
                "INSERT INTO study_words(study_words, rowid, words) VALUES('delete', :rank, :words)"
            ),
            {"rank": old[0], "words": old[1]},
        )
    if new:
        connection.execute(
            sa.text("INSERT INTO study_words(rowid, words) VALUES(:rank, :words)"),
            {"rank": new[0], "words": new[1]},
        )


_OF_RANKS = Prepared(
    sa.select(*SUMMARY)
    .where(study.c.rank.in_(sa.bindparam("ranks", expanding=True)))
    .order_by(study.c.rank.desc())
)


_FOUND_IN_COLUMN = sa.text(
    "WITH found AS MATERIALIZED (SELECT rank FROM study WHERE words @@ CAST(:needle AS tsquery)"
    " AND (:study_uid = '' OR study_uid = :study_uid)) SELECT (SELECT count(*) FROM found),"
    " ARRAY(SELECT rank FROM found ORDER BY rank DESC LIMIT :limit OFFSET :offset)"
)


def page(
    connection: Connection, typed: list[str], study_uid: str, limit: int, offset: int
) -> tuple[Sequence[sa.Row[Any] | Row], int]:
    """`limit` studies that have all `typed` words, as SUMMARY, newest first, and how many have.

    `study_uid` narrows it to one study, unless it is empty.
    """
    if typed:
        ranks_of_words = _in_table if connection.dialect.name == "sqlite" else _in_column
        total, ranks = ranks_of_words(connection, typed, study_uid, limit, offset)
        return _OF_RANKS.rows(connection, {"ranks": ranks}) if ranks else [], total
    found = sa.select(*SUMMARY)
    if study_uid:
        found = found.where(study.c.study_uid == study_uid)
    total = connection.scalar(sa.select(sa.func.count()).select_from(found.subquery())) or 0
    rows = connection.execute(found.order_by(study.c.rank.desc()).limit(limit).offset(offset))
    return rows.all(), total


def _in_column(
    connection: Connection, typed: list[str], study_uid: str, limit: int, offset: int
) -> tuple[int, Sequence[int]]:
    """How many studies have the words, and the ranks of the page, on PostgreSQL.

    All that have them are found once: who looks for the newest 200 first, in the order of their
    ranks, may read half the table for them, and has to count the others all the same.
    """
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in typed)
    values = {
        "needle": " & ".join(f"'{word}':*" for word in quoted),
        "study_uid": study_uid,
        "limit": limit,
        "offset": offset,
    }
    total, ranks = connection.execute(_FOUND_IN_COLUMN, values).one()
    return total, ranks


def _in_table(
    connection: Connection, typed: list[str], study_uid: str, limit: int, offset: int
) -> tuple[int, Sequence[int]]:
    """The same on SQLite."""
    quoted = (word.replace('"', '""') for word in typed)
    condition = "study_words MATCH :needle"
    values: dict[str, object] = {"needle": " ".join(f'"{word}"*' for word in quoted)}
    if study_uid:
        condition += " AND rowid = (SELECT rank FROM study WHERE study_uid = :study_uid)"
        values["study_uid"] = study_uid
    found = f"FROM study_words WHERE {condition}"
    total = connection.scalar(sa.text(f"SELECT count(*) {found}"), values)
    ranks = connection.scalars(
        sa.text(f"SELECT rowid {found} ORDER BY rowid DESC LIMIT :limit OFFSET :offset"),
        {**values, "limit": limit, "offset": offset},
    ).all()
    return total or 0, ranks
