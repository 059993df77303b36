"""The bytes of objects, and small pictures of series."""

from pathlib import Path

from app.domain.access import Actor, Permission
from app.domain.errors import NotFoundError
from app.server.store import studies
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore


def object_file(
    database: Database, objects: ObjectStore, actor: Actor, sop_instance_uid: str
) -> Path:
    """The object's Part 10 file, to be read only. Raises ForbiddenError and NotFoundError."""
    actor.require(Permission.STUDY_READ)
    with database.read() as connection:
        key = studies.object_key(connection, sop_instance_uid)
    if key is None:
        raise NotFoundError("no such object")
    return objects.path(key)
