"""A clock that the tests move."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from app.server.jobs.outbox import Outbox


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = datetime(2026, 11, 28, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(database, clock) -> Outbox:
    """An outbox whose jobs the test runs one by one."""
    return Outbox(database, clock, jitter=lambda: 0.0)
