"""Studies, series and instances as they are read."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.ingest import SourceKind
from app.domain.report import ReportState
from app.domain.study import SeriesSummary, StudySummary
from app.server.store.prepared import Row
from app.server.store.tables import instance, series, study

SUMMARY = tuple(study.c[each.name] for each in fields(StudySummary))
"""The columns that `summary` takes, in the order of its fields."""
_MODALITIES, _REPORT_STATE = SUMMARY.index(study.c.modalities), SUMMARY.index(study.c.report_state)


def summary(row: sa.Row[Any] | Row) -> StudySummary:
    """A row of `SUMMARY` as a domain value."""
    values = list(row)
    modalities, state = row[_MODALITIES], row[_REPORT_STATE]
    values[_MODALITIES] = tuple(modalities.split("/")) if modalities else ()
    values[_REPORT_STATE] = ReportState(state) if state else None
    return StudySummary(*values)


def one_study(connection: Connection, study_uid: str) -> StudySummary | None:
    """The study, or None."""
    row = connection.execute(sa.select(*SUMMARY).where(study.c.study_uid == study_uid)).first()
    return summary(row) if row else None


def series_of(connection: Connection, study_uid: str) -> tuple[SeriesSummary, ...]:
    """A study's series in the order of their numbers, those without one last."""
    rows = connection.execute(
        _series()
        .where(study.c.study_uid == study_uid)
        .order_by(series.c.number.is_(None), series.c.number, series.c.id)
    )
    return tuple(_series_summary(row) for row in rows)


def one_series(connection: Connection, series_uid: str) -> SeriesSummary | None:
    """The series, or None."""
    row = connection.execute(_series().where(series.c.series_uid == series_uid)).first()
    return _series_summary(row) if row else None


def _series() -> sa.Select[Any]:
    return sa.select(series, study.c.study_uid).join(study, series.c.study_id == study.c.id)


def _series_summary(row: sa.Row[Any]) -> SeriesSummary:
    return SeriesSummary(
        series_uid=row.series_uid,
        study_uid=row.study_uid,
        number=row.number,
        modality=row.modality,
        description=row.description,
        body_part=row.body_part,
        laterality=row.laterality,
        instance_count=row.instance_count,
        image_count=row.image_count,
        frame_of_reference_uid=row.frame_of_reference_uid,
        is_complete=row.is_complete,
    )


def images_of(connection: Connection, series_uid: str) -> Sequence[sa.Row[Any]]:
    """The rows of `instance` of a series that have pixels, in no order."""
    found: sa.Select[Any] = (
        sa.select(
            instance.c.image,
            instance.c.object_key,
            instance.c.size,
            instance.c.pixel_offset,
            instance.c.pixel_length,
        )
        .join(series, instance.c.series_id == series.c.id)
        .where(series.c.series_uid == series_uid, instance.c.image.is_not(None))
    )
    return connection.execute(found).all()


class Header(NamedTuple):
    """Where the header of an object is, and how its unlabelled texts are read."""

    series_uid: str
    object_key: str
    character_set: str
    source_kind: SourceKind


def headers_of(connection: Connection, study_uid: str) -> tuple[Header, ...]:
    """Those of a study's objects, as they came."""
    found = (
        sa.select(
            series.c.series_uid,
            instance.c.object_key,
            instance.c.character_set,
            instance.c.source_kind,
        )
        .join(series, instance.c.series_id == series.c.id)
        .join(study, series.c.study_id == study.c.id)
        .where(study.c.study_uid == study_uid)
        .order_by(instance.c.id)
    )
    return tuple(
        Header(uid, key, character_set, SourceKind(kind))
        for uid, key, character_set, kind in connection.execute(found)
    )


def newest_object(connection: Connection, series_uid: str) -> int:
    """A number that is another whenever an object came to the series; 0 for an empty one."""
    return (
        connection.scalar(
            sa.select(sa.func.max(instance.c.id))
            .join(series, instance.c.series_id == series.c.id)
            .where(series.c.series_uid == series_uid)
        )
        or 0
    )


def object_key(connection: Connection, sop_instance_uid: str) -> str | None:
    """Where an object is kept, or None."""
    key: str | None = connection.scalar(
        sa.select(instance.c.object_key).where(instance.c.sop_instance_uid == sop_instance_uid)
    )
    return key


def study_of_series(connection: Connection, series_uid: str) -> str | None:
    """The UID of the study that a series belongs to, or None."""
    found: str | None = connection.scalar(
        sa.select(study.c.study_uid)
        .join(series, series.c.study_id == study.c.id)
        .where(series.c.series_uid == series_uid)
    )
    return found


def study_of_instance(connection: Connection, sop_instance_uid: str) -> str | None:
    """The UID of the study that an object belongs to, or None."""
    found: str | None = connection.scalar(
        sa.select(study.c.study_uid)
        .join(series, series.c.study_id == study.c.id)
        .join(instance, instance.c.series_id == series.c.id)
        .where(instance.c.sop_instance_uid == sop_instance_uid)
    )
    return found
