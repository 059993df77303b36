"""The one budget of memory that all series share, whoever shows them."""

import os
import threading

LEAST = 1 << 30


def memory_limit() -> int:
    """Bytes that pixels may take: half of the machine's memory."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        total = 8 << 30  # a machine that doesn't say is taken for an ordinary one
    return max(total // 2, LEAST)


class Memory:
    """A number of bytes to claim from; safe for many threads."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self._lock = (
            threading.RLock()
        )  # a claim may end by the garbage collection of its own taking

    def claim(self) -> "Claim":
        """A claim on nothing yet."""
        return Claim(self)

    def take(self, size: int) -> bool:
        """Take bytes, if there are so many left."""
        with self._lock:
            if self.taken + size > self.limit:
                return False
            self.taken += size
            return True

    def give(self, size: int) -> None:
        """Give bytes back."""
        with self._lock:
            self.taken -= size


class Claim:
    """What one series holds of the memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._held = 0
        self._lock = threading.RLock()

    def take(self, size: int) -> bool:
        """Hold more bytes; false when they are not to be had."""
        with self._lock:
            had = self._memory.take(size)
            self._held += size if had else 0
            return had

    def give(self, size: int) -> None:
        """Hold fewer bytes."""
        with self._lock:
            self._held -= size
            self._memory.give(size)

    def release(self) -> None:
        """Hold nothing any more."""
        self.give(self._held)


MEMORY = Memory(memory_limit())
"""What this process has for pixels."""
