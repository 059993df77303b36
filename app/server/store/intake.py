"""New objects into the index: rows of studies, series and instances, with their counts.

All functions belong to the one transaction of an ingest group.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.changes import ChangeKind
from app.domain.folding import fold
from app.domain.ingest import Source, StoreOutcome
from app.domain.study import SeriesSummary, StudySummary
from app.server.store import changes, search
from app.server.store.tables import instance, series, study

MAX_PARAMETERS = 500
STUDY_FIELDS = (
    "patient_name",
    "patient_id",
    "birth_date",
    "sex",
    "study_date",
    "study_time",
    "accession_number",
    "description",
    "referring_physician",
    "institution",
)
SEARCHED_FIELDS = ("patient_name", "patient_id", "accession_number", "description")
SERIES_FIELDS = (
    "series_uid",
    "number",
    "modality",
    "description",
    "body_part",
    "laterality",
    "frame_of_reference_uid",
)
INSTANCE_FIELDS = (
    "sop_instance_uid",
    "sop_class_uid",
    "transfer_syntax_uid",
    "instance_number",
    "object_key",
    "size",
    "sha256",
    "pixel_offset",
    "pixel_length",
    "image",
)

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
_KNOWN_KEYS = sa.select(instance.c.object_key).where(
    instance.c.object_key.in_(sa.bindparam("keys", expanding=True))
)
_STUDY = sa.select(study).where(study.c.study_uid == sa.bindparam("uid")).with_for_update()
_NEW_STUDY = sa.insert(study).returning(study)
_UPDATED_STUDY = sa.update(study).where(study.c.id == sa.bindparam("study_id"))
_SERIES_COUNTS = sa.select(series.c.modality, series.c.instance_count, series.c.image_count).where(
    series.c.study_id == sa.bindparam("study_id")
)
_SERIES_IDS = sa.select(series.c.series_uid, series.c.id).where(
    series.c.series_uid.in_(sa.bindparam("uids", expanding=True))
)
_NEW_SERIES = sa.insert(series).returning(series.c.id)
_COUNTED_SERIES = (
    sa.update(series)
    .where(series.c.id == sa.bindparam("series_id"))
    .values(
        instance_count=series.c.instance_count + sa.bindparam("objects"),
        image_count=series.c.image_count + sa.bindparam("images"),
    )
)
_NEW_INSTANCES = sa.insert(instance)


@dataclass(frozen=True, slots=True)
class NewObject:
    """One object to be indexed; `image` is JSON, None without pixels."""

    study: StudySummary
    issuer_of_patient_id: str
    series: SeriesSummary
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    instance_number: int | None
    object_key: str
    size: int
    sha256: str
    pixel_offset: int
    pixel_length: int
    image: bytes | None
    source: Source


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an object; `known_key` is the key of the one of its UID that came before."""

    outcome: StoreOutcome
    known_key: str = ""


def take(connection: Connection, objects: Sequence[NewObject], now: datetime) -> list[Taken]:
    """Index those of `objects` that are new and tell the feed of their studies.

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
            same = sha256 == each.sha256
            taken.append(Taken(StoreOutcome.DUPLICATE if same else StoreOutcome.CONFLICT, key))
        elif _is_misplaced(each, studies, patients):
            taken.append(Taken(StoreOutcome.CONFLICT))
        else:
            known[each.sop_instance_uid] = each.sha256, each.object_key
            new.append(each)
            taken.append(Taken(StoreOutcome.STORED))
    _add(connection, new, now)
    return taken


def _is_misplaced(
    each: NewObject, studies: dict[str, str], patients: dict[str, tuple[str, str]]
) -> bool:
    """Whether others came first with its series or study; if not, it is now the first."""
    study_uid, said = each.study.study_uid, (each.study.patient_id, each.study.patient_name)
    patient_id, patient_name = patients.setdefault(study_uid, said)
    has_other_id = bool(patient_id and said[0]) and patient_id != said[0]
    has_other_name = bool(patient_name and said[1]) and fold(patient_name) != fold(said[1])
    if has_other_id and has_other_name:
        return True
    return studies.setdefault(each.series.series_uid, study_uid) != study_uid


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
    """Those of `keys` that an instance has."""
    known: set[str] = set()
    for start in range(0, len(keys), MAX_PARAMETERS):
        some = keys[start : start + MAX_PARAMETERS]
        known.update(connection.scalars(_KNOWN_KEYS, {"keys": some}))
    return known


def _add(connection: Connection, objects: Sequence[NewObject], now: datetime) -> None:
    of_study: dict[str, list[NewObject]] = defaultdict(list)
    for each in objects:
        of_study[each.study.study_uid].append(each)
    for study_uid in sorted(of_study):  # the same order everywhere: no two wait for each other
        _add_to_study(connection, of_study[study_uid], now)
    changes.append(connection, ChangeKind.STUDY_STORED, of_study, now)


def _add_to_study(connection: Connection, objects: Sequence[NewObject], now: datetime) -> None:
    uid = objects[0].study.study_uid
    row = connection.execute(_STUDY, {"uid": uid}).mappings().first()
    old = dict(row) if row else _new_study(connection, uid, now)
    _add_to_series(connection, old["id"], objects, now)
    new = old | _filled(old, objects) | _counts(connection, old["id"])
    new["fold"] = _words(new)
    new["rank"] = search.rank(new["id"], new["study_date"], new["study_time"], new["received_at"])
    changed = {name: value for name, value in new.items() if value != old[name]}
    connection.execute(_UPDATED_STUDY, {"study_id": old["id"], **changed})
    was = (old["rank"], old["fold"]) if row else None
    search.replace(connection, was, (new["rank"], new["fold"]))


def _new_study(connection: Connection, study_uid: str, now: datetime) -> dict[str, Any]:
    values = {"study_uid": study_uid, "received_at": now, "rank": 0}
    return dict(connection.execute(_NEW_STUDY, values).mappings().one())


def _filled(old: dict[str, Any], objects: Sequence[NewObject]) -> dict[str, Any]:
    """What the first object that says it says of each field that is blank so far."""
    filled: dict[str, Any] = {}
    for each in objects:
        said = {name: getattr(each.study, name) for name in STUDY_FIELDS}
        said["issuer_of_patient_id"] = each.issuer_of_patient_id
        for name, value in said.items():
            if value and not old[name]:
                filled.setdefault(name, value)
    return filled


def _counts(connection: Connection, study_id: int) -> dict[str, Any]:
    """Counts, and the modalities of series with images; of all when none has."""
    rows = connection.execute(_SERIES_COUNTS, {"study_id": study_id}).all()
    with_images = {row.modality for row in rows if row.image_count and row.modality}
    modalities = with_images or {row.modality for row in rows if row.modality}
    return {
        "series_count": len(rows),
        "instance_count": sum(row.instance_count for row in rows),
        "modalities": "/".join(sorted(modalities)),
    }


def _words(row: dict[str, Any]) -> str:
    texts = [row[name] for name in SEARCHED_FIELDS]
    return search.words([*texts, row["modalities"].replace("/", " ")], row["study_date"])


def _add_to_series(
    connection: Connection, study_id: int, objects: Sequence[NewObject], now: datetime
) -> None:
    of_series: dict[str, list[NewObject]] = defaultdict(list)
    for each in objects:
        of_series[each.series.series_uid].append(each)
    found = connection.execute(_SERIES_IDS, {"uids": list(of_series)})
    ids = {row.series_uid: row.id for row in found}
    for uid, added in of_series.items():
        if uid not in ids:
            ids[uid] = _new_series(connection, study_id, added[0].series)
        images = sum(1 for each in added if each.image is not None)
        counts = {"series_id": ids[uid], "objects": len(added), "images": images}
        connection.execute(_COUNTED_SERIES, counts)
    rows = [_instance_values(each, ids[each.series.series_uid], now) for each in objects]
    connection.execute(_NEW_INSTANCES, rows)


def _new_series(connection: Connection, study_id: int, said: SeriesSummary) -> int:
    values = {name: getattr(said, name) for name in SERIES_FIELDS}
    new_id: int = connection.execute(_NEW_SERIES, {"study_id": study_id, **values}).scalar_one()
    return new_id


def _instance_values(each: NewObject, series_id: int, now: datetime) -> dict[str, Any]:
    values = {name: getattr(each, name) for name in INSTANCE_FIELDS}
    source = {"source_kind": each.source.kind.value, "source_name": each.source.name}
    return values | source | {"series_id": series_id, "received_at": now}
