"""The database keeps what was committed, and says in our words what went wrong."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.domain.changes import ChangeKind
from app.domain.errors import ConfigurationError, InvalidError, StorageFullError, UnavailableError
from app.server.store import changes, engine, schema, tables
from app.server.store.engine import ClashError, Database
from app.settings import Settings
from tests.conftest import PATIENCE_S


def add_change(connection, study_uid="1.2", at=datetime(2026, 11, 24, tzinfo=UTC)):
    changes.append(connection, ChangeKind.STUDY_STORED, [study_uid], at)


def study_uids(database):
    with database.read() as connection:
        return connection.scalars(sa.select(tables.change.c.study_uid)).all()


def test_the_migrations_make_exactly_the_declared_tables(database):
    with database.read() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _parents: (
                    not (name or "").startswith(
                        ("study_words", "study_grams", "ix_study_words", "words")
                    )
                )
            },
        )
        assert compare_metadata(context, tables.metadata) == []


def test_the_newest_migration_is_the_one_the_start_looks_for():
    assert ScriptDirectory(str(schema.MIGRATIONS)).get_current_head() == schema.HEAD


def back_to_the_first_version(connection):
    """Remove every table, and make those of the first version."""
    tables.metadata.drop_all(connection)
    for table in ("study_words", "alembic_version"):
        connection.execute(sa.text(f"DROP TABLE IF EXISTS {table}"))
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")


def test_a_database_opens_again_with_what_it_held(server_settings):
    database = Database.open(server_settings)
    with database.write() as connection:
        add_change(connection)
    database.close()
    again = Database.open(server_settings)
    assert study_uids(again) == ["1.2"]
    again.close()


def test_a_database_of_a_newer_version_is_refused(server_settings, database):
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError):
        Database.open(server_settings)


def test_an_exception_in_the_block_leaves_nothing(database):
    def fail_after_a_row():
        with database.write() as connection:
            add_change(connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_a_row()
    assert study_uids(database) == []


def test_a_reader_sees_one_moment(database):
    with database.write() as connection:
        add_change(connection)
    with database.read() as connection:
        count = sa.select(sa.func.count()).select_from(tables.change)
        assert connection.scalar(count) == 1
        with database.write() as writer:
            add_change(writer)
        assert connection.scalar(count) == 1
    assert len(study_uids(database)) == 2


def test_each_look_sees_what_is_there_by_then(database):
    count = sa.select(sa.func.count()).select_from(tables.change)
    with database.look() as connection:
        assert connection.scalar(count) == 0
        with database.write() as writer:
            add_change(writer)
        assert connection.scalar(count) == 1


def test_a_reader_cannot_write(database):
    def write():
        with database.read() as connection:
            add_change(connection)

    with pytest.raises((UnavailableError, sa.exc.InternalError)):
        write()


def test_writers_wait_for_their_turn(database):
    def write(number):
        for _ in range(10):
            with database.write() as connection:
                add_change(connection, f"1.{number}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(study_uids(database)) == 40


def test_a_row_that_exists_is_a_clash(database):
    def add():
        with database.write() as connection:
            connection.execute(
                sa.insert(tables.study).values(study_uid="1", received_at=datetime.now(UTC), rank=1)
            )

    add()
    with pytest.raises(ClashError):
        add()


def test_moments_come_back_aware_and_in_utc(database):
    moment = datetime(2026, 11, 24, 3, tzinfo=timezone(timedelta(hours=3)))
    with database.write() as connection:
        add_change(connection, at=moment)
    with database.read() as connection:
        read = connection.scalar(sa.select(tables.change.c.at))
    assert read == moment
    assert read.utcoffset() == timedelta(0)


def test_the_bell_rings_after_a_commit_and_not_before(database):
    seen = database.bell.count
    with database.write() as connection:
        add_change(connection)
        assert database.bell.wait(seen, 0) == seen
    assert database.bell.wait(seen, 5) == seen + 1


def test_the_bell_rings_for_changes_only(database):
    seen = database.bell.count
    with pytest.raises(RuntimeError):
        _change_and_fail(database)
    with database.write() as connection:
        connection.execute(sa.select(sa.func.count()).select_from(tables.audit))
    assert database.bell.count == seen


def _change_and_fail(database) -> None:
    with database.write() as connection:
        add_change(connection)
        raise RuntimeError


def test_a_waiter_is_woken_by_another_thread(database):
    seen = database.bell.count
    woken = []
    waiter = threading.Thread(target=lambda: woken.append(database.bell.wait(seen, 10)))
    waiter.start()
    with database.write() as connection:
        add_change(connection)
    waiter.join(PATIENCE_S)
    assert woken == [seen + 1]


@pytest.mark.parametrize("address", ["nonsense", "mysql://host/x", "postgresql://host/x"])
def test_an_impossible_address_is_a_configuration_error(address):
    with pytest.raises(ConfigurationError):
        Database.open(Settings(database_url=address))


def test_a_server_that_does_not_answer_is_unavailable(tmp_path):
    with pytest.raises(UnavailableError):
        Database.open(Settings(database_url=f"postgresql+psycopg2://u@/x?host={tmp_path}"))


def test_a_full_disk_is_told_as_such(tmp_path):
    database = Database.open(Settings(data_dir=tmp_path))

    def fill():
        with database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1")
            for number in range(2000):
                add_change(connection, f"1.{number}")

    with pytest.raises(StorageFullError):
        fill()
    database.close()


def test_a_database_without_utf_8_is_refused(postgresql_databases):
    with postgresql_databases.one() as address:
        engine = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(
                "CREATE DATABASE klinika_ascii TEMPLATE template0 ENCODING 'SQL_ASCII'"
            )
        other = sa.make_url(address).set(database="klinika_ascii")
        with pytest.raises(ConfigurationError):
            Database.open(Settings(database_url=other.render_as_string(hide_password=False)))


def test_a_value_that_does_not_fit_is_invalid(database):
    def write():
        with database.write() as connection:
            add_change(connection, "1" * 65)

    if database.is_postgresql:  # SQLite keeps what it is given
        with pytest.raises(InvalidError):
            write()


def test_two_writers_that_wait_for_each_other_clash(database):
    if not database.is_postgresql:
        return
    with database.write() as connection:
        add_change(connection, "1")
        add_change(connection, "2")
    outcomes = []
    meet = threading.Barrier(2)

    def update(first, second):
        try:
            with database.write() as connection:
                for study_uid in (first, second):
                    connection.execute(
                        sa.update(tables.change)
                        .where(tables.change.c.study_uid == study_uid)
                        .values(kind="x")
                    )
                    if study_uid == first:
                        meet.wait(PATIENCE_S)
            outcomes.append("done")
        except ClashError:
            outcomes.append("clash")

    threads = [threading.Thread(target=update, args=pair) for pair in (("1", "2"), ("2", "1"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["clash", "done"]


END_OTHERS = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_a_connection_that_breaks_is_told_once_and_then_made_anew(database):
    if not database.is_postgresql:
        return

    def write_while_it_breaks():
        with database.write() as connection:
            add_change(connection, "lost")
            with database.read() as other:
                other.execute(END_OTHERS)

    with pytest.raises(UnavailableError):
        write_while_it_breaks()
    with database.write() as connection:
        add_change(connection, "kept")
    assert study_uids(database) == ["kept"]


def test_a_connection_that_broke_while_it_rested_is_not_noticed(database, monkeypatch):
    if not database.is_postgresql:
        return
    monkeypatch.setattr(engine, "RESTED_S", 0)
    with database.read(), database.look(), database.write():
        pass  # so there are three
    with database.look() as connection:
        connection.execute(END_OTHERS)
    with database.read() as first, database.read() as second, database.write() as third:
        assert [each.scalar(sa.text("SELECT 1")) for each in (first, second, third)] == [1, 1, 1]
