"""When something happened or will, by the clock of this computer."""

from datetime import UTC, datetime

from app.language import current_language
from app.report.wording import date_text


def moment_text(moment: datetime | None, now: datetime | None = None) -> str:
    """The time, and the day when it is not today's; nothing for no moment."""
    if moment is None:
        return ""
    here = moment.astimezone()
    today = (now or datetime.now(UTC)).astimezone().date()
    if here.date() == today:
        return f"{here:%H:%M}"
    return f"{date_text(here.date(), current_language())} {here:%H:%M}"
