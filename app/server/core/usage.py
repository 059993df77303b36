"""What the archive keeps, beside what it may: quotas for all of it and for each source.

Bytes are counted in memory: the rows now and then, and what was stored since. So several servers
on one database see what the others took only after the next count.
"""

import threading
from collections import Counter

import structlog

from app.domain.errors import QuotaError
from app.domain.ingest import Source, SourceKind
from app.domain.storage import DiskLevel, Quotas, SourceUsage
from app.server.store import usage
from app.server.store.engine import Database

NO_QUOTAS = Quotas()
ALL = ""
"""Stands for all sources where they are named."""
MOST_SOURCES = 100

log = structlog.get_logger()


class Usage:
    """Knows what is kept; before the first `count` only what was stored since the start."""

    def __init__(self, database: Database, quotas: Quotas = NO_QUOTAS) -> None:
        self._database = database
        self._quotas = quotas
        self._lock = threading.Lock()
        self._counted: Counter[str] = Counter()
        self._since: Counter[str] = Counter()
        self._levels: dict[str, DiskLevel] = {}

    def count(self) -> None:
        """Count the rows anew, and say in the log which quotas changed their level."""
        with self._lock:
            before = self._since.copy()
        with self._database.read() as connection:
            counted = Counter(usage.by_source(connection))
        with self._lock:
            # What was stored while the rows were read may count twice until the next time.
            self._counted, self._since = counted, self._since - before
        self._tell()

    def require_room(self, source: Source, size: int) -> None:
        """Raise QuotaError when so many bytes more of `source` would be too many.

        Our own reports are always taken: signing must not fail.
        """
        if source.kind is SourceKind.REPORT:
            return
        for name, quota in ((ALL, self._quotas.archive), (source.name, self._of(source.name))):
            if quota is not None and self.used(name) + size > quota:
                raise QuotaError(f"the quota of {name or 'the archive'}: {quota} bytes")

    def add(self, source: Source, size: int) -> None:
        """So many bytes of `source` are kept."""
        with self._lock:
            self._since[source.name] += size
        if self._quotas != NO_QUOTAS:
            self._tell()

    def used(self, name: str = ALL) -> int:
        """Bytes that are kept of a source, or of all."""
        with self._lock:
            if name == ALL:
                return self._counted.total() + self._since.total()
            return self._counted[name] + self._since[name]

    def sources(self) -> tuple[SourceUsage, ...]:
        """The sources of which most is kept, and all that have a quota."""
        with self._lock:
            kept = self._counted + self._since
        named = dict.fromkeys(self._quotas.sources, 0) | dict(kept.most_common(MOST_SOURCES))
        found = [
            SourceUsage(name, kept[name] or used, self._of(name)) for name, used in named.items()
        ]
        return tuple(sorted(found, key=lambda each: (-each.used, each.name)))

    @property
    def quota(self) -> int | None:
        """Bytes that may be kept in all."""
        return self._quotas.archive

    @property
    def level(self) -> DiskLevel:
        """How the whole archive stands against its quota."""
        return Quotas.level(self.used(), self._quotas.archive)

    def _of(self, name: str) -> int | None:
        return self._quotas.sources.get(name)

    def _tell(self) -> None:
        quotas = {ALL: self._quotas.archive, **self._quotas.sources}
        for name, quota in quotas.items():
            used = self.used(name)
            level = Quotas.level(used, quota)
            if self._levels.get(name, DiskLevel.GOOD) is not level:
                self._levels[name] = level
                log.warning("quota-level", source=name, level=level, used=used, quota=quota)
