"""How the archive's objects fare: their room, what was put aside, what is damaged."""

from collections.abc import Callable
from datetime import datetime

import structlog

from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.errors import UnavailableError
from app.domain.storage import DamagedObject, DiskLevel, DiskState, StorageStatus
from app.server.core.usage import Usage
from app.server.store import changes, fixity, quarantine
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore

log = structlog.get_logger()


class Storage:
    """The use cases of storage; `clock` tells the time in UTC."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        clock: Callable[[], datetime],
        usage: Usage | None = None,
    ) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock
        self._usage = usage or Usage(database)
        self.disk_level = DiskLevel.GOOD
        """The worse of the disk's and of the archive's quota, as seen last; for anyone."""
        self._told_level = DiskLevel.GOOD

    def status(self, actor: Actor) -> StorageStatus:
        """Everything at once. Raises ForbiddenError, and UnavailableError without the disk."""
        actor.require(Permission.STORAGE_READ)
        with self._database.read() as connection:
            current = fixity.current(connection)
            return StorageStatus(
                disk=self._disk(),
                quarantined=quarantine.count(connection),
                damaged=fixity.count_damaged(connection),
                fixity=current[0] if current else None,
                used=self._usage.used(),
                quota=self._usage.quota,
                sources=self._usage.sources(),
            )

    def damaged(self, actor: Actor) -> tuple[DamagedObject, ...]:
        """The objects whose files were found damaged, newest first."""
        actor.require(Permission.STORAGE_READ)
        with self._database.read() as connection:
            return fixity.every_damaged(connection)

    def watch_disk(self) -> None:
        """Tell the feed when the level changed; tried again when that fails."""
        disk = self._disk()
        level = max(disk.level, self._usage.level, key=list(DiskLevel).index)
        self.disk_level = level
        if level is self._told_level:
            return
        with self._database.write() as connection:
            changes.append(connection, ChangeKind.DISK_LEVEL_CHANGED, [""], self._clock())
        self._told_level = level
        log.warning("disk-level", level=level, free=disk.free, total=disk.total)

    def _disk(self) -> DiskState:
        try:
            return self._objects.disk.state()
        except OSError as error:
            raise UnavailableError(f"the disk: {error.strerror}") from error
