"""Objects out of the index: their rows first, then what holds nothing any more.

All functions belong to one transaction. The objects' files are left where they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.errors import ConflictError
from app.domain.ingest import SourceKind
from app.server.store import filing, grams, search
from app.server.store.tables import (
    forwarded,
    instance,
    report,
    report_image,
    series,
    series_request,
    study,
)

MAX_PARAMETERS = 500


@dataclass(frozen=True, slots=True)
class FiledObject:
    """An object of the index, with all that its header does not say."""

    study_uid: str
    series_uid: str
    sop_instance_uid: str
    object_key: str
    size: int
    sha256: str
    received_sha256: str | None
    source_kind: SourceKind
    source_name: str
    source_called: str
    character_set: str
    received_at: datetime


def filed(connection: Connection, condition: sa.ColumnElement[bool]) -> tuple[FiledObject, ...]:
    """The objects for which a condition on instance, series and study holds.

    They and their studies are locked: while they are taken out, nobody gives them other files.
    """
    found = (
        sa.select(
            study.c.study_uid,
            series.c.series_uid,
            instance.c.sop_instance_uid,
            instance.c.object_key,
            instance.c.size,
            instance.c.sha256,
            instance.c.received_sha256,
            instance.c.source_kind,
            instance.c.source_name,
            instance.c.source_called,
            instance.c.character_set,
            instance.c.received_at,
        )
        .join(series, instance.c.series_id == series.c.id)
        .join(study, series.c.study_id == study.c.id)
        .where(condition)
        .order_by(instance.c.id)
        .with_for_update(of=(study, instance))
    )
    return tuple(
        FiledObject(**row | {"source_kind": SourceKind(row["source_kind"])})
        for row in map(dict, connection.execute(found).mappings())
    )


def take_out(connection: Connection, objects: Sequence[FiledObject]) -> None:
    """Remove the rows of `objects` and count their series anew."""
    uids = [each.sop_instance_uid for each in objects]
    for start in range(0, len(uids), MAX_PARAMETERS):
        some = uids[start : start + MAX_PARAMETERS]
        connection.execute(sa.delete(instance).where(instance.c.sop_instance_uid.in_(some)))
        # What takes their place was sent to nobody yet.
        connection.execute(sa.delete(forwarded).where(forwarded.c.sop_instance_uid.in_(some)))
    for uid in sorted({each.series_uid for each in objects}):
        _count(connection, uid)


def prune(connection: Connection, study_uids: Iterable[str]) -> None:
    """Drop series and studies that are empty now, and bring the rows of the others up to date.

    Raises ConflictError when a study that is empty has a report.
    """
    for uid in sorted(set(study_uids)):
        row = connection.execute(sa.select(study).where(study.c.study_uid == uid)).mappings().one()
        _drop_empty_series(connection, row["id"])
        if _has_series(connection, row["id"]):
            filing.refresh(connection, dict(row))
        else:
            _drop_study(connection, dict(row))


def _count(connection: Connection, series_uid: str) -> None:
    series_id = sa.select(series.c.id).where(series.c.series_uid == series_uid).scalar_subquery()
    of_series = instance.c.series_id == series_id
    counted = connection.execute(
        sa.select(sa.func.count(), sa.func.count(instance.c.image)).where(of_series)
    ).one()
    classes = connection.scalars(
        sa.select(instance.c.sop_class_uid).distinct().where(of_series)
    ).all()
    connection.execute(
        sa.update(series)
        .where(series.c.series_uid == series_uid)
        .values(
            instance_count=counted[0], image_count=counted[1], sop_classes=filing.joined(classes)
        )
    )


def _drop_empty_series(connection: Connection, study_id: int) -> None:
    is_empty = sa.and_(series.c.study_id == study_id, series.c.instance_count == 0)
    ids = sa.select(series.c.id).where(is_empty)
    connection.execute(sa.delete(series_request).where(series_request.c.series_id.in_(ids)))
    connection.execute(sa.delete(series).where(is_empty))


def _has_series(connection: Connection, study_id: int) -> bool:
    query = sa.select(series.c.id).where(series.c.study_id == study_id).limit(1)
    return connection.scalar(query) is not None


def _drop_study(connection: Connection, row: dict[str, Any]) -> None:
    of_study = report.c.study_id == row["id"]
    if connection.scalar(sa.select(report.c.id).where(of_study).limit(1)) is not None:
        raise ConflictError("a study with a report stays")
    connection.execute(sa.delete(report_image).where(report_image.c.study_id == row["id"]))
    connection.execute(sa.delete(study).where(study.c.id == row["id"]))
    search.replace(connection, (row["rank"], row["fold"]), None)
    grams.replace(connection, (row["rank"], grams.text_of(row)), None)
