"""The worklist's query on 100,000 synthetic studies, server side."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from app.domain.access import POLICY, Actor, Role
from app.domain.study import WorklistQuery
from app.server.core import worklist
from app.server.store import filing, search
from app.server.store.engine import Database
from app.server.store.tables import study
from app.settings import Settings
from benchmarks.samples import Place
from benchmarks.table import Row, median_ms

COUNT = 100_000
BATCH = 2_000
FAMILIES = ("Иванов", "Петрова", "Соловьёв", "García", "Müller", "Lefèvre", "Smith", "Кузнецова")
GIVEN = ("Иван", "Мария", "Анна", "José", "Jürgen", "Élodie", "John", "Пётр")
MODALITIES = ("CT", "MR", "US", "CR", "DX", "PT")


def run(place: Place) -> Iterator[Row]:
    """Fill an index, then ask as people do."""
    folder = place.scratch / "worklist"
    database = Database.open(Settings.load(data_dir=folder))
    try:
        _fill(database)
        doctor = Actor("bench", POLICY[Role.DOCTOR])
        for name, text in (
            ("newest 200", ""),
            ("“иванов ct 2026”", "иванов ct 2026"),
            ("one letter", "и"),
            ("no match", "nobody-of-this-name"),
        ):
            query = WorklistQuery(text)
            value = median_ms(lambda query=query: worklist.search(database, doctor, query), 30)
            yield Row(f"worklist query of 100,000 studies: {name}", value, "ms", most=10)
    finally:
        database.close()


def _fill(database: Database) -> None:
    """Rows and words as the ingest makes them, in bulk."""
    chance = random.Random(7)
    now = datetime.now(UTC)
    for start in range(1, COUNT + 1, BATCH):
        rows = [_row(number, chance, now) for number in range(start, start + BATCH)]
        words = [{"rank": row["rank"], "words": row["fold"]} for row in rows]
        with database.write() as connection:
            connection.execute(sa.insert(study), rows)
            connection.execute(
                sa.text("INSERT INTO study_words(rowid, words) VALUES(:rank, :words)"), words
            )


def _row(number: int, chance: random.Random, now: datetime) -> dict[str, object]:
    day = date(2016, 1, 1) + timedelta(days=chance.randrange(3980))
    modality = chance.choice(MODALITIES)
    row: dict[str, object] = {
        "id": number,
        "study_uid": f"1.2.826.0.1.{number}",
        "patient_name": f"{chance.choice(FAMILIES)}^{chance.choice(GIVEN)}",
        "patient_id": f"K{chance.randrange(60_000):06d}",
        "study_date": day,
        "accession_number": f"A{number}",
        "description": f"{modality} {chance.choice(('chest', 'abdomen', 'head'))}",
        "modalities": modality,
        "series_count": 1,
        "instance_count": 100,
        "received_at": now,
        "rank": search.rank(number, day, None, now),
    }
    texts = [str(row[name]) for name in (*filing.SEARCHED_FIELDS, "modalities")]
    return {**row, "fold": search.words(texts, day)}
