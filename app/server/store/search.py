"""The words of studies: how they are made, kept and found.

A study matches when each typed word begins one of its words. SQLite keeps the words in a
contentless FTS5 table whose row ids are ranks, so that the newest matches come first without a
sort; PostgreSQL in two GIN indexes, which need no extension: one by period, from which the newest
come, and one of a generated column `study.words`, by which all are counted.
A typed word with * or ? within, which stand for letters as in queries of DICOM, begins a word of
the patient's name, and is found by its letters as those are.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.folding import fold, unaccented
from app.server.store import grams
from app.server.store.conditions import is_like, literals, written
from app.server.store.periods import Periods
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
    """The words a person typed, as they are looked for; an asterisk behind one says nothing."""
    words = (word.rstrip("*") for word in _split(text))
    typed = " ".join([word for word in words if word][:MAX_QUERY_WORDS])
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


@dataclass(frozen=True, slots=True)
class Found:
    """The studies that have all `words`, of which one is narrowed to by a `study_uid`."""

    words: Sequence[str]
    study_uid: str = ""

    @property
    def patterns(self) -> tuple[str, ...]:
        """Those of names that have a word which begins as one that was typed."""
        typed = (word for word in self.words if _is_pattern(word))
        return tuple(f"{each}*" if each.startswith("*") else f"*^{each}*" for each in typed)

    @property
    def by_words(self) -> "Found":
        """The same without the patterns."""
        return Found([word for word in self.words if not _is_pattern(word)], self.study_uid)


def _is_pattern(word: str) -> bool:
    return "*" in word or "?" in word


Rows = Sequence[sa.Row[Any] | Row]


def page(connection: Connection, found: Found, limit: int, offset: int) -> Rows:
    """`limit` of the studies found, the newest first, as SUMMARY."""
    if not found.words or connection.dialect.name == "postgresql":
        values = {**_values(found), "limit": limit, "offset": offset}
        return _newest(_form(found)).rows(connection, values)
    if found.patterns:
        of_names = _with_patterns(found).limit(limit).offset(offset)
        return _with_ranks(connection, connection.scalars(of_names).all())
    return _with_ranks(connection, _newest_in_table(connection, found, limit, offset))


def counted_page(connection: Connection, found: Found, limit: int, offset: int) -> tuple[Rows, int]:
    """The same, and how many are found in all."""
    if found.patterns and connection.dialect.name == "sqlite":
        ranks = connection.scalars(_with_patterns(found)).all()  # they are looked through once
        return _with_ranks(connection, ranks[offset : offset + limit]), len(ranks)
    rows = page(connection, found, limit, offset) if limit else []
    return rows, _count(connection, found)


def _count(connection: Connection, found: Found) -> int:
    if found.words and connection.dialect.name == "sqlite":
        in_table, values = _in_table(found)
        return connection.scalar(sa.text(f"SELECT count(*) {in_table}"), values) or 0
    ((total,),) = _counted(_form(found)).rows(connection, _values(found))
    return int(total)


def _with_patterns(found: Found) -> sa.Select[int]:
    """The ranks of the studies with names that have the patterns, the newest first, on SQLite."""
    patterns, by_words = found.patterns, found.by_words
    rank: sa.ColumnElement[int] = study.c.rank
    tables: sa.FromClause = study
    letters = grams.covering(literals(patterns))
    typed = (sa.literal(written(each, "sqlite")) for each in patterns)
    conditions = [is_like(study.c.name_form, each, "sqlite") for each in typed]
    if letters:  # they come in the order of their ranks, without a sort
        rank = grams.study_grams.c.rowid
        tables = grams.study_grams.join(study, study.c.rank == rank)
        conditions.append(grams.are_in_table(sa.literal(grams.needle(letters))))
    if by_words.words:
        in_table, values = _in_table(by_words)
        having = sa.text(f"SELECT rowid {in_table}").bindparams(**values)
        conditions.append(study.c.rank.in_(having.columns(study.c.rank)))
    if found.study_uid:
        conditions.append(study.c.study_uid == found.study_uid)
    return sa.select(rank).select_from(tables).where(*conditions).order_by(rank.desc())


class _Form(NamedTuple):
    """What is looked for but for its `_values`: one statement finds all of a form.

    Words and letters are PostgreSQL's.
    """

    patterns: int
    letters: int
    has_words: bool
    is_one: bool


def _form(found: Found) -> _Form:
    letters = grams.covering(literals(found.patterns))
    has_words = bool(found.by_words.words)
    return _Form(len(found.patterns), len(letters), has_words, bool(found.study_uid))


def _values(found: Found) -> dict[str, Any]:
    patterns = [written(each, "postgresql") for each in found.patterns]
    letters = grams.covering(literals(found.patterns))
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in found.by_words.words)
    return {
        **{f"pattern{place}": each for place, each in enumerate(patterns)},
        **{f"gram{place}": each for place, each in enumerate(letters)},
        "needle": "&".join(f"' {word}':*" for word in quoted),  # a period stands before the space
        "study_uid": found.study_uid,
    }


@lru_cache(maxsize=64)
def _newest(form: _Form) -> Prepared:
    limited = _found(form, SUMMARY).limit(sa.bindparam("limit", type_=sa.Integer))
    return Prepared(limited.offset(sa.bindparam("offset", type_=sa.Integer)))


@lru_cache(maxsize=64)
def _counted(form: _Form) -> Prepared:
    count = sa.func.count()
    if form.patterns:
        return Prepared(sa.select(count).select_from(_found(form, [study.c.id]).subquery()))
    counted = sa.select(count).select_from(study).where(*_is_one(form))
    if form.has_words:
        counted = counted.where(_has("study.words", sa.func.replace(_text("needle"), " ", "")))
    return Prepared(counted)


def _found(form: _Form, columns: Sequence[sa.ColumnElement[Any]]) -> sa.Select[Any]:
    """The studies that are found, the newest first."""
    every = Periods(*map(sa.literal, ranks_of(None, None)))
    found = sa.select(*columns).where(*_is_one(form)).order_by(study.c.rank.desc())
    for place in range(form.patterns):
        pattern = _text(f"pattern{place}")
        found = found.where(is_like(study.c.name_form, pattern, "postgresql"))
    if form.letters:
        letters = [_text(f"gram{place}") for place in range(form.letters)]
        found = found.where(grams.are_in_period(letters, every))
    if form.has_words:
        needle = sa.func.replace(_text("needle"), " ", every.under(sa.literal("")))
        found = found.where(_has("klinika_words(study.rank, study.fold)", needle))
    return every.each(found) if form.letters or form.has_words else found


def _is_one(form: _Form) -> list[sa.ColumnElement[bool]]:
    return [study.c.study_uid == _text("study_uid")] if form.is_one else []


def _has(words: str, needle: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    from sqlalchemy.dialects.postgresql import TSQUERY  # with all its drivers

    having: sa.ColumnElement[Any] = sa.literal_column(words)
    return having.op("@@", is_comparison=True)(sa.cast(needle, TSQUERY))


def _text(name: str) -> sa.BindParameter[str]:
    return sa.bindparam(name, type_=sa.Text)


def _with_ranks(connection: Connection, ranks: Sequence[int]) -> Rows:
    return _OF_RANKS.rows(connection, {"ranks": ranks}) if ranks else []


def _in_table(found: Found) -> tuple[str, dict[str, Any]]:
    """Where SQLite finds them, and the values of that."""
    quoted = (word.replace('"', '""') for word in found.words)
    in_table = "FROM study_words WHERE study_words MATCH :needle"
    values: dict[str, Any] = {"needle": " ".join(f'"{word}"*' for word in quoted)}
    if found.study_uid:
        in_table += " AND rowid = (SELECT rank FROM study WHERE study_uid = :study_uid)"
        values["study_uid"] = found.study_uid
    return in_table, values


def _newest_in_table(
    connection: Connection, found: Found, limit: int, offset: int
) -> Sequence[int]:
    in_table, values = _in_table(found)
    newest = sa.text(f"SELECT rowid {in_table} ORDER BY rowid DESC LIMIT :limit OFFSET :offset")
    return connection.scalars(newest, {**values, "limit": limit, "offset": offset}).all()
