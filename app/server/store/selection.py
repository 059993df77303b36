"""The entities a query selects, as SQL: joins and conditions, without columns or order.

Dates narrow the ranks of studies, patterns their letters, so that neither reads every row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.matching import Condition, Days, Names, Texts, Times, condition
from app.domain.query import BY_TAG, Level, Query
from app.server.store import grams, periods
from app.server.store.conditions import has_value, matches, runs
from app.server.store.search import ranks_of
from app.server.store.tables import instance, series, series_request, study

PATIENT_NAME, PATIENT_ID, ACCESSION_NUMBER = 0x00100010, 0x00100020, 0x00080050
STUDY_DATE, STUDY_TIME, STUDY_DESCRIPTION = 0x00080020, 0x00080030, 0x00081030
MODALITIES_IN_STUDY, SOP_CLASSES_IN_STUDY = 0x00080061, 0x00080062
REFERRING_PHYSICIAN = 0x00080090
RARE = 2000
"""Series of a modality that are few enough to be looked up before their studies."""

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
class Wanted:
    """A query whose keys were read; `moments` is its combined range of study date and time."""

    query: Query
    conditions: Mapping[int, Condition]
    moments: tuple[datetime | None, datetime | None] | None = None

    @classmethod
    def of(cls, query: Query) -> "Wanted":
        """Raises InvalidError for a broken key."""
        conditions = {}
        for tag, key in query.keys.items():
            attribute = BY_TAG.get(tag)
            if attribute is None or attribute.level.depth > query.level.depth:
                continue
            asked = condition(attribute, key, is_fuzzy=query.is_fuzzy)
            if asked is not None:
                conditions[tag] = asked
        moments = _combined(conditions) if query.is_combined_datetime else None
        if moments:
            del conditions[STUDY_DATE], conditions[STUDY_TIME]
        return cls(query, conditions, moments)


def _combined(
    conditions: Mapping[int, Condition],
) -> tuple[datetime | None, datetime | None] | None:
    """The moments between one range of dates and one of times (PS3.4 C.2.2.2.5.4)."""
    days, times = conditions.get(STUDY_DATE), conditions.get(STUDY_TIME)
    if not (isinstance(days, Days) and isinstance(times, Times)):
        return None
    if len(days.spans) != 1 or len(times.spans) != 1:
        return None
    (first_day, last_day), (first_time, last_time) = days.spans[0], times.spans[0]
    return (
        datetime.combine(first_day, first_time or time.min) if first_day else None,
        datetime.combine(last_day, last_time or time.max) if last_day else None,
    )


class Selection:
    """What one query selects from one database, with ranks up to `last`; by `rank` it's ordered."""

    def __init__(self, connection: Connection, wanted: Wanted, last: int | None = None) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._wanted = wanted
        self._ranks = self._wanted_ranks(last)
        self._grams = self._wanted_grams()
        self._is_by_grams = bool(self._grams) and self._dialect == "sqlite"
        is_by_period = bool(self._grams) and self._dialect == "postgresql"
        self._periods = periods.between(*self._ranks) if is_by_period else None
        self.rank: sa.ColumnElement[int] = (
            grams.study_grams.c.rowid if self._is_by_grams else study.c.rank
        )

    def of(self, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        """The selection's `columns`, for `newest_first`."""
        return sa.select(*columns).select_from(self._tables()).where(*self._conditions())

    def newest_first(self, found: sa.Select[Any]) -> sa.Select[Any]:
        """What is `found`, in an order by rank, and not all of it before the first is known."""
        return found if self._periods is None else periods.each(self._periods, found)

    def _tables(self) -> sa.FromClause:
        tables: sa.FromClause = study
        if self._is_by_grams:  # they come in the order of their ranks, without a sort
            tables = grams.study_grams.join(study, study.c.rank == grams.study_grams.c.rowid)
        depth = self._wanted.query.level.depth
        if depth >= Level.SERIES.depth:
            tables = tables.join(series, series.c.study_id == study.c.id)
        if depth >= Level.IMAGE.depth:
            tables = tables.join(instance, instance.c.series_id == series.c.id)
        return tables

    def _conditions(self) -> list[sa.ColumnElement[bool]]:
        conditions = [
            self._one(tag, asked)
            for tag, asked in self._wanted.conditions.items()
            if tag not in REQUEST_COLUMNS
        ]
        conditions += [*self._of_ranks(), *self._of_moments(), *self._of_requests()]
        if self._is_by_grams:
            conditions.append(grams.are_in_table(self._grams))
        elif self._periods is not None:
            conditions.append(grams.are_in_period(map(sa.literal, self._grams), self._periods))
        if self._wanted.query.level is Level.PATIENT:
            conditions.append(self._is_newest_of_patient())
        return conditions

    def _one(self, tag: int, asked: Condition) -> sa.ColumnElement[bool]:
        if tag == MODALITIES_IN_STUDY and isinstance(asked, Texts):
            return self._has_modality(asked)
        if tag == SOP_CLASSES_IN_STUDY and isinstance(asked, Texts):
            classes = study.c.sop_classes
            return sa.or_(*(has_value(classes, uid, self._dialect) for uid in asked.values))
        return matches(_FORMS.get(tag, COLUMNS[tag]), asked, self._dialect)

    def _has_modality(self, asked: Texts) -> sa.ColumnElement[bool]:
        of_series = sa.select(series.c.study_id).where(
            matches(series.c.modality, asked, self._dialect)
        )
        rare = sa.select(sa.func.count()).select_from(of_series.limit(RARE).subquery())
        if (self._connection.scalar(rare) or 0) < RARE:
            return study.c.id.in_(of_series)
        return of_series.where(series.c.study_id == study.c.id).exists()

    def _wanted_ranks(self, last_rank: int | None) -> tuple[int, int]:
        """What the study's date and the page before say of its rank, which has an index."""
        first: date | None
        last: date | None
        first, last = self._wanted.moments or (None, None)
        days = self._wanted.conditions.get(STUDY_DATE)
        if isinstance(days, Days):
            firsts, lasts = zip(*days.spans, strict=True)
            first = None if None in firsts else min(firsts)
            last = None if None in lasts else max(lasts)
        smallest, greatest = ranks_of(first, last)
        return smallest, greatest if last_rank is None else min(greatest, last_rank)

    def _of_ranks(self) -> list[sa.ColumnElement[bool]]:
        is_all = self._ranks == ranks_of(None, None)
        return [] if is_all else [self.rank.between(*self._ranks)]

    def _of_moments(self) -> list[sa.ColumnElement[bool]]:
        """A study without a time counts as one of midnight."""
        if not self._wanted.moments:
            return []
        first, last = self._wanted.moments
        day, at = study.c.study_date, sa.func.coalesce(study.c.study_time, time.min)
        limits = []
        if first:
            on_day = sa.and_(day == first.date(), at >= first.time())
            limits.append(sa.or_(day > first.date(), on_day))
        if last:
            on_day = sa.and_(day == last.date(), at <= last.time())
            limits.append(sa.or_(day < last.date(), on_day))
        return limits

    def _of_requests(self) -> list[sa.ColumnElement[bool]]:
        """All keys of the sequence match the same item."""
        asked = [
            matches(column, self._wanted.conditions[tag], self._dialect)
            for tag, column in REQUEST_COLUMNS.items()
            if tag in self._wanted.conditions
        ]
        item = sa.select(series_request.c.id).where(series_request.c.series_id == series.c.id)
        return [item.where(*asked).exists()] if asked else []

    def _is_newest_of_patient(self) -> sa.ColumnElement[bool]:
        """No newer study of the same patient matches too: this one speaks for the patient."""
        newer = study.alias("newer")
        same = [newer.c.patient_key == study.c.patient_key, newer.c.rank > study.c.rank]
        for tag, asked in self._wanted.conditions.items():
            column = newer.c[_FORMS.get(tag, COLUMNS[tag]).name]
            same.append(matches(column, asked, self._dialect))
        return ~sa.select(newer.c.id).where(*same).exists()

    def _wanted_grams(self) -> list[str]:
        wanted: list[str] = []
        for tag in (PATIENT_NAME, PATIENT_ID, ACCESSION_NUMBER, STUDY_DESCRIPTION):
            asked = self._wanted.conditions.get(tag)
            if isinstance(asked, Names) or _needs_letters(tag, asked):
                wanted += runs(asked, boundary=grams.BOUNDARY)
        return grams.covering(wanted)


def _needs_letters(tag: int, asked: Condition | None) -> bool:
    """Whether no other index finds the text: whole IDs and accession numbers have their own."""
    return isinstance(asked, Texts) and (tag == STUDY_DESCRIPTION or bool(asked.patterns))
