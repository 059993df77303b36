"""Wrong passwords cost time: none at first, then twice as much each."""

from datetime import UTC, datetime, timedelta

import pytest

from app.auth.throttle import locked_until, wait_s

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "delay_s"), [(1, 0), (4, 0), (5, 5), (6, 10), (7, 20), (12, 300), (1000, 300)]
)
def test_each_failure_after_the_fourth_doubles_the_delay(failures, delay_s):
    until = locked_until(failures, NOW)
    assert (until - NOW if until else timedelta(0)) == timedelta(seconds=delay_s)


def test_the_wait_is_told_in_whole_seconds_and_ends():
    until = NOW + timedelta(seconds=1.5)
    assert wait_s(until, NOW) == 2
    assert wait_s(until, until) == 0
    assert wait_s(None, NOW) == 0
