"""Which desktops of this machine are there: an embedded server ends after the last of them."""

import time
from collections.abc import Callable


class Presence:
    """Counts desktops; asked and told only on the event loop's thread.

    A desktop that crashes is missed after `grace_s`; one that says goodbye is not waited for.
    """

    def __init__(self, grace_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._grace_s = grace_s
        self._clock = clock
        self._count = 0
        self._empty_since = clock()
        self._said_goodbye = False

    @property
    def count(self) -> int:
        """How many are there."""
        return self._count

    def enter(self) -> None:
        """A desktop is there."""
        self._count += 1
        self._said_goodbye = False

    def leave(self) -> None:
        """A desktop is gone, whether it said so or not."""
        self._count -= 1
        self._empty_since = self._clock()
        if self._count:
            self._said_goodbye = False

    def say_goodbye(self) -> None:
        """The desktop that leaves next will not come back."""
        self._said_goodbye = True

    @property
    def is_over(self) -> bool:
        """Whether nobody is there and nobody is expected back."""
        if self._count > 0:
            return False
        return self._said_goodbye or self._clock() - self._empty_since > self._grace_s
