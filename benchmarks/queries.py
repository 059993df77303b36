"""Queries as C-FIND and QIDO-RS ask them, on 100,000 synthetic studies of 1,000,000 instances."""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from app.domain.access import POLICY, Actor, Role
from app.domain.folding import name_form
from app.domain.query import Level, Query
from app.domain.study import WorklistQuery
from app.server.core import query, worklist
from app.server.store import filing, grams, search
from app.server.store.engine import Database
from app.server.store.tables import instance, series, study
from app.settings import Settings
from benchmarks.samples import Place
from benchmarks.table import Row, median_ms

STUDIES = 100_000
SERIES_EACH = 2
INSTANCES_EACH = 5
BATCH = 2_000
SHOWN = 100
"""Answers that a page of a client shows."""
RUNS = 15
FAMILIES = ("Иванов", "Петрова", "Соловьёв", "García", "Müller", "Lefèvre", "Smith", "Ковалева")
GIVEN = ("Иван", "Мария", "Анна", "José", "Jürgen", "Élodie", "John", "Пётр")
MODALITIES = ("CT", "MR", "US", "CR", "DX", "PT")
NAME, PATIENT_ID, DAY, ACCESSION = 0x00100010, 0x00100020, 0x00080020, 0x00080050
MODALITIES_IN_STUDY, DESCRIPTION, STUDY_UID = 0x00080061, 0x00081030, 0x0020000D
SERIES_UID, INSTANCE_NUMBER, STUDIES_OF_PATIENT = 0x0020000E, 0x00200013, 0x00201200
WORDS = ("", "иванов", "2024", "и", "ct 2024", "соловьев пет", "*валев*")
"""What is typed over the worklist."""
SHOWN_KEYS = dict.fromkeys(
    (NAME, PATIENT_ID, DAY, 0x00080030, ACCESSION, MODALITIES_IN_STUDY, DESCRIPTION, 0x00201206), ""
)
STUDY_QUERIES: tuple[tuple[str, dict[int, str]], ...] = (
    ("the newest", {}),
    ("PatientName=Иванов*", {NAME: "Иванов*"}),
    ("PatientName=*ВАЛЕВ*", {NAME: "*ВАЛЕВ*"}),
    ("PatientName=ИВАНОВ^ИВАН", {NAME: "ИВАНОВ^ИВАН"}),
    ("a rare name", {NAME: "*редкостн*"}),
    ("no name", {NAME: "Никто*"}),
    ("a patient's ID", {PATIENT_ID: "K012345"}),
    ("the end of an ID", {PATIENT_ID: "*12345"}),
    ("an accession number", {ACCESSION: "A54321"}),
    ("CT of one day", {DAY: "20240305", MODALITIES_IN_STUDY: "CT"}),
    ("a rare modality", {MODALITIES_IN_STUDY: "XA"}),
    ("a month, a name, CT", {DAY: "20240301-20240331", NAME: "Иван*", MODALITIES_IN_STUDY: "CT"}),
    ("StudyDescription=*abdomen*", {DESCRIPTION: "*abdomen*"}),
)


def run(place: Place) -> Iterator[Row]:
    """Fill an index on each database, then ask."""
    yield from _measured("SQLite", Settings.load(data_dir=place.scratch / "queries"))
    from tests import postgresql

    with postgresql.a_server() as address:
        yield from _measured(
            "PostgreSQL", Settings.load(database_url=address.format(name="postgres"))
        )


def _measured(name: str, settings: Settings) -> Iterator[Row]:
    with closing(Database.open(settings)) as database:
        fill(database, STUDIES)
        if settings.database_url:
            _vacuum(settings.database_url)
        doctor = Actor("bench", POLICY[Role.DOCTOR])
        for what, value in ask(database, doctor):
            yield Row(f"{name}, {STUDIES:,} studies: {what}", value, "ms", most=10)
        for text in WORDS:
            value = _worklist_ms(database, doctor, WorklistQuery(text, limit=0))
            yield Row(
                f"{name}, {STUDIES:,} studies: how many are “{text}”, told after", value, "ms"
            )


def _vacuum(database_url: str) -> None:
    """As autovacuum does in a minute, which comes as soon as a fifth of a table is new."""
    engine = sa.create_engine(database_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


def ask(database: Database, doctor: Actor) -> Iterator[tuple[str, float]]:
    """What was asked, and the median time in ms of its first page."""
    for what, keys in STUDY_QUERIES:
        yield what, _first_page_ms(database, doctor, Query(Level.STUDY, SHOWN_KEYS | keys))
    patients = {NAME: "Иванов*", STUDIES_OF_PATIENT: ""}
    yield "patients by name", _first_page_ms(database, doctor, Query(Level.PATIENT, patients))
    of_study = {STUDY_UID: "1.2.826.0.1.54321", 0x00080060: "", 0x00201209: ""}
    yield "series of a study", _first_page_ms(database, doctor, Query(Level.SERIES, of_study))
    of_series = {SERIES_UID: "1.2.826.0.1.54321.1", INSTANCE_NUMBER: ""}
    yield "images of a series", _first_page_ms(database, doctor, Query(Level.IMAGE, of_series))
    for text in WORDS:
        asked = WorklistQuery(text, with_total=False)
        yield f"worklist “{text}”", _worklist_ms(database, doctor, asked)


def _worklist_ms(database: Database, doctor: Actor, asked: WorklistQuery) -> float:
    return median_ms(lambda: worklist.search(database, doctor, asked), RUNS)


def _first_page_ms(database: Database, doctor: Actor, asked: Query) -> float:
    limited = Query(asked.level, asked.keys, limit=SHOWN)
    return median_ms(lambda: list(query.matches(database, doctor, limited)), RUNS)


def fill(database: Database, studies: int) -> None:
    """Rows, words and letters as the ingest makes them, in bulk."""
    chance = random.Random(7)
    now = datetime.now(UTC)
    numbers = iter(range(1, studies + 1))
    while batch := list(islice(numbers, BATCH)):
        rows = [_study(number, chance, now) for number in batch]
        with database.write() as connection:
            connection.execute(sa.insert(study), rows)
            if not database.is_postgresql:
                for row in rows:
                    search.replace(connection, None, (row["rank"], row["fold"]))
                    grams.replace(connection, None, (row["rank"], grams.text_of(row)))
            series_rows = [_series(row, place) for row in rows for place in range(SERIES_EACH)]
            connection.execute(sa.insert(series), series_rows)
            connection.execute(sa.insert(instance), _instances(series_rows, now))


def _study(number: int, chance: random.Random, now: datetime) -> dict[str, Any]:
    day = date(2016, 1, 1) + timedelta(days=chance.randrange(3980))
    at = time(chance.randrange(24), chance.randrange(60))
    modality = "XA" if number % 10_000 == 0 else chance.choice(MODALITIES)
    family = "Редкостный" if number % 20_000 == 0 else chance.choice(FAMILIES)
    name = f"{family}^{chance.choice(GIVEN)}"
    row: dict[str, Any] = {
        "id": number,
        "study_uid": f"1.2.826.0.1.{number}",
        "patient_name": name,
        "name_form": name_form(name),
        "patient_id": f"K{chance.randrange(60_000):06d}",
        "issuer_of_patient_id": "",
        "birth_date": None,
        "study_date": day,
        "study_time": at,
        "accession_number": f"A{number}",
        "description": f"{modality} {chance.choice(('chest', 'abdomen', 'head'))}",
        "modalities": modality,
        "series_modalities": modality,
        "series_count": SERIES_EACH,
        "instance_count": SERIES_EACH * INSTANCES_EACH,
        "received_at": now,
        "rank": search.rank(number, day, at, now),
    }
    texts = [str(row[each]) for each in (*filing.SEARCHED_FIELDS, "modalities")]
    return {**row, "fold": search.words(texts, day), "patient_key": filing.patient_key(row)}


def _series(row: dict[str, Any], place: int) -> dict[str, Any]:
    return {
        "id": row["id"] * SERIES_EACH + place,
        "study_id": row["id"],
        "series_uid": f"{row['study_uid']}.{place}",
        "number": place,
        "modality": row["modalities"],
        "instance_count": INSTANCES_EACH,
        "image_count": INSTANCES_EACH,
    }


def _instances(rows: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "series_id": row["id"],
            "sop_instance_uid": f"{row['series_uid']}.{number}",
            "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2",
            "transfer_syntax_uid": "1.2.840.10008.1.2.1",
            "instance_number": number,
            "object_key": f"00/11/{row['series_uid']}.{number}",
            "size": 526_000,
            "sha256": "0" * 64,
            "source_kind": "c-store",
            "source_name": "CT1",
            "received_at": now,
        }
        for row in rows
        for number in range(INSTANCES_EACH)
    ]
