"""The disk that objects lie on, and what is said of it."""

from dataclasses import dataclass
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
class StorageStatus:
    """How the archive's objects fare."""

    disk: DiskState
    quarantined: int = 0
    """Objects that wait in quarantine."""
