"""Files that no row names: counted and told of, never removed.

No crash leaves one. A database that was restored from an older copy leaves many, and they are then
all that there is of those objects: whoever imports them has them back.
"""

from datetime import datetime

import structlog

from app.server.store import intake, packing
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore

log = structlog.get_logger()


def look_for_strays(database: Database, objects: ObjectStore, before: datetime) -> None:
    """Say in the log how many files are older than that moment and have no row.

    Those that are on their way in are younger. Raises OSError, and UnavailableError.
    """
    count = size = 0
    for some in objects.listed(before):
        keys = [each.key for each in some]
        with database.read() as connection:
            named = intake.known_keys(connection, keys) | packing.replaced_among(connection, keys)
        strays = [each for each in some if each.key not in named]
        count, size = count + len(strays), size + sum(each.size for each in strays)
    if count:
        log.warning("files-without-row", count=count, size=size)
