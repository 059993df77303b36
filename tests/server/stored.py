"""Stored objects as files, for tests that look at them or break them."""

from pathlib import Path

from app.domain.access import Actor
from app.server.core.pixels import stored_object
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.settings import Settings


def files(settings: Settings, folder: str) -> list[Path]:
    """The files under a folder of the data directory."""
    return [path for path in (settings.data_dir / folder).rglob("*") if path.is_file()]


def data_set(part10: bytes) -> bytes:
    """What comes after the file meta information, whose length is its first element."""
    return part10[144 + int.from_bytes(part10[140:144], "little") :]


def object_file(
    database: Database, objects: ObjectStore, actor: Actor, sop_instance_uid: str
) -> Path:
    """Where an object lies that `actor` may read. Raises NotFoundError, or DamagedError."""
    file = objects.plain_file(stored_object(database, actor, sop_instance_uid).key)
    assert file is not None
    return file
