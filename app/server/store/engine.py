"""The database: SQLite with one writer on one PC, PostgreSQL in a clinic.

`read` sees the database at one moment, `look` at one for each of its statements, and `write`
commits as a whole when its block ends. Commit means on disk: SQLite syncs its log
(synchronous=FULL), PostgreSQL its own.
"""

import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Self

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from app.domain.errors import (
    ConfigurationError,
    ConflictError,
    InvalidError,
    StorageFullError,
    UnavailableError,
)
from app.server.store.bell import HAS_CHANGES, Bell
from app.server.store.prepared import driver_cursor
from app.server.store.schema import bring_up_to_date
from app.settings import Settings

__all__ = ["ClashError", "Connection", "Database"]

FILE_NAME = "index.sqlite"
BUSY_TIMEOUT_MS = 10_000
CACHE_KIB = 4_096
"""Page cache of each SQLite connection; the operating system keeps the file once for all."""
POOL_SIZE = 10
POOL_OVERFLOW = 30
POOL_TIMEOUT_S = 10
RESTED_SINCE = "rested_since"
RESTED_S = 1
"""A connection to PostgreSQL that was used less long ago is taken to be there still: to ask first
takes as long as what is asked then."""
POSTGRESQL_CONNECTION = {
    "connect_timeout": 5,
    "client_encoding": "utf8",
    # A server that vanished is noticed in half a minute instead of two hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    # Nor may another server of ours that hangs hold us up for ever.
    "options": " ".join(
        f"-c {setting}"
        for setting in (
            "timezone=UTC",
            "synchronous_commit=on",
            "lock_timeout=30s",
            "idle_in_transaction_session_timeout=60s",
            "jit=off",  # it takes longer than any query of ours
        )
    ),
}
SERIALIZATION_FAILURES = {"40001", "40P01"}
DISK_FULL = "53100"


class ClashError(ConflictError):
    """Another writer made the same row first, or waits for us: the transaction may be repeated."""


class Database:
    """The index; `close` gives its connections back.

    `bell` rings after every commit with changes in it.
    """

    def __init__(self, readers: Engine, writers: Engine) -> None:
        self.bell = Bell()
        self.is_postgresql = readers.dialect.name == "postgresql"
        self._readers = readers
        self._writers = writers
        self._lookers = readers
        if self.is_postgresql:  # without READ ONLY, of which the server would be told each time
            self._lookers = writers.execution_options(isolation_level="AUTOCOMMIT")
        self._turn: AbstractContextManager[object] = (
            nullcontext() if self.is_postgresql else threading.Lock()
        )

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the database that `settings` name and bring its tables up to date.

        Raises ConfigurationError for an impossible address, and UnavailableError.
        """
        if settings.database_url:
            database = cls(*_postgresql(settings.database_url))
        else:
            settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            database = cls(*_sqlite(settings.data_dir / FILE_NAME))
        try:
            with database.write() as connection:
                bring_up_to_date(connection)
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees the database at one moment."""
        with _translated(), self._readers.begin() as connection:
            _begin(connection, "BEGIN")
            yield connection

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """For reads of one statement, which sees one moment by itself: the database is told of no
        transaction around it, and so asked once instead of three times.
        """
        with _translated(), self._lookers.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at the block's end and rolled back by an exception.

        Raises ClashError when it may be repeated, StorageFullError, and UnavailableError.
        """
        with self._turn, _translated(), self._writers.begin() as connection:
            _begin(connection, "BEGIN IMMEDIATE")
            connection.info.pop(HAS_CHANGES, None)  # of a transaction that was rolled back
            yield connection
            has_changes = connection.info.pop(HAS_CHANGES, False)
        if has_changes:
            self.bell.ring()

    @contextmanager
    def turn(self, work: str) -> Iterator[bool]:
        """Whether no other server of this database does the same work meanwhile."""
        if not self.is_postgresql:
            yield True
            return
        number = zlib.crc32(work.encode())
        with _translated(), self._writers.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            is_ours = bool(alone.scalar(sa.select(sa.func.pg_try_advisory_lock(number))))
            try:
                yield is_ours
            finally:
                if is_ours:
                    alone.scalar(sa.select(sa.func.pg_advisory_unlock(number)))

    def close(self) -> None:
        """Close every connection."""
        self._readers.dispose()
        self._writers.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise ClashError("a row exists or is missing") from error
    except SQLAlchemyError as error:
        original = error.orig if isinstance(error, DBAPIError) else None
        code = getattr(original, "pgcode", None)
        if code in SERIALIZATION_FAILURES:
            raise ClashError("two writers wait for each other") from error
        if code == DISK_FULL or getattr(original, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
            raise StorageFullError("the database") from error
        if isinstance(error, DataError):
            raise InvalidError("a value does not fit its column") from error
        if isinstance(error, (OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)):
            raise UnavailableError("the database") from error
        raise


def _sqlite(file: Path) -> tuple[Engine, Engine]:
    url = sa.URL.create("sqlite", database=str(file))
    readers = sa.create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_TIMEOUT_S,
        pool_use_lifo=True,  # those whose caches are full already, and no more than are needed
    )
    writers = sa.create_engine(url, pool_size=1, max_overflow=0, pool_timeout=POOL_TIMEOUT_S)
    _configure_sqlite(readers, only_reads=1)
    _configure_sqlite(writers, only_reads=0)
    return readers, writers


def _configure_sqlite(engine: Engine, only_reads: int) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "wal_autocheckpoint=4000",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"cache_size=-{CACHE_KIB}",
            "temp_store=MEMORY",
            f"query_only={only_reads}",
        ):
            connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection, statement: str) -> None:
    """SQLite begins when it is told to, PostgreSQL's driver by itself.

    A listener of the engine's would cost each connection more than the statement does.
    """
    if connection.dialect.name == "sqlite":
        with driver_cursor(connection) as cursor:
            cursor.execute(statement)


def _postgresql(address: str) -> tuple[Engine, Engine]:
    try:
        url = sa.make_url(address)
    except sa.exc.ArgumentError as error:
        raise ConfigurationError("database_url is no address of a database") from error
    if url.drivername != "postgresql+psycopg2":
        raise ConfigurationError("database_url must begin with postgresql+psycopg2://")
    engine = sa.create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_TIMEOUT_S,
        connect_args=POSTGRESQL_CONNECTION,
    )
    _ask_the_rested(engine)
    readers = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return readers, engine


def _ask_the_rested(engine: Engine) -> None:
    """Ask connections that were not used for RESTED_S whether they are still there."""

    @event.listens_for(engine, "checkin")
    def rest(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info[RESTED_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        now = time.monotonic()
        if now - record.info.get(RESTED_SINCE, now) < RESTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.InvalidatePoolError from error  # the pool makes another
