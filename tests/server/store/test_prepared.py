"""Prepared statements say what SQLAlchemy's own way of running them says, on both databases."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
import sqlalchemy as sa

from app.server.store.engine import ClashError
from app.server.store.prepared import Prepared
from app.server.store.tables import change, study

MOMENT = datetime(2026, 11, 29, 1, 30, tzinfo=timezone(timedelta(hours=3)))
COLUMNS = [column for column in study.c if column is not study.c.id]
NEW_STUDY = Prepared(sa.insert(study), sets=[column.key for column in COLUMNS])
BLANK = {column.key: None if column.nullable else "" for column in COLUMNS}
BY_UID = sa.select(study).where(study.c.study_uid.in_(sa.bindparam("uids", expanding=True)))
NEW_CHANGES = Prepared(sa.insert(change), sets=("kind", "study_uid", "at"))


def a_study(uid, **said):
    when = {"study_date": date(2024, 3, 5), "study_time": time(9, 30, 0, 250_000)}
    counts = {"series_count": 1, "instance_count": 2, "rank": 7}
    named = {"study_uid": uid, "patient_name": "Иванов^Пётр %s :x ?", "received_at": MOMENT}
    return BLANK | when | counts | named | said


def test_values_come_back_as_they_went(database):
    with database.write() as connection:
        NEW_STUDY.run(connection, [a_study("1.2"), a_study("1.3", study_date=None)])
    with database.read() as connection:
        rows = Prepared(BY_UID).rows(connection, {"uids": ["1.2", "1.3"]})
        assert rows == [tuple(row) for row in connection.execute(BY_UID, {"uids": ["1.2", "1.3"]})]
    first = dict(zip(study.c.keys(), rows[0], strict=True))
    assert first["patient_name"] == "Иванов^Пётр %s :x ?"
    assert (first["study_date"], first["study_time"]) == (date(2024, 3, 5), time(9, 30, 0, 250_000))
    assert first["received_at"] == MOMENT
    assert first["received_at"].tzinfo is UTC
    assert rows[1][study.c.keys().index("study_date")] is None


@pytest.mark.parametrize("count", [1, 2, 3, 5, 40])
def test_a_list_may_have_any_length(database, count):
    uids = [f"1.2.{number}" for number in range(count)]
    with database.write() as connection:
        NEW_STUDY.run(connection, [a_study(uid) for uid in uids])
        NEW_STUDY.run(connection, [a_study("1.9")])
        rows = Prepared(BY_UID).rows(connection, {"uids": uids})
    assert sorted(row[1] for row in rows) == sorted(uids)


def test_many_rows_are_written_in_their_order(database):
    with database.write() as connection:
        rows = [{"kind": "study-stored", "study_uid": f"1.{n}", "at": MOMENT} for n in range(250)]
        NEW_CHANGES.run(connection, rows)
    with database.read() as connection:
        found = connection.scalars(sa.select(change.c.study_uid).order_by(change.c.number)).all()
    assert found == [row["study_uid"] for row in rows]


def test_a_statement_keeps_the_values_it_has_by_itself(database):
    of_kind = Prepared(sa.select(change.c.study_uid).where(change.c.kind == "study-stored"))
    moved = Prepared(
        sa.update(change).where(change.c.kind == sa.bindparam("of")).values(kind="moved")
    )
    with database.write() as connection:
        NEW_CHANGES.run(connection, [{"kind": "study-stored", "study_uid": "1.2", "at": MOMENT}])
        assert of_kind.rows(connection, {}) == [("1.2",)]
        moved.run(connection, [{"of": "study-stored"}])
        assert of_kind.rows(connection, {}) == []


def test_what_goes_wrong_is_said_in_our_words_and_nothing_is_kept(database):
    with pytest.raises(ClashError), database.write() as connection:
        NEW_STUDY.run(connection, [a_study("1.2"), a_study("1.2")])
    with database.read() as connection:
        assert Prepared(BY_UID).rows(connection, {"uids": ["1.2"]}) == []


def test_errors_say_no_value(database):
    with pytest.raises(ClashError) as raised, database.write() as connection:
        NEW_STUDY.run(connection, [a_study("1.2"), a_study("1.2")])
    assert "Иванов" not in str(raised.value.__cause__)
