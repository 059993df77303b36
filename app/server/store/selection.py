"""The entities a query selects, as SQL: joins and conditions, without columns or order.

Dates narrow the ranks of studies, patterns their letters, so that neither reads every row. What is
selected by all queries of one form is one statement, made once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from itertools import count
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.matching import Texts
from app.domain.query import Level
from app.server.store import grams
from app.server.store.conditions import Shape, is_like, matches, values, written
from app.server.store.periods import Periods
from app.server.store.prepared import Prepared
from app.server.store.search import ranks_of
from app.server.store.tables import instance, series, series_request, study
from app.server.store.wanted import (
    ACCESSION_NUMBER,
    MODALITIES_IN_STUDY,
    PATIENT_ID,
    PATIENT_NAME,
    REFERRING_PHYSICIAN,
    SOP_CLASSES_IN_STUDY,
    STUDY_DATE,
    STUDY_DESCRIPTION,
    STUDY_TIME,
    Wanted,
)

RARE = 2000
"""Series of a modality that are few enough to be looked up before their studies."""
MAX_KEPT = 64
"""Parameters of a statement that is kept; few ask for more names or patterns at once."""

COLUMNS: Mapping[int, sa.Column[Any]] = {
    PATIENT_NAME: study.c.patient_name,
    PATIENT_ID: study.c.patient_id,
    0x00100021: study.c.issuer_of_patient_id,
    0x00100030: study.c.birth_date,
    0x00100040: study.c.sex,
    0x0020000D: study.c.study_uid,
    STUDY_DATE: study.c.study_date,
    STUDY_TIME: study.c.study_time,
    ACCESSION_NUMBER: study.c.accession_number,
    0x00200010: study.c.dicom_study_id,
    STUDY_DESCRIPTION: study.c.description,
    REFERRING_PHYSICIAN: study.c.referring_physician,
    0x00080080: study.c.institution,
    MODALITIES_IN_STUDY: study.c.series_modalities,
    SOP_CLASSES_IN_STUDY: study.c.sop_classes,
    0x00201206: study.c.series_count,
    0x00201208: study.c.instance_count,
    0x0020000E: series.c.series_uid,
    0x00080060: series.c.modality,
    0x00200011: series.c.number,
    0x0008103E: series.c.description,
    0x00080021: series.c.series_date,
    0x00080031: series.c.series_time,
    0x00180015: series.c.body_part,
    0x00200060: series.c.laterality,
    0x00181030: series.c.protocol_name,
    0x00081010: series.c.station_name,
    0x00080070: series.c.manufacturer,
    0x00081090: series.c.model_name,
    0x00200052: series.c.frame_of_reference_uid,
    0x00400244: series.c.performed_date,
    0x00400245: series.c.performed_time,
    0x00201209: series.c.instance_count,
    0x00080018: instance.c.sop_instance_uid,
    0x00080016: instance.c.sop_class_uid,
    0x00083002: instance.c.transfer_syntax_uid,
    0x00200013: instance.c.instance_number,
    0x00080023: instance.c.content_date,
    0x00080033: instance.c.content_time,
    0x00280008: instance.c.frame_count,
    0x00280010: instance.c.rows,
    0x00280011: instance.c.columns,
    0x00280100: instance.c.bits_allocated,
}
"""Where each attribute is kept that is no count of a patient's."""
REQUEST_COLUMNS: Mapping[int, sa.Column[str]] = {
    0x00400009: series_request.c.scheduled_procedure_step_id,
    0x00401001: series_request.c.requested_procedure_id,
}
_FORMS = {PATIENT_NAME: study.c.name_form, REFERRING_PHYSICIAN: study.c.referring_form}


@dataclass(frozen=True, slots=True)
class Form:
    """A query of one database but for its values."""

    dialect: str
    level: Level
    shapes: tuple[tuple[int, Shape], ...]
    moments: tuple[bool, bool]
    has_ranks: bool
    letters: int
    modalities: int
    has_rare_modality: bool

    @property
    def size(self) -> int:
        """How many parameters it has, about."""
        return self.modalities + sum(sum(shape.counts) for _, shape in self.shapes)

    @classmethod
    def of(cls, connection: Connection, wanted: Wanted, last: int | None) -> Self:
        """That of what is `wanted` with ranks up to `last`."""
        first_moment, last_moment = wanted.moments or (None, None)
        shapes = {tag: Shape.of(asked) for tag, asked in wanted.conditions.items()}
        modality = wanted.conditions.get(MODALITIES_IN_STUDY)
        return cls(
            connection.dialect.name,
            wanted.query.level,
            tuple(shapes.items()),
            (first_moment is not None, last_moment is not None),
            wanted.ranks(last) != ranks_of(None, None),
            len(wanted.grams()),
            len(wanted.modalities()),
            isinstance(modality, Texts) and _is_rare(connection, modality),
        )


def values_of(wanted: Wanted, last: int | None, dialect: str) -> dict[str, Any]:
    """The values of a query's form, by the names of their parameters."""
    said: dict[str, Any] = {}
    for tag, asked in wanted.conditions.items():
        said.update(zip(_names(tag), values(asked, dialect), strict=False))
    first, last_rank = wanted.ranks(last)
    letters = wanted.grams()
    said |= {"first_rank": first, "last_rank": last_rank, "needle": grams.needle(letters)}
    said |= {f"gram{place}": gram for place, gram in enumerate(letters)}
    for place, pattern in enumerate(wanted.modalities()):
        said[f"modality{place}"] = written(pattern, dialect)
    for end, moment in zip(("first", "last"), wanted.moments or (), strict=False):
        if moment:
            said |= {f"{end}_day": moment.date(), f"{end}_time": moment.time()}
    return said


def _names(tag: int) -> Iterator[str]:
    return (f"value_{tag:x}_{place}" for place in count())


def _is_rare(connection: Connection, modality: Texts) -> bool:
    dialect = connection.dialect.name
    found = dict(zip(_names(MODALITIES_IN_STUDY), values(modality, dialect), strict=False))
    few = _few if len(modality.patterns) <= MAX_KEPT else _few.__wrapped__
    ((number,),) = few(Shape.of(modality), dialect).rows(connection, {**found, "limit": RARE})
    return bool(number < RARE)


@lru_cache(maxsize=64)
def _few(modality: Shape, dialect: str) -> Prepared:
    """How many series of the modality there are, up to a limit."""
    some = _series_of(modality, dialect).limit(sa.bindparam("limit", type_=sa.Integer))
    return Prepared(sa.select(sa.func.count()).select_from(some.subquery()))


def _series_of(modality: Shape, dialect: str) -> sa.Select[Any]:
    names = _names(MODALITIES_IN_STUDY)
    return sa.select(series.c.study_id).where(matches(series.c.modality, modality, names, dialect))


def _between_backslashes(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    return sa.literal("\\").concat(column).concat("\\")


class Selection:
    """What queries of one form select; by `rank` it is ordered."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._shapes = dict(form.shapes)
        is_sqlite = form.dialect == "sqlite"
        self._is_by_grams = bool(form.letters) and is_sqlite
        self._first = sa.bindparam("first_rank", type_=sa.BigInteger)
        self._last = sa.bindparam("last_rank", type_=sa.BigInteger)
        is_by_period = bool(form.letters) and not is_sqlite
        self._periods = Periods(self._first, self._last) if is_by_period else None
        self.rank: sa.ColumnElement[int] = (
            grams.study_grams.c.rowid if self._is_by_grams else study.c.rank
        )

    def of(self, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        """The selection's `columns`, for `newest_first`."""
        return sa.select(*columns).select_from(self._tables()).where(*self._conditions())

    def newest_first(self, found: sa.Select[Any]) -> sa.Select[Any]:
        """What is `found`, in an order by rank, and not all of it before the first is known."""
        return found if self._periods is None else self._periods.each(found)

    def _tables(self) -> sa.FromClause:
        tables: sa.FromClause = study
        if self._is_by_grams:  # they come in the order of their ranks, without a sort
            tables = grams.study_grams.join(study, study.c.rank == grams.study_grams.c.rowid)
        depth = self._form.level.depth
        if depth >= Level.SERIES.depth:
            tables = tables.join(series, series.c.study_id == study.c.id)
        if depth >= Level.IMAGE.depth:
            tables = tables.join(instance, instance.c.series_id == series.c.id)
        return tables

    def _conditions(self) -> list[sa.ColumnElement[bool]]:
        conditions = [self._one(tag) for tag in self._shapes if tag not in REQUEST_COLUMNS]
        conditions += [*self._of_moments(), *self._of_requests()]
        if self._form.has_ranks:
            conditions.append(self.rank.between(self._first, self._last))
        if self._is_by_grams:
            conditions.append(grams.are_in_table(sa.bindparam("needle", type_=sa.Text)))
        elif self._periods is not None:
            names = (f"gram{place}" for place in range(self._form.letters))
            letters = [sa.bindparam(name, type_=sa.Text) for name in names]
            conditions.append(grams.are_in_period(letters, self._periods))
        if self._form.level is Level.PATIENT:
            conditions.append(self._is_newest_of_patient())
        return conditions

    def _one(self, tag: int) -> sa.ColumnElement[bool]:
        shape = self._shapes[tag]
        if tag == MODALITIES_IN_STUDY and shape.kind is Texts:
            return self._has_modality(shape)
        if tag == SOP_CLASSES_IN_STUDY and shape.kind is Texts:
            return self._matches(_between_backslashes(study.c.sop_classes), tag)
        return self._matches(_FORMS.get(tag, COLUMNS[tag]), tag)

    def _matches(self, column: sa.ColumnElement[Any], tag: int) -> sa.ColumnElement[bool]:
        return matches(column, self._shapes[tag], _names(tag), self._form.dialect)

    def _has_modality(self, shape: Shape) -> sa.ColumnElement[bool]:
        of_series = _series_of(shape, self._form.dialect)
        if self._form.has_rare_modality:
            return study.c.id.in_(of_series)
        if self._form.modalities:
            column = _between_backslashes(study.c.series_modalities)
            names = (f"modality{place}" for place in range(self._form.modalities))
            typed = (sa.bindparam(name, type_=sa.Text) for name in names)
            return sa.or_(*(is_like(column, each, self._form.dialect) for each in typed))
        return of_series.where(series.c.study_id == study.c.id).exists()

    def _of_moments(self) -> list[sa.ColumnElement[bool]]:
        """A study without a time counts as one of midnight."""
        day, at = study.c.study_date, sa.func.coalesce(study.c.study_time, time.min)
        limits = []
        for end, is_asked in zip(("first", "last"), self._form.moments, strict=True):
            if is_asked:
                that_day = sa.bindparam(f"{end}_day", type_=sa.Date)
                that_time = sa.bindparam(f"{end}_time", type_=sa.Time)
                is_first = end == "first"
                in_time = at >= that_time if is_first else at <= that_time
                on_others = day > that_day if is_first else day < that_day
                limits.append(sa.or_(on_others, sa.and_(day == that_day, in_time)))
        return limits

    def _of_requests(self) -> list[sa.ColumnElement[bool]]:
        """All keys of the sequence match the same item."""
        asked = [
            self._matches(column, tag)
            for tag, column in REQUEST_COLUMNS.items()
            if tag in self._shapes
        ]
        item = sa.select(series_request.c.id).where(series_request.c.series_id == series.c.id)
        return [item.where(*asked).exists()] if asked else []

    def _is_newest_of_patient(self) -> sa.ColumnElement[bool]:
        """No newer study of the same patient matches too: this one speaks for the patient."""
        newer = study.alias("newer")
        same = [newer.c.patient_key == study.c.patient_key, newer.c.rank > study.c.rank]
        for tag in self._shapes:
            column = newer.c[_FORMS.get(tag, COLUMNS[tag]).name]
            same.append(self._matches(column, tag))
        return ~sa.select(newer.c.id).where(*same).exists()
