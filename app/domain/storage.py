"""The disk that objects lie on, and what is said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class DiskLevel(StrEnum):
    """How much room the disk has left, against its watermarks."""

    GOOD = "good"
    LOW = "low"
    """Time to make room; everything is still taken."""
    FULL = "full"
    """Nothing more is taken, and what is there stays readable."""


@dataclass(frozen=True, slots=True)
class Watermarks:
    """Percentages of a disk: with less than these free, it is low, and full."""

    low_percent: float = 10
    full_percent: float = 2

    def reserve(self, total: int) -> int:
        """Bytes that stay free on a disk of `total` bytes, for the index to go on."""
        return int(total * self.full_percent / 100)

    def level(self, free: int, total: int) -> DiskLevel:
        """Where a disk of `total` bytes stands with `free` ones."""
        if free <= self.reserve(total):
            return DiskLevel.FULL
        return DiskLevel.LOW if free < total * self.low_percent / 100 else DiskLevel.GOOD


WATERMARKS = Watermarks()


@dataclass(frozen=True, slots=True)
class DiskState:
    """A disk at one moment; sizes in bytes."""

    free: int
    total: int
    level: DiskLevel


@dataclass(frozen=True, slots=True)
class Quotas:
    """Bytes that may be kept: in all, None for any number, and of sources by their names."""

    archive: int | None = None
    sources: Mapping[str, int] = field(default_factory=dict)

    @staticmethod
    def level(used: int, quota: int | None) -> DiskLevel:
        """Where `used` bytes stand: low from nine tenths of the quota on."""
        if quota is None or used * 10 < quota * 9:
            return DiskLevel.GOOD
        return DiskLevel.LOW if used < quota else DiskLevel.FULL


@dataclass(frozen=True, slots=True)
class SourceUsage:
    """Bytes that are kept of an AE title or account, and may be; None without a quota."""

    name: str
    used: int
    quota: int | None = None


class Damage(StrEnum):
    """What is wrong with the file of an object."""

    CHANGED = "changed"
    """Its bytes are not those that were stored. It was moved aside, and is not served."""
    GONE = "gone"
    UNREADABLE = "unreadable"


class Whereabouts(StrEnum):
    """Where an object is listed."""

    ARCHIVE = "archive"
    QUARANTINE = "quarantine"
    DELETED = "deleted"
    """Its deletion can be undone still."""


@dataclass(frozen=True, slots=True)
class DamagedObject:
    """An object whose file was found damaged."""

    sop_instance_uid: str
    study_uid: str
    damage: Damage
    found_at: datetime
    whereabouts: Whereabouts = Whereabouts.ARCHIVE


@dataclass(frozen=True, slots=True)
class FixityRound:
    """One pass over all objects, also those that were put aside or can be restored.

    Their files are read and compared with their SHA-256.
    """

    started_at: datetime
    checked: int
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StorageStatus:
    """How the archive's objects fare."""

    disk: DiskState
    quarantined: int = 0
    """Objects that wait in quarantine."""
    damaged: int = 0
    fixity: FixityRound | None = None
    """The round that is under way, or the last one; None before the first."""
    used: int = 0
    """Bytes of all files, also of those that were put aside or can be restored."""
    quota: int | None = None
    """Bytes that they may have; None without a quota."""
    sources: tuple[SourceUsage, ...] = ()
    """Those of which most is kept, and those with a quota."""
