"""Where the objects of a patient, of studies, series or instances are kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.ingest import SourceKind
from app.server.store.prepared import Prepared
from app.server.store.tables import instance, series, study

UIDS_AT_ONCE = 1 << 14
"""UIDs in one statement, a power of two as Prepared has: SQLite takes 32,766 parameters at most."""


class StoredObject(NamedTuple):
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
    levels = {
        "study_uids": scope.study_uids,
        "series_uids": scope.series_uids,
        "sop_instance_uids": scope.sop_instance_uids,
    }
    named = {name: uids for name, uids in levels.items() if uids}
    query = _objects(tuple(named), with_patient=bool(scope.patient_id), with_reports=with_reports)
    values = {"patient_id": scope.patient_id, **named}
    uids = named.get("sop_instance_uids", ())
    for start in range(0, len(uids) or 1, UIDS_AT_ONCE):
        if uids:
            values["sop_instance_uids"] = uids[start : start + UIDS_AT_ONCE]
        yield from map(StoredObject._make, query.rows(connection, values))


@cache
def _objects(named: tuple[str, ...], *, with_patient: bool, with_reports: bool) -> Prepared:
    """The objects that have one of the UIDs `named`, a parameter for each level."""
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
    if with_patient:
        found = found.where(study.c.patient_id == sa.bindparam("patient_id"))
    columns = {
        "study_uids": study.c.study_uid,
        "series_uids": series.c.series_uid,
        "sop_instance_uids": instance.c.sop_instance_uid,
    }
    for name in named:
        found = found.where(columns[name].in_(sa.bindparam(name, expanding=True)))
    return Prepared(found)


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
