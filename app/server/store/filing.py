"""New objects under their studies and series: their rows, the counts, the words and letters.

What a study or series does not say yet is taken from the first object that says it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.changes import ChangeKind
from app.domain.folding import name_form
from app.domain.ingest import Particulars, Source
from app.domain.study import SeriesSummary, StudySummary
from app.server.store import changes, grams, search
from app.server.store.prepared import Prepared
from app.server.store.tables import instance, series, series_request, study

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
DERIVED_FROM = (*STUDY_FIELDS, "issuer_of_patient_id", "modalities")
"""What the search words and forms of a study are made of."""
SERIES_FIELDS = (
    "series_uid",
    "number",
    "modality",
    "description",
    "body_part",
    "laterality",
    "frame_of_reference_uid",
)
SERIES_PARTICULARS = (
    "series_date",
    "series_time",
    "station_name",
    "protocol_name",
    "manufacturer",
    "model_name",
    "performed_date",
    "performed_time",
)
INSTANCE_PARTICULARS = (
    "content_date",
    "content_time",
    "frame_count",
    "rows",
    "columns",
    "bits_allocated",
)
INSTANCE_FIELDS = (
    "sop_instance_uid",
    "sop_class_uid",
    "transfer_syntax_uid",
    "instance_number",
    "object_key",
    "size",
    "sha256",
    "received_sha256",
    "pixel_offset",
    "pixel_length",
    "image",
)

_STUDY = Prepared(
    sa.select(study).where(study.c.study_uid == sa.bindparam("uid")).with_for_update()
)
_NEW_STUDY = sa.insert(study).returning(study)
_SERIES_OF_STUDY = Prepared(
    sa.select(
        series.c.series_uid,
        series.c.id,
        series.c.modality,
        series.c.instance_count,
        series.c.image_count,
        series.c.sop_classes,
    )
    .where(series.c.study_id == sa.bindparam("study_id"))
    .with_for_update()
)
_NEW_SERIES = sa.insert(series).returning(series.c.id)
_NEW_REQUESTS = sa.insert(series_request)
_COUNTED_SERIES = Prepared(
    sa.update(series)
    .where(series.c.id == sa.bindparam("series_id"))
    .values(
        instance_count=sa.bindparam("objects"),
        image_count=sa.bindparam("images"),
        sop_classes=sa.bindparam("classes"),
        is_complete=False,
    )
)
_NEW_INSTANCES = Prepared(
    sa.insert(instance),
    sets=(
        *INSTANCE_FIELDS,
        *INSTANCE_PARTICULARS,
        "source_kind",
        "source_name",
        "source_called",
        "series_id",
        "received_at",
    ),
)


@cache
def _updated_study(names: tuple[str, ...]) -> Prepared:
    return Prepared(sa.update(study).where(study.c.id == sa.bindparam("study_id")), sets=names)


@dataclass(frozen=True, slots=True)
class NewObject:
    """One object to be indexed; `image` is JSON, None without pixels."""

    study: StudySummary
    issuer_of_patient_id: str
    series: SeriesSummary
    particulars: Particulars
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    instance_number: int | None
    object_key: str
    size: int
    sha256: str
    received_sha256: str | None
    pixel_offset: int
    pixel_length: int
    image: bytes | None
    source: Source


def add(connection: Connection, objects: Sequence[NewObject], now: datetime) -> None:
    """File `objects`, none of which is known, and tell the feed of their studies."""
    of_study: dict[str, list[NewObject]] = defaultdict(list)
    for each in objects:
        of_study[each.study.study_uid].append(each)
    for study_uid in sorted(of_study):  # the same order everywhere: no two wait for each other
        _add_to_study(connection, of_study[study_uid], now)
    changes.append(connection, ChangeKind.STUDY_STORED, of_study, now)


def _add_to_study(connection: Connection, objects: Sequence[NewObject], now: datetime) -> None:
    uid = objects[0].study.study_uid
    known = locked(connection, uid)
    old = known or _new_study(connection, uid, now)
    held = _series_of(connection, old["id"]) if known else {}
    _add_to_series(connection, old["id"], held, objects, now)
    found = _filled(old, objects) | _counts(held.values())
    _bring_up_to_date(connection, old, found, is_indexed=known is not None)


def refresh(connection: Connection, study_row: dict[str, Any]) -> None:
    """Bring the row of a study up to date with its series."""
    counts = _counts(_series_of(connection, study_row["id"]).values())
    _bring_up_to_date(connection, study_row, counts, is_indexed=True)


def locked(connection: Connection, study_uid: str) -> dict[str, Any] | None:
    """The row of a study, which stays as it is until the transaction ends."""
    rows = _STUDY.rows(connection, {"uid": study_uid})
    return dict(zip(study.c.keys(), rows[0], strict=True)) if rows else None


def retell(
    connection: Connection,
    study_row: dict[str, Any],
    said: Mapping[str, Any],
    of_series: Mapping[str, Mapping[str, Any]],
) -> None:
    """Replace what a study and, by UID, its series say, and everything made of that."""
    for uid, values in of_series.items():
        connection.execute(sa.update(series).where(series.c.series_uid == uid).values(**values))
    _bring_up_to_date(connection, study_row, said, is_indexed=True)


def _bring_up_to_date(
    connection: Connection, old: dict[str, Any], found: Mapping[str, Any], *, is_indexed: bool
) -> None:
    new = old | dict(found)
    if not is_indexed or any(new[name] != old[name] for name in DERIVED_FROM):
        new["fold"] = _words(new)
        new["name_form"] = name_form(new["patient_name"])
        new["referring_form"] = name_form(new["referring_physician"])
        new["patient_key"] = patient_key(new)
        new["rank"] = search.rank(
            new["id"], new["study_date"], new["study_time"], new["received_at"]
        )
    changed = {name: value for name, value in new.items() if value != old[name]}
    if changed:
        updated = _updated_study(tuple(changed))
        updated.run(connection, [{"study_id": old["id"], **changed}])
    was = (old["rank"], old["fold"]) if is_indexed else None
    search.replace(connection, was, (new["rank"], new["fold"]))
    had = (old["rank"], grams.text_of(old)) if is_indexed else None
    grams.replace(connection, had, (new["rank"], grams.text_of(new)))


def _new_study(connection: Connection, study_uid: str, now: datetime) -> dict[str, Any]:
    values = {"study_uid": study_uid, "received_at": now, "rank": 0}
    return dict(connection.execute(_NEW_STUDY, values).mappings().one())


def _filled(old: dict[str, Any], objects: Sequence[NewObject]) -> dict[str, Any]:
    """What the first object that says it says of each field that is blank so far."""
    blank = [name for name in STUDY_FIELDS if not old[name]]
    filled: dict[str, Any] = {}
    for each in objects:
        said = {name: getattr(each.study, name) for name in blank}
        said["issuer_of_patient_id"] = each.issuer_of_patient_id
        said["dicom_study_id"] = each.particulars.dicom_study_id
        said["character_set"] = each.study.character_set
        for name, value in said.items():
            if value and not old[name]:
                filled.setdefault(name, value)
    return filled


@dataclass(slots=True)
class _Series:
    """What a study's row is made of, of one of its series."""

    id: int
    modality: str
    instance_count: int = 0
    image_count: int = 0
    sop_classes: str = ""

    def take(self, added: Sequence[NewObject]) -> None:
        self.instance_count += len(added)
        self.image_count += sum(1 for each in added if each.image is not None)
        classes = {each.sop_class_uid for each in added}
        self.sop_classes = joined(classes.union(self.sop_classes.split("\\")))


def _series_of(connection: Connection, study_id: int) -> dict[str, _Series]:
    """The series of a study by their UID; on PostgreSQL nobody else changes them meanwhile."""
    rows = _SERIES_OF_STUDY.rows(connection, {"study_id": study_id})
    return {uid: _Series(*said) for uid, *said in rows}


def _counts(held: Collection[_Series]) -> dict[str, Any]:
    """Counts, and the modalities of series with images; of all when none has."""
    with_images = {each.modality for each in held if each.image_count and each.modality}
    modalities = with_images or {each.modality for each in held if each.modality}
    return {
        "series_count": len(held),
        "instance_count": sum(each.instance_count for each in held),
        "modalities": "/".join(sorted(modalities)),
        "series_modalities": joined(each.modality for each in held),
        "sop_classes": joined(uid for each in held for uid in each.sop_classes.split("\\")),
    }


def joined(values: Iterable[str]) -> str:
    """As DICOM writes several values: each once, sorted."""
    return "\\".join(sorted(set(values) - {""}))


def patient_key(row: Mapping[str, Any]) -> str:
    """The same for all studies of a patient: by ID and its issuer, else by name and birth date."""
    if row["patient_id"]:
        said = f"{row['issuer_of_patient_id']}\\{row['patient_id']}"
    else:
        said = f"\\\\{row['name_form']}\\{row['birth_date'] or ''}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _words(row: dict[str, Any]) -> str:
    texts = [row[name] for name in SEARCHED_FIELDS]
    return search.words([*texts, row["modalities"].replace("/", " ")], row["study_date"])


def _add_to_series(
    connection: Connection,
    study_id: int,
    held: dict[str, _Series],
    objects: Sequence[NewObject],
    now: datetime,
) -> None:
    """Make the rows of `objects`, and those of series that are not `held` yet, which are then."""
    of_series: dict[str, list[NewObject]] = defaultdict(list)
    for each in objects:
        of_series[each.series.series_uid].append(each)
    for uid, added in of_series.items():
        if uid not in held:
            new_id = _new_series(connection, study_id, added[0])
            held[uid] = _Series(new_id, added[0].series.modality)
        held[uid].take(added)
    _COUNTED_SERIES.run(
        connection,
        [
            {
                "series_id": held[uid].id,
                "objects": held[uid].instance_count,
                "images": held[uid].image_count,
                "classes": held[uid].sop_classes,
            }
            for uid in of_series
        ],
    )
    rows = [_instance_values(each, held[each.series.series_uid].id, now) for each in objects]
    _NEW_INSTANCES.run(connection, rows)


def _new_series(connection: Connection, study_id: int, first: NewObject) -> int:
    values = {name: getattr(first.series, name) for name in SERIES_FIELDS}
    values |= {name: getattr(first.particulars, name) for name in SERIES_PARTICULARS}
    new_id: int = connection.execute(_NEW_SERIES, {"study_id": study_id, **values}).scalar_one()
    requests = [
        {
            "series_id": new_id,
            "scheduled_procedure_step_id": step_id,
            "requested_procedure_id": procedure_id,
        }
        for step_id, procedure_id in first.particulars.requests
    ]
    if requests:
        connection.execute(_NEW_REQUESTS, requests)
    return new_id


def _instance_values(each: NewObject, series_id: int, now: datetime) -> dict[str, Any]:
    values = {name: getattr(each, name) for name in INSTANCE_FIELDS}
    values |= {name: getattr(each.particulars, name) for name in INSTANCE_PARTICULARS}
    source = {
        "source_kind": each.source.kind.value,
        "source_name": each.source.name,
        "source_called": each.source.called,
        "character_set": each.source.character_set,
    }
    return values | source | {"series_id": series_id, "received_at": now}
