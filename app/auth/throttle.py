"""Delays after wrong passwords: the first are free, then each doubles the wait."""

from datetime import datetime, timedelta

FREE_FAILURES = 5
FIRST_DELAY_S = 5
LONGEST_DELAY_S = 300


def locked_until(failures: int, now: datetime) -> datetime | None:
    """Until when sign-in waits after that many wrong passwords in a row, or None."""
    if failures < FREE_FAILURES:
        return None
    doublings = min(failures - FREE_FAILURES, 10)
    return now + timedelta(seconds=min(FIRST_DELAY_S * 2**doublings, LONGEST_DELAY_S))


def wait_s(until: datetime | None, now: datetime) -> int:
    """Whole seconds left to wait, 0 when none."""
    if until is None or until <= now:
        return 0
    return int((until - now).total_seconds()) + 1
