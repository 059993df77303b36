"""Times of the index: UTC; SQLite gives them back without saying so."""

from datetime import UTC, datetime


def utc(value: datetime) -> datetime:
    """A time read from a column, as an aware time in UTC."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
