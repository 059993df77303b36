"""Texts that came out wrong: read again in the character set that a person chooses.

The objects stay as they came; the index and everything read from their files say it right. The
choice is the study's, holds for what comes to it later, and is undone by another one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import orjson

from app.dicom.plausibility import CHARACTER_SETS, plausibility
from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.errors import InvalidError, NotFoundError
from app.domain.ingest import SourceKind
from app.domain.study import StudySummary
from app.domain.texts import TextReading
from app.server.core import audit
from app.server.core.audit import Action
from app.server.core.retelling import read_header, retell
from app.server.store import changes, studies
from app.server.store.engine import Connection, Database
from app.server.store.objects import ObjectStore


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
        row = next((row for row in sent if read_header(self.objects, row, "")), None)
        if row is None:
            raise NotFoundError("none of its files can be read")
        read = ((name, read_header(self.objects, row, name)) for name in ("", *CHARACTER_SETS))
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
            retell(connection, self.objects, study_uid, character_set)
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


def _found(connection: Connection, study_uid: str) -> StudySummary:
    study = studies.one_study(connection, study_uid)
    if study is None:
        raise NotFoundError("no such study")
    return study


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
