"""Fixtures of the server's tests: every one that asks for `database` runs on both."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from app.domain.access import POLICY, Actor, Role
from app.domain.ingest import Source, SourceKind
from app.server.core.ingest import Ingest
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.settings import Settings
from tests import postgresql

TEMPLATE = "klinika_template"


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[Iterator[str]]:
    """Addresses of empty, migrated PostgreSQL databases, a new one each time."""
    with postgresql.a_server() as address:
        yield _databases(address)


def _databases(address: str) -> Iterator[str]:
    maintenance = sa.create_engine(
        address.format(name="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with maintenance.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {TEMPLATE}")
    Database.open(Settings(database_url=address.format(name=TEMPLATE))).close()
    for number in itertools.count():
        name = f"klinika_{number}"
        with maintenance.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield address.format(name=name)


@pytest.fixture(params=["sqlite", "postgresql"])
def server_settings(request, tmp_path) -> Settings:
    """Settings of a server with an empty archive, on either database."""
    address = ""
    if request.param == "postgresql":
        address = next(request.getfixturevalue("postgresql_databases"))
    return Settings(data_dir=tmp_path / "archive", database_url=address, dicom_port=0)


@pytest.fixture
def database(server_settings) -> Iterator[Database]:
    """An empty database."""
    database = Database.open(server_settings)
    yield database
    database.close()


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
