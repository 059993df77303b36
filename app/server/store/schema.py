"""Bringing the tables up to date: alembic migrations, run when the database is opened."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.errors import ConfigurationError

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0007"
"""The newest migration; alembic is loaded only for a database that is behind it."""
HAS_VERSION = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'",
    "postgresql": "SELECT count(to_regclass('alembic_version'))",
}
"""Whether there is a version: SQLAlchemy asks so much for it that opening takes twice as long."""
MIGRATION_LOCK = 0x4B4C494E
"""Key of the PostgreSQL advisory lock that lets one server at a time migrate."""


def bring_up_to_date(connection: Connection) -> None:
    """Run the missing migrations inside the caller's transaction.

    Raises ConfigurationError for a database that a newer version made, or one without UTF-8.
    """
    if connection.dialect.name == "postgresql":
        if connection.scalar(sa.text("SHOW server_encoding")) != "UTF8":
            raise ConfigurationError("the database's encoding must be UTF8")
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
    if _version(connection) == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConfigurationError("a newer version of the program made this database") from error


def _version(connection: Connection) -> str | None:
    if not connection.scalar(sa.text(HAS_VERSION[connection.dialect.name])):
        return None
    version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return version
