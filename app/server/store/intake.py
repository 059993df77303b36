"""New objects into the index: those that are new are filed, the others told apart.

All functions belong to the one transaction of an ingest group.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.folding import fold
from app.domain.ingest import StoreOutcome
from app.domain.quarantine import QuarantineReason
from app.server.store import filing, settling
from app.server.store.filing import NewObject
from app.server.store.prepared import Prepared
from app.server.store.tables import deleted_object, instance, quarantined, series, study

MAX_PARAMETERS = 500
_OBJECT, _SERIES, _STUDY = "object", "series", "study"


def _known(kind: str, uid: sa.ColumnElement[str], *said: sa.ColumnElement[str]) -> sa.Select[Any]:
    nothing: list[sa.ColumnElement[Any]] = [sa.literal_column("''")] * (3 - len(said))
    columns: list[sa.ColumnElement[Any]] = [
        sa.literal_column(f"'{kind}'"),
        uid,
        *said,
        *nothing,
    ]
    return sa.select(*columns).where(uid.in_(sa.bindparam(kind, expanding=True)))


# One question instead of three: each costs more on its way than in the database.
_KNOWN = Prepared(
    sa.union_all(
        _known(
            _OBJECT,
            instance.c.sop_instance_uid,
            sa.func.coalesce(instance.c.received_sha256, instance.c.sha256),
            instance.c.object_key,
        ),
        _known(_SERIES, series.c.series_uid, study.c.study_uid).join(
            study, series.c.study_id == study.c.id
        ),
        _known(
            _STUDY,
            study.c.study_uid,
            study.c.patient_id,
            study.c.patient_name,
            study.c.character_set,
        ),
    )
)
FILE_FIELDS = (
    "transfer_syntax_uid",
    "object_key",
    "size",
    "sha256",
    "pixel_offset",
    "pixel_length",
    "image",
)
"""What a row says of the object's file."""
_KNOWN_KEYS = sa.union_all(
    *(
        sa.select(table.c.object_key).where(
            table.c.object_key.in_(sa.bindparam("keys", expanding=True))
        )
        for table in (instance, quarantined, deleted_object)
    )
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an object; `known_key` is the key of the one of its UID that came before.

    `reason` says why it is a conflict. `character_set` is the one in which a person chose to read
    the texts of its study.
    """

    outcome: StoreOutcome
    known_key: str = ""
    reason: QuarantineReason | None = None
    character_set: str = ""


def take(
    connection: Connection, objects: Sequence[NewObject], quiet: timedelta, now: datetime
) -> list[Taken]:
    """Index those of `objects` that are new and tell the feed of their studies.

    Their series are looked at when nothing came for `quiet`. Raises ClashError, by the connection,
    when another server adds the same meanwhile.
    """
    taken = told_apart(connection, objects)
    new = [
        each
        for each, became in zip(objects, taken, strict=True)
        if became.outcome is StoreOutcome.STORED
    ]
    file(connection, new, quiet, now)
    return taken


def file(connection: Connection, new: Sequence[NewObject], quiet: timedelta, now: datetime) -> None:
    """Index objects that are told apart already."""
    if new:
        settling.note(connection, new, quiet, now)
        filing.add(connection, new, now)


def told_apart(connection: Connection, objects: Sequence[NewObject]) -> list[Taken]:
    """What would become of `objects`; nothing is indexed.

    An object is a conflict when its UID is there with other bytes, when its series belongs to
    another study, or its study to another patient, by ID and name both.
    """
    said = _said_before(connection, objects)
    known = {uid: (sha256, key) for uid, (sha256, key, _) in said[_OBJECT].items()}
    patients = {uid: (patient_id, name) for uid, (patient_id, name, _) in said[_STUDY].items()}
    chosen = {uid: character_set for uid, (_, _, character_set) in said[_STUDY].items()}
    studies = {uid: study_uid for uid, (study_uid, *_) in said[_SERIES].items()}
    taken = []
    for each in objects:
        there = known.get(each.sop_instance_uid)
        if there is not None:
            sha256, key = there
            if sha256 == (each.received_sha256 or each.sha256):
                taken.append(Taken(StoreOutcome.DUPLICATE, key))
            else:
                taken.append(Taken(StoreOutcome.CONFLICT, key, QuarantineReason.CONTENT))
        elif reason := _misplaced(each, studies, patients):
            taken.append(Taken(StoreOutcome.CONFLICT, reason=reason))
        else:
            sha256 = each.received_sha256 or each.sha256
            known[each.sop_instance_uid] = sha256, each.object_key
            character_set = chosen.get(each.study.study_uid, "")
            taken.append(Taken(StoreOutcome.STORED, character_set=character_set))
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


def replace_file(connection: Connection, new: NewObject, key: str) -> bool:
    """Let the same object, stored once more, take the place of the one with that key.

    It may be written another way, as rules and settings are today. How it came stays known.

    False when another has done so before.
    """
    is_it = (instance.c.sop_instance_uid == new.sop_instance_uid) & (instance.c.object_key == key)
    values: dict[str, Any] = {name: getattr(new, name) for name in FILE_FIELDS}
    values["received_sha256"] = sa.func.coalesce(instance.c.received_sha256, instance.c.sha256)
    return connection.execute(sa.update(instance).where(is_it).values(values)).rowcount > 0


def is_of_another_study(connection: Connection, new: NewObject) -> bool:
    """Whether another study than its own has the series of `new`."""
    study_uid = new.study.study_uid
    before = _said_before(connection, [new])[_SERIES]
    return before.get(new.series.series_uid, (study_uid,))[0] != study_uid


def _said_before(
    connection: Connection, objects: Sequence[NewObject]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """By kind and UID: the object's SHA-256 as it came and key; the series' study; the study's
    patient and the character set of its texts. Each with three values.
    """
    uids = {
        _OBJECT: [each.sop_instance_uid for each in objects],
        _SERIES: list({each.series.series_uid for each in objects}),
        _STUDY: list({each.study.study_uid for each in objects}),
    }
    found: dict[str, dict[str, tuple[str, ...]]] = {kind: {} for kind in uids}
    for kind, uid, *values in _KNOWN.rows(connection, uids):
        found[kind][uid] = tuple(values)
    return found


def known_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that an object has, also one that was put aside or can be restored."""
    known: set[str] = set()
    for start in range(0, len(keys), MAX_PARAMETERS):
        some = keys[start : start + MAX_PARAMETERS]
        known.update(connection.scalars(_KNOWN_KEYS, {"keys": some}))
    return known
