"""What a study and its series say, taken from their objects again.

It is what the first object says that says it, as when they came; objects go, others take their
place, and texts are read another way.
"""

from collections.abc import Collection
from datetime import date, time
from typing import Any

import structlog

from app.dicom import header
from app.dicom.header import ParsedObject
from app.dicom.reading import Reading
from app.domain.errors import Error
from app.server.store import filing, studies
from app.server.store.engine import Connection
from app.server.store.filing import SERIES_FIELDS, SERIES_PARTICULARS, STUDY_FIELDS
from app.server.store.objects import ObjectStore
from app.server.store.studies import Header

MORE_OF_STUDY = ("issuer_of_patient_id", "dicom_study_id")
OF_SERIES = tuple(name for name in SERIES_FIELDS if name not in ("series_uid", "modality"))
"""A modality is counted for its study."""

log = structlog.get_logger()


def retell(
    connection: Connection,
    objects: ObjectStore,
    study_uid: str,
    character_set: str | None = None,
    series_uids: Collection[str] | None = None,
) -> None:
    """Let the rows of a study and of these series, or all, say what their objects say now.

    Texts are read in `character_set`, or as was chosen before. What nobody says any more is blank,
    unless a file can't be read, which may say it.
    """
    study = filing.locked(connection, study_uid)
    if study is None:
        return
    chosen = study["character_set"] if character_set is None else character_set
    said: dict[str, Any] = {"character_set": chosen}
    of_series: dict[str, dict[str, Any]] = {}
    sought = {name for name in (*STUDY_FIELDS, *MORE_OF_STUDY) if study[name]}
    is_whole = True
    for row in studies.headers_of(connection, study_uid):
        is_wanted = series_uids is None or row.series_uid in series_uids
        if not sought - said.keys() and (row.series_uid in of_series or not is_wanted):
            continue
        parsed = read_header(objects, row, chosen)
        if parsed is None:
            is_whole = False
            continue
        found = _of_study(parsed)
        said |= {name: found[name] for name in sought - said.keys() if found[name]}
        of_series.setdefault(row.series_uid, _of_series(parsed))
    if is_whole:
        said |= {name: _blank(study[name]) for name in sought - said.keys()}
    filing.retell(connection, study, said, of_series)


def read_header(objects: ObjectStore, row: Header, character_set: str) -> ParsedObject | None:
    """What an object says, read in a chosen character set; None for one that can't be read."""
    reading = Reading.of(row.character_set, character_set)
    try:
        with objects.open(row.object_key) as file:
            return header.read_object(file, reading=reading)
    except (Error, OSError) as error:
        log.warning("texts-unreadable", key=row.object_key, reason=str(error))
        return None


def _of_study(parsed: ParsedObject) -> dict[str, Any]:
    return {name: getattr(parsed.study, name) for name in STUDY_FIELDS} | {
        "issuer_of_patient_id": parsed.issuer_of_patient_id,
        "dicom_study_id": parsed.particulars.dicom_study_id,
    }


def _of_series(parsed: ParsedObject) -> dict[str, Any]:
    return {name: getattr(parsed.series, name) for name in OF_SERIES} | {
        name: getattr(parsed.particulars, name) for name in SERIES_PARTICULARS
    }


def _blank(value: str | date | time) -> str | None:
    return "" if isinstance(value, str) else None
