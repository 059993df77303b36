"""Fixtures of the server's tests: every one that asks for `database` runs on both."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.domain.access import POLICY, Actor, Role
from app.domain.ingest import Source, SourceKind
from app.server.core.ingest import Ingest
from app.server.store import schema, tables
from app.server.store.engine import FILE_NAME, Database
from app.server.store.objects import ObjectStore
from app.settings import Settings
from tests import postgresql
from tests.s3 import Service, TestBucket


class PostgresqlDatabases:
    """Empty databases with all tables; one that is given back is emptied for the next test."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._free: list[str] = []
        self._made = 0

    @contextmanager
    def one(self) -> Iterator[str]:
        """The address of a database for one test."""
        address = self._free.pop() if self._free else self._new()
        yield address
        engine = sa.create_engine(address, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql(EMPTY)
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :head"), NEWEST)
        self._free.append(address)

    def _new(self) -> str:
        self._made += 1
        name = f"klinika_{self._made}"
        maintenance = sa.create_engine(
            self._address.format(name="postgres"),
            isolation_level="AUTOCOMMIT",
            poolclass=sa.NullPool,
        )
        with maintenance.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        address = self._address.format(name=name)
        Database.open(Settings(database_url=address)).close()
        return address


EMPTY = ";".join(str(sa.delete(table)) for table in reversed(tables.metadata.sorted_tables))
"""At once: to ask table by table takes four times the processor, for each of 650 tests."""
NEWEST = {"head": schema.HEAD}


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresqlDatabases]:
    """A PostgreSQL server's databases."""
    with postgresql.a_server() as address:
        yield PostgresqlDatabases(address)


@pytest.fixture(scope="session")
def empty_index(tmp_path_factory) -> Path:
    """An SQLite index with all tables: to copy it takes a tenth of the time to make one."""
    folder = tmp_path_factory.mktemp("empty-index")
    Database.open(Settings(data_dir=folder)).close()
    return folder / FILE_NAME


@pytest.fixture(params=["sqlite", "postgresql"])
def server_settings(request, tmp_path) -> Iterator[Settings]:
    """Settings of a server with an empty archive, on either database."""
    data_dir = tmp_path / "archive"
    if request.param == "sqlite":
        data_dir.mkdir(mode=0o700)
        shutil.copy(request.getfixturevalue("empty_index"), data_dir)
        yield Settings(data_dir=data_dir, dicom_port=0)
        return
    with request.getfixturevalue("postgresql_databases").one() as address:
        yield Settings(data_dir=data_dir, database_url=address, dicom_port=0)


@pytest.fixture
def database(server_settings) -> Iterator[Database]:
    """An empty database."""
    database = Database.open(server_settings)
    share_statements(database)
    yield database
    database.close()


STATEMENTS = 10_000
_first_engines: dict[str, sa.Engine] = {}


def share_statements(database: Database) -> None:
    """Let `database` use the SQL that earlier ones compiled, instead of compiling all of its own.

    SQLAlchemy keeps statements by engine and dialect; a writer's knows its database already.
    """
    for engine in (database._writers, database._readers):
        first = _first_engines.setdefault(engine.dialect.name, engine)
        first._compiled_cache.capacity = STATEMENTS
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache


@pytest.fixture
def objects(server_settings) -> Iterator[ObjectStore]:
    """The files of the archive."""
    objects = ObjectStore(server_settings.data_dir)
    yield objects
    objects.close()


@pytest.fixture
def ingest(database, objects) -> Iterator[Ingest]:
    """The one door of the archive."""
    ingest = Ingest(
        database, objects, max_object_size=64 * 1024 * 1024, clock=lambda: datetime.now(UTC)
    )
    yield ingest
    ingest.close()


@pytest.fixture
def doctor() -> Actor:
    """A signed-in doctor."""
    return Actor("doctor", POLICY[Role.DOCTOR])


@pytest.fixture
def nobody() -> Actor:
    """An actor without any permission."""
    return Actor("nobody", frozenset())


@pytest.fixture
def source() -> Source:
    """An import by the doctor."""
    return Source(SourceKind.IMPORT, "doctor")


@pytest.fixture(scope="session")
def s3_service() -> Iterator[Service]:
    """An S3 service."""
    service = Service()
    yield service
    service.stop()


@pytest.fixture
def a_bucket(s3_service) -> TestBucket:
    """An empty bucket of it."""
    return s3_service.new_bucket()
