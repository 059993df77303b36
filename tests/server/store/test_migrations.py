"""An archive of an older version is brought up to date with what it held."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from app.domain.query import Level, Query
from app.domain.study import WorklistQuery
from app.server.core import query, worklist
from app.server.store import schema, tables
from app.server.store.engine import Database

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def _drop_everything(connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
        return
    for name in ("study_words", "study_grams", "alembic_version"):
        connection.exec_driver_sql(f"DROP TABLE {name}")
    tables.metadata.drop_all(connection)


def _migrate_to(connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _study(number: int, **values) -> dict[str, object]:
    texts = ("issuer_of_patient_id", "sex", "accession_number", "description")
    return {
        "id": number,
        "study_uid": f"1.2.{number}",
        "patient_name": "Ёлкин^Пётр",
        "patient_id": "P-1",
        **dict.fromkeys(texts, ""),
        "referring_physician": "Müller^Zoë",
        "institution": "",
        "modalities": "CT",
        "series_count": 2,
        "instance_count": 2,
        "received_at": NOW,
        "rank": number,
        "fold": "елкин петр",
        **values,
    }


def _series(number: int, modality: str) -> dict[str, object]:
    texts = ("description", "body_part", "laterality", "frame_of_reference_uid")
    values = {"id": number, "study_id": 1, "series_uid": f"1.2.1.{number}", "modality": modality}
    return {**values, **dict.fromkeys(texts, ""), "instance_count": 2, "image_count": 2}


def _instance(number: int, series_id: int, sop_class_uid: str) -> dict[str, object]:
    return {
        "id": number,
        "series_id": series_id,
        "sop_instance_uid": f"1.2.1.1.{number}",
        "sop_class_uid": sop_class_uid,
        "transfer_syntax_uid": "1.2.840.10008.1.2.1",
        "object_key": str(number),
        "size": 1,
        "sha256": "",
        "pixel_offset": -1,
        "pixel_length": 0,
        "source_kind": "import",
        "source_name": "",
        "received_at": NOW,
    }


@pytest.fixture
def first_version(database):
    """A database as the first version left it, with a study of two series."""
    with database.write() as connection:
        _drop_everything(connection)
        _migrate_to(connection, "0001")
        rows = {
            "study": [_study(1), _study(2, patient_id="", patient_name="Иванов^Иван")],
            "series": [_series(1, "CT"), _series(2, "SR")],
            "instance": [_instance(1, 1, "1.1"), _instance(2, 1, "1.3"), _instance(3, 2, "1.1")],
        }
        for table, values in rows.items():
            names = ", ".join(values[0])
            places = ", ".join(f":{name}" for name in values[0])
            dates = [
                sa.bindparam(name, type_=tables.Utc)
                for name, value in values[0].items()
                if isinstance(value, datetime)
            ]
            insert = sa.text(f"INSERT INTO {table} ({names}) VALUES ({places})")  # noqa: S608 - our own
            connection.execute(insert.bindparams(*dates), values)


def test_an_archive_of_the_first_version_can_be_queried(
    first_version, server_settings, database, doctor
):
    again = Database.open(server_settings)
    try:
        keys = {0x00100010: "ЕЛК*", 0x00080090: "muller", 0x00080061: "CT", 0x00080062: ""}
        (match,) = query.matches(again, doctor, Query(Level.STUDY, keys))
        assert match[0x0020000D] == ("1.2.1",)
        assert match[0x00080061] == ("CT", "SR")
        assert match[0x00080062] == ("1.1", "1.3")
        patients = list(query.matches(again, doctor, Query(Level.PATIENT, {0x00201200: ""})))
        assert [patient[0x00201200] for patient in patients] == [("1",), ("1",)]
        images = list(query.matches(again, doctor, Query(Level.IMAGE, {0x00280010: ""})))
        assert [image[0x00280010] for image in images] == [()] * 3
        assert worklist.search(again, doctor, WorklistQuery()).total == 2
    finally:
        again.close()


def test_an_empty_database_of_the_first_version_is_brought_up_to_date(server_settings, database):
    with database.write() as connection:
        _drop_everything(connection)
        _migrate_to(connection, "0001")
    again = Database.open(server_settings)
    with again.read() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == schema.HEAD
        assert connection.scalars(sa.select(tables.session.c.refreshed_at)).all() == []
    again.close()
