"""An archive with thousands of studies, written straight into its index."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from app.server.store import filing, search
from app.server.store.engine import Database
from app.server.store.tables import study
from app.settings import Settings

FAMILIES = ("Иванов", "Петрова", "Соловьёв", "García", "Müller", "Lefèvre", "Smith", "Кузнецова")
MODALITIES = ("CT", "MR", "US", "CR", "DX", "PT")


def fill(folder: Path, count: int) -> None:
    """Make the index of `folder` with `count` studies."""
    chance = random.Random(7)
    database = Database.open(Settings.load(data_dir=folder))
    try:
        rows = [_row(number, chance) for number in range(1, count + 1)]
        words = [{"rank": row["rank"], "words": row["fold"]} for row in rows]
        with database.write() as connection:
            connection.execute(sa.insert(study), rows)
            connection.execute(
                sa.text("INSERT INTO study_words(rowid, words) VALUES(:rank, :words)"), words
            )
    finally:
        database.close()


def _row(number: int, chance: random.Random) -> dict[str, object]:
    day = date(2016, 1, 1) + timedelta(days=chance.randrange(3980))
    now = datetime.now(UTC)
    row: dict[str, object] = {
        "id": number,
        "study_uid": f"1.2.826.0.1.{number}",
        "patient_name": f"{chance.choice(FAMILIES)}^Анна^{number}",
        "patient_id": f"K{number:06d}",
        "study_date": day,
        "accession_number": f"A{number}",
        "description": f"{chance.choice(MODALITIES)} of the abdomen and the pelvis",
        "modalities": chance.choice(MODALITIES),
        "series_count": 1,
        "instance_count": number,
        "received_at": now,
        "rank": search.rank(number, day, None, now),
    }
    texts = [str(row[name]) for name in (*filing.SEARCHED_FIELDS, "modalities")]
    return {**row, "fold": search.words(texts, day)}
