"""Where the objects of a patient, of studies, series or instances are kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.ingest import SourceKind
from app.server.store.tables import instance, series, study

UIDS_AT_ONCE = 30_000
"""UIDs in one statement: SQLite takes 32,766 parameters at most."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of the archive: what it is, and under which key its file is kept.

    `character_set` is how its unlabelled texts are read, `chosen_character_set` how all are.
    """

    study_uid: str
    series_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    size: int
    key: str
    character_set: str = ""
    chosen_character_set: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which objects: those that have one of the UIDs at every level that names some."""

    study_uids: tuple[str, ...] = ()
    series_uids: tuple[str, ...] = ()
    sop_instance_uids: tuple[str, ...] = ()
    patient_id: str = ""


def objects_of(
    connection: Connection, scope: Scope, *, with_reports: bool = True
) -> Iterator[StoredObject]:
    """The objects in `scope`, newest study first, then by series and instance number.

    Instances that are named by UID come in that order within each UIDS_AT_ONCE of them.
    """
    found = (
        sa.select(
            study.c.study_uid,
            series.c.series_uid,
            instance.c.sop_instance_uid,
            instance.c.sop_class_uid,
            instance.c.transfer_syntax_uid,
            instance.c.size,
            instance.c.object_key,
            instance.c.character_set,
            study.c.character_set,
        )
        .join(series, instance.c.series_id == series.c.id)
        .join(study, series.c.study_id == study.c.id)
        .order_by(
            study.c.rank.desc(),
            series.c.number.is_(None),
            series.c.number,
            series.c.id,
            instance.c.instance_number.is_(None),
            instance.c.instance_number,
            instance.c.id,
        )
    )
    if not with_reports:
        found = found.where(instance.c.source_kind != SourceKind.REPORT)
    if scope.patient_id:
        found = found.where(study.c.patient_id == scope.patient_id)
    if scope.study_uids:
        found = found.where(study.c.study_uid.in_(scope.study_uids))
    if scope.series_uids:
        found = found.where(series.c.series_uid.in_(scope.series_uids))
    if not scope.sop_instance_uids:
        yield from _stored(connection, found)
        return
    for start in range(0, len(scope.sop_instance_uids), UIDS_AT_ONCE):
        some = scope.sop_instance_uids[start : start + UIDS_AT_ONCE]
        yield from _stored(connection, found.where(instance.c.sop_instance_uid.in_(some)))


def counts(connection: Connection, study_uids: Sequence[str]) -> dict[str, int]:
    """How many objects of each of these studies are here; none for one that is not."""
    query = (
        sa.select(study.c.study_uid, sa.func.count())
        .select_from(
            study.join(series, series.c.study_id == study.c.id).join(
                instance, instance.c.series_id == series.c.id
            )
        )
        .where(study.c.study_uid.in_(study_uids[:UIDS_AT_ONCE]))
        .group_by(study.c.study_uid)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _stored(connection: Connection, found: sa.Select[Any]) -> Iterator[StoredObject]:
    for row in connection.execute(found):
        yield StoredObject(*row)
