"""Rules that send studies on: what they match, where to, and when."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.domain.errors import InvalidError
from app.domain.folding import fits
from app.domain.ingest import SourceKind
from app.domain.nodes import is_ae_title

RULE_GONE = "rule-gone"
"""What the reason of a job says that failed because nobody wants any more what it should send."""
MAX_NAMES = 64
MAX_TEXT = 200
WEEKDAYS = frozenset(range(1, 8))
"""By `isoweekday`: Monday is 1."""


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """What rules look at in one series.

    `sources` are the AE titles and account names that it came from, `called` the AE titles of ours
    that it was sent to, `kinds` the ways it came.
    """

    series_uid: str
    study_uid: str
    sources: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()
    kinds: frozenset[SourceKind] = frozenset()
    modality: str = ""
    station: str = ""
    description: str = ""
    study_description: str = ""


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """Series that match every condition that is not empty go to each of `destinations`.

    `stations` and `descriptions` are patterns with * and ?, without regard to case; a description
    is the series' or the study's. `called` are AE titles of ours.

    Sending begins between `opens` and `closes` in the server's local time, past midnight when the
    second is earlier, on the `weekdays` on which that begins, 1 to 7 from Monday; without hours all
    day, without weekdays on each. What has begun then is sent to its end.
    """

    rule_id: str
    name: str
    destinations: tuple[str, ...]
    is_enabled: bool = True
    kinds: tuple[SourceKind, ...] = ()
    sources: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    opens: time | None = None
    closes: time | None = None
    weekdays: tuple[int, ...] = ()

    def check(self) -> None:
        """Raise InvalidError naming the field that breaks a rule."""
        lists = ("destinations", "sources", "called", "modalities", "stations", "descriptions")
        for field in lists:
            names = getattr(self, field)
            if len(names) > MAX_NAMES or not all(0 < len(name) <= MAX_TEXT for name in names):
                raise InvalidError(field)
        if not (self.destinations and all(map(is_ae_title, self.destinations))):
            raise InvalidError("destinations")
        if not 0 < len(self.name.strip()) <= MAX_TEXT:
            raise InvalidError("name")
        if (self.opens is None) != (self.closes is None) or (
            self.opens is not None and self.opens == self.closes
        ):
            raise InvalidError("closes")
        if not set(self.weekdays) <= WEEKDAYS or len(self.weekdays) > len(WEEKDAYS):
            raise InvalidError("weekdays")

    def matches(self, series: SeriesFacts) -> bool:
        """Whether the rule is for this series, were it enabled."""
        descriptions = (series.description, series.study_description)
        return (
            (not self.kinds or not series.kinds.isdisjoint(self.kinds))
            and (not self.sources or not series.sources.isdisjoint(self.sources))
            and (not self.called or not series.called.isdisjoint(self.called))
            and (not self.modalities or series.modality in self.modalities)
            and (not self.stations or fits(self.stations, series.station))
            and (not self.descriptions or any(fits(self.descriptions, d) for d in descriptions))
        )

    def next_opening(self, local: datetime) -> datetime:
        """The first moment from `local` on, in the server's time, at which sending may begin."""
        opens, closes = self.opens or time.min, self.closes or time.min
        day = local.date() - timedelta(days=1)  # yesterday's hours may last
        while True:
            begins = datetime.combine(day, opens, local.tzinfo)
            last = day if opens < closes else day + timedelta(days=1)
            is_on = not self.weekdays or day.isoweekday() in self.weekdays
            if is_on and local < datetime.combine(last, closes, local.tzinfo):
                return max(local, begins)
            day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a rule would send of the newest studies; `study_uids` names the first ones."""

    looked_at: int
    study_count: int
    series_count: int
    study_uids: tuple[str, ...]
