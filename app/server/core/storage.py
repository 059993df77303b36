"""How the archive's objects fare: the room they have left, and what was put aside."""

from collections.abc import Callable
from datetime import datetime

import structlog

from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.errors import UnavailableError
from app.domain.storage import DiskLevel, DiskState, StorageStatus
from app.server.store import changes, quarantine
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore

log = structlog.get_logger()


class Storage:
    """The use cases of storage; `clock` tells the time in UTC."""

    def __init__(
        self, database: Database, objects: ObjectStore, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock
        self.disk_level = DiskLevel.GOOD
        """As it was seen last; for anyone."""
        self._told_level = DiskLevel.GOOD

    def status(self, actor: Actor) -> StorageStatus:
        """Everything at once. Raises ForbiddenError, and UnavailableError without the disk."""
        actor.require(Permission.STORAGE_READ)
        with self._database.read() as connection:
            return StorageStatus(self._disk(), quarantine.count(connection))

    def watch_disk(self) -> None:
        """Tell the feed when the disk's level changed; tried again when that fails."""
        disk = self._disk()
        self.disk_level = disk.level
        if disk.level is self._told_level:
            return
        with self._database.write() as connection:
            changes.append(connection, ChangeKind.DISK_LEVEL_CHANGED, [""], self._clock())
        self._told_level = disk.level
        log.warning("disk-level", level=disk.level, free=disk.free, total=disk.total)

    def _disk(self) -> DiskState:
        try:
            return self._objects.disk.state()
        except OSError as error:
            raise UnavailableError(f"the disk: {error.strerror}") from error
