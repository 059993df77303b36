"""Texts that came out wrong: read again in the character set that a person chooses.

The objects stay as they came; the index and everything read from their files say it right. The
choice is the study's, holds for what comes to it later, and is undone by another one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import orjson
import structlog

from app.dicom import header
from app.dicom.header import ParsedObject
from app.dicom.plausibility import CHARACTER_SETS, plausibility
from app.dicom.reading import Reading
from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.errors import Error, InvalidError, NotFoundError
from app.domain.ingest import SourceKind
from app.domain.study import StudySummary
from app.domain.texts import TextReading
from app.server.core import audit
from app.server.core.audit import Action
from app.server.store import changes, filing, studies
from app.server.store.engine import Connection, Database
from app.server.store.objects import ObjectStore

STUDY_TEXTS = (
    "patient_name",
    "patient_id",
    "accession_number",
    "description",
    "referring_physician",
    "institution",
)
MORE_TEXTS = ("issuer_of_patient_id", "dicom_study_id")
SERIES_TEXTS = ("station_name", "protocol_name", "manufacturer", "model_name")
"""Of `Particulars`."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Texts:
    """The use cases of wrong texts; `clock` tells the time in UTC."""

    database: Database
    objects: ObjectStore
    clock: Callable[[], datetime]

    def readings(self, actor: Actor, study_uid: str) -> tuple[TextReading, ...]:
        """The study's texts in each character set in which they can be read, the most plausible
        first. Raises NotFoundError.
        """
        actor.require(Permission.STUDY_REREAD)
        with self.database.read() as connection:
            study = _found(connection, study_uid)
            headers = studies.headers_of(connection, study_uid)
        ours = SourceKind.REPORT
        sent = sorted(headers, key=lambda row: row.source_kind is ours)  # what others wrote first
        row = next((row for row in sent if _read(self.objects, row, "")), None)
        if row is None:
            raise NotFoundError("none of its files can be read")
        read = ((name, _read(self.objects, row, name)) for name in ("", *CHARACTER_SETS))
        return _worth_showing(
            [
                _reading(parsed.study, is_chosen=name == study.character_set)
                for name, parsed in read
                if parsed is not None
            ]
        )

    def choose(self, actor: Actor, study_uid: str, character_set: str) -> StudySummary:
        """Read the texts of a study in a character set from now on; empty: as declared.

        Raises NotFoundError, and InvalidError for a character set that is not offered.
        """
        actor.require(Permission.STUDY_REREAD)
        if character_set and character_set not in CHARACTER_SETS:
            raise InvalidError("character_set")
        now = self.clock()
        with self.database.write() as connection:
            before = _found(connection, study_uid)
            read_again(connection, self.objects, study_uid, character_set)
            audit.record(
                connection,
                actor.name,
                Action.STUDY_REREAD,
                at=now,
                subject=study_uid,
                change=audit.Change(_said(before.character_set), _said(character_set)),
            )
            changes.append(connection, ChangeKind.STUDY_REREAD, [study_uid], now)
            return _found(connection, study_uid)


def read_again(
    connection: Connection, objects: ObjectStore, study_uid: str, character_set: str
) -> None:
    """Take the texts of a study and its series from their objects, read in `character_set`.

    Those of an object that can't be read stay as they are.
    """
    study = filing.locked(connection, study_uid)
    if study is None:
        return
    said: dict[str, str] = {}
    of_series: dict[str, dict[str, str]] = {}
    for row in studies.headers_of(connection, study_uid):
        lacking = {name for name in (*STUDY_TEXTS, *MORE_TEXTS) if study[name]} - said.keys()
        if row.series_uid in of_series and not lacking:
            continue
        parsed = _read(objects, row, character_set)
        if parsed is None:
            continue
        texts = _study_texts(parsed)
        said |= {name: texts[name] for name in lacking if texts[name]}
        of_series.setdefault(row.series_uid, _series_texts(parsed))
    filing.retell(connection, study, said | {"character_set": character_set}, of_series)


def _found(connection: Connection, study_uid: str) -> StudySummary:
    study = studies.one_study(connection, study_uid)
    if study is None:
        raise NotFoundError("no such study")
    return study


def _read(objects: ObjectStore, row: studies.Header, character_set: str) -> ParsedObject | None:
    reading = Reading.of(row.character_set, character_set)
    try:
        with objects.open(row.object_key) as file:
            return header.read_object(file, reading=reading)
    except (Error, OSError) as error:
        log.warning("texts-unreadable", key=row.object_key, reason=str(error))
        return None


def _study_texts(parsed: ParsedObject) -> dict[str, str]:
    texts = {name: getattr(parsed.study, name) for name in STUDY_TEXTS}
    return texts | {
        "issuer_of_patient_id": parsed.issuer_of_patient_id,
        "dicom_study_id": parsed.particulars.dicom_study_id,
    }


def _series_texts(parsed: ParsedObject) -> dict[str, str]:
    texts = {name: getattr(parsed.particulars, name) for name in SERIES_TEXTS}
    return texts | {"description": parsed.series.description}


def _reading(study: StudySummary, *, is_chosen: bool) -> TextReading:
    return TextReading(
        study.character_set,
        study.patient_name,
        study.description,
        study.institution,
        is_chosen=is_chosen,
    )


def _worth_showing(found: list[TextReading]) -> tuple[TextReading, ...]:
    """The most plausible first, each once; what is chosen and what is declared always."""
    shown, kept = set(), []
    for each in sorted(found, key=lambda each: plausibility(_texts(each)), reverse=True):
        texts = _texts(each)
        is_possible = not any("\ufffd" in text for text in texts)
        if (is_possible and texts not in shown) or each.is_chosen or not each.character_set:
            kept.append(each)
            shown.add(texts)
    return tuple(kept)


def _texts(reading: TextReading) -> tuple[str, ...]:
    return reading.patient_name, reading.description, reading.institution


def _said(character_set: str) -> str:
    return orjson.dumps({"character_set": character_set}).decode()
