"""A database and its objects belong together: each says of which archive it is.

Else two servers with folders of their own on one database, which each hold the other's objects for
lost, would be noticed much too late.
"""

import secrets

import structlog

from app.domain.errors import ConfigurationError, UnavailableError
from app.server.core.placing import repeated
from app.server.store import identity as rows
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore

SIZE = 16

log = structlog.get_logger()


def require_one_archive(database: Database, objects: ObjectStore) -> None:
    """Raise ConfigurationError when the objects are not those of this database.

    At the first start each is told. A bucket that is away is compared at another start.
    """
    try:
        known = repeated(lambda: _known(database, objects))
        found = objects.identity()
    except UnavailableError:
        log.warning("archive-identity-not-compared")
        return
    if found != known:
        raise ConfigurationError(
            f"these objects are not those of the database: they are of the archive"
            f" {found or 'nobody named'}, it is of {known}. Servers of one database share one"
            " bucket; where its objects were moved, archive-id has to be moved along"
        )


def _known(database: Database, objects: ObjectStore) -> str:
    with database.write() as connection:
        known = rows.get(connection)
        if known is None:
            known = objects.identity() or secrets.token_hex(SIZE)
            rows.insert(connection, known)  # another server that starts as well waits here
            objects.identify(known)
        return known
