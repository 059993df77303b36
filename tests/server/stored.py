"""Stored objects as files, for tests that look at them or break them."""

from pathlib import Path

from app.domain.access import Actor
from app.server.core.pixels import stored_object
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore


def object_file(
    database: Database, objects: ObjectStore, actor: Actor, sop_instance_uid: str
) -> Path:
    """Where an object lies that `actor` may read. Raises NotFoundError, or DamagedError."""
    file = objects.plain_file(stored_object(database, actor, sop_instance_uid).key)
    assert file is not None
    return file
