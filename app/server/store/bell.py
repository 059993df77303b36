"""A bell that rings after every commit with changes in it, for those who wait for them."""

import threading

HAS_CHANGES = "has_changes"
"""Where a connection keeps that its transaction appended to the change feed."""


class Bell:
    """Counts those commits of this process; a waiter names the count it has seen.

    Commits of other servers on the same database do not ring it: wait with a timeout and look.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How often it rang."""
        return self._count

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def wait(self, seen: int, timeout_s: float) -> int:
        """Wait until it rang more than `seen` times, at most `timeout_s`; answers the count."""
        with self._condition:
            self._condition.wait_for(lambda: self._count > seen, timeout_s)
            return self._count
