"""Rows of objects that are to be compressed, and of files that others took the place of.

Such a file stays for a while: whoever was told of it may still be reading it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.ingest import Source, SourceKind
from app.server.store.tables import instance, replaced_file, series

MOST = 1000


class Packable(NamedTuple):
    """An object with an image: the key and SHA-256 of its file, and where it came from."""

    sop_instance_uid: str
    key: str
    size: int
    sha256: str
    source: Source


def packable(
    connection: Connection, series_uid: str, transfer_syntax_uids: Collection[str]
) -> tuple[Packable, ...]:
    """The images of a series in one of these transfer syntaxes, as they came."""
    query = (
        sa.select(
            instance.c.sop_instance_uid,
            instance.c.object_key,
            instance.c.size,
            instance.c.sha256,
            instance.c.source_kind,
            instance.c.source_name,
        )
        .join(series, instance.c.series_id == series.c.id)
        .where(
            series.c.series_uid == series_uid,
            instance.c.image.is_not(None),
            instance.c.transfer_syntax_uid.in_(sorted(transfer_syntax_uids)),
        )
        .order_by(instance.c.id)
    )
    return tuple(
        Packable(uid, key, size, sha256, Source(SourceKind(kind), name))
        for uid, key, size, sha256, kind, name in connection.execute(query)
    )


def replaced(connection: Connection, key: str, size: int, source_name: str, at: datetime) -> None:
    """Another file has taken the place of the one with `key`."""
    connection.execute(
        replaced_file.insert().values(
            object_key=key, size=size, source_name=source_name, replaced_at=at
        )
    )


def removable(connection: Connection, before: datetime) -> tuple[str, ...]:
    """The keys of files that were replaced before that moment, MOST at most."""
    query = sa.select(replaced_file.c.object_key).where(replaced_file.c.replaced_at < before)
    return tuple(connection.scalars(query.limit(MOST)))


def replaced_among(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of `keys` whose files are to be removed."""
    query = sa.select(replaced_file.c.object_key).where(replaced_file.c.object_key.in_(keys))
    return set(connection.scalars(query))


def removed(connection: Connection, keys: Sequence[str]) -> None:
    """The files are gone."""
    connection.execute(replaced_file.delete().where(replaced_file.c.object_key.in_(keys)))
