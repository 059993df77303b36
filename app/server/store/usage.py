"""How many bytes of files the archive keeps, by where they came from."""

import sqlalchemy as sa
from sqlalchemy import Connection

from app.server.store.tables import deleted_object, instance, quarantined, replaced_file

_FILES = sa.union_all(
    *(
        sa.select(table.c.source_name, table.c.size)
        for table in (instance, quarantined, deleted_object, replaced_file)
    )
).subquery()
_BY_SOURCE = sa.select(_FILES.c.source_name, sa.func.sum(_FILES.c.size)).group_by(
    _FILES.c.source_name
)


def by_source(connection: Connection) -> dict[str, int]:
    """Bytes by AE title or account name, with what was put aside, can be restored, or goes soon.

    Every row is read: not for each object.
    """
    return {name: int(size) for name, size in connection.execute(_BY_SOURCE)}
