"""New objects into the index: those that are new are filed, the others told apart.

All functions belong to the one transaction of an ingest group.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.folding import fold
from app.domain.ingest import StoreOutcome
from app.domain.quarantine import QuarantineReason
from app.server.store import filing, settling
from app.server.store.filing import NewObject
from app.server.store.tables import instance, quarantined, series, study

MAX_PARAMETERS = 500
# Statements are made once: building one costs more than SQLite needs to run it.
_KNOWN_OBJECTS = sa.select(
    instance.c.sop_instance_uid, instance.c.sha256, instance.c.object_key
).where(instance.c.sop_instance_uid.in_(sa.bindparam("uids", expanding=True)))
_KNOWN_SERIES = (
    sa.select(series.c.series_uid, study.c.study_uid)
    .join(study, series.c.study_id == study.c.id)
    .where(series.c.series_uid.in_(sa.bindparam("uids", expanding=True)))
)
_KNOWN_PATIENTS = sa.select(study.c.study_uid, study.c.patient_id, study.c.patient_name).where(
    study.c.study_uid.in_(sa.bindparam("uids", expanding=True))
)
_KNOWN_KEYS = sa.union_all(
    *(
        sa.select(table.c.object_key).where(
            table.c.object_key.in_(sa.bindparam("keys", expanding=True))
        )
        for table in (instance, quarantined)
    )
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an object; `known_key` is the key of the one of its UID that came before.

    `reason` says why it is a conflict.
    """

    outcome: StoreOutcome
    known_key: str = ""
    reason: QuarantineReason | None = None


def take(
    connection: Connection, objects: Sequence[NewObject], quiet: timedelta, now: datetime
) -> list[Taken]:
    """Index those of `objects` that are new and tell the feed of their studies.

    Their series are looked at when nothing came for `quiet`.

    An object is a conflict when its UID is there with other bytes, when its series belongs to
    another study, or its study to another patient, by ID and name both. Raises ClashError, by the
    connection, when another server adds the same meanwhile.
    """
    known = _known_objects(connection, objects)
    studies = _known_series(connection, objects)
    patients = _known_patients(connection, objects)
    new: list[NewObject] = []
    taken = []
    for each in objects:
        there = known.get(each.sop_instance_uid)
        if there is not None:
            sha256, key = there
            if sha256 == each.sha256:
                taken.append(Taken(StoreOutcome.DUPLICATE, key))
            else:
                taken.append(Taken(StoreOutcome.CONFLICT, key, QuarantineReason.CONTENT))
        elif reason := _misplaced(each, studies, patients):
            taken.append(Taken(StoreOutcome.CONFLICT, reason=reason))
        else:
            known[each.sop_instance_uid] = each.sha256, each.object_key
            new.append(each)
            taken.append(Taken(StoreOutcome.STORED))
    if new:
        settling.note(connection, new, quiet, now)
        filing.add(connection, new, now)
    return taken


def _misplaced(
    each: NewObject, studies: dict[str, str], patients: dict[str, tuple[str, str]]
) -> QuarantineReason | None:
    """Who came first with its series or study; if nobody did, it is now the first."""
    study_uid, said = each.study.study_uid, (each.study.patient_id, each.study.patient_name)
    patient_id, patient_name = patients.setdefault(study_uid, said)
    has_other_id = bool(patient_id and said[0]) and patient_id != said[0]
    has_other_name = bool(patient_name and said[1]) and fold(patient_name) != fold(said[1])
    if has_other_id and has_other_name:
        return QuarantineReason.PATIENT
    if studies.setdefault(each.series.series_uid, study_uid) != study_uid:
        return QuarantineReason.SERIES
    return None


def is_of_another_study(connection: Connection, new: NewObject) -> bool:
    """Whether another study than its own has the series of `new`."""
    study_uid = new.study.study_uid
    return _known_series(connection, [new]).get(new.series.series_uid, study_uid) != study_uid


def _known_patients(
    connection: Connection, objects: Sequence[NewObject]
) -> dict[str, tuple[str, str]]:
    uids = [each.study.study_uid for each in objects]
    rows = connection.execute(_KNOWN_PATIENTS, {"uids": uids})
    return {row.study_uid: (row.patient_id, row.patient_name) for row in rows}


def _known_objects(
    connection: Connection, objects: Sequence[NewObject]
) -> dict[str, tuple[str, str]]:
    uids = [each.sop_instance_uid for each in objects]
    rows = connection.execute(_KNOWN_OBJECTS, {"uids": uids})
    return {row.sop_instance_uid: (row.sha256, row.object_key) for row in rows}


def _known_series(connection: Connection, objects: Sequence[NewObject]) -> dict[str, str]:
    uids = [each.series.series_uid for each in objects]
    rows = connection.execute(_KNOWN_SERIES, {"uids": uids})
    return {row.series_uid: row.study_uid for row in rows}


def known_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that an object has, put aside or not."""
    known: set[str] = set()
    for start in range(0, len(keys), MAX_PARAMETERS):
        some = keys[start : start + MAX_PARAMETERS]
        known.update(connection.scalars(_KNOWN_KEYS, {"keys": some}))
    return known
