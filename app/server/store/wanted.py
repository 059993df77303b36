"""A query whose keys were read, and what its study's rank and letters must be for that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from app.domain.matching import Condition, Days, Names, Texts, Times, condition
from app.domain.query import BY_TAG, Query
from app.server.store import grams
from app.server.store.conditions import runs
from app.server.store.search import ranks_of

PATIENT_NAME, PATIENT_ID, ACCESSION_NUMBER = 0x00100010, 0x00100020, 0x00080050
STUDY_DATE, STUDY_TIME, STUDY_DESCRIPTION = 0x00080020, 0x00080030, 0x00081030
MODALITIES_IN_STUDY, SOP_CLASSES_IN_STUDY = 0x00080061, 0x00080062
REFERRING_PHYSICIAN = 0x00080090


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query whose keys were read; `moments` is its combined range of study date and time."""

    query: Query
    conditions: Mapping[int, Condition]
    moments: tuple[datetime | None, datetime | None] | None = None

    @classmethod
    def of(cls, query: Query) -> "Wanted":
        """Raises InvalidError for a broken key."""
        conditions = {}
        for tag, key in query.keys.items():
            attribute = BY_TAG.get(tag)
            if attribute is None or attribute.level.depth > query.level.depth:
                continue
            asked = condition(attribute, key, is_fuzzy=query.is_fuzzy)
            if tag == SOP_CLASSES_IN_STUDY and isinstance(asked, Texts):
                asked = Texts((), tuple(map(among_others, asked.values)))
            if asked is not None:
                conditions[tag] = asked
        moments = _combined(conditions) if query.is_combined_datetime else None
        if moments:
            del conditions[STUDY_DATE], conditions[STUDY_TIME]
        return cls(query, conditions, moments)

    def ranks(self, last_rank: int | None) -> tuple[int, int]:
        """The least and the greatest, by the study's date and the page before, if any."""
        first: date | None
        last: date | None
        first, last = self.moments or (None, None)
        days = self.conditions.get(STUDY_DATE)
        if isinstance(days, Days):
            firsts, lasts = zip(*days.spans, strict=True)
            first = None if None in firsts else min(firsts)
            last = None if None in lasts else max(lasts)
        smallest, greatest = ranks_of(first, last)
        return smallest, greatest if last_rank is None else min(greatest, last_rank)

    def modalities(self) -> tuple[str, ...]:
        """The patterns of which a study's modalities have one, unless a modality is a pattern."""
        asked = self.conditions.get(MODALITIES_IN_STUDY)
        if not isinstance(asked, Texts) or asked.patterns:
            return ()
        return tuple(map(among_others, asked.values))

    def grams(self) -> list[str]:
        """What the letters of every match have."""
        wanted: list[str] = []
        for tag in (PATIENT_NAME, PATIENT_ID, ACCESSION_NUMBER, STUDY_DESCRIPTION):
            asked = self.conditions.get(tag)
            if isinstance(asked, Names) or _needs_letters(tag, asked):
                wanted += runs(asked, boundary=grams.BOUNDARY)
        return grams.covering(wanted)


def among_others(value: str) -> str:
    """The pattern of values with backslashes around each that have this one among them."""
    return f"*\\{value}\\*"


def _combined(
    conditions: Mapping[int, Condition],
) -> tuple[datetime | None, datetime | None] | None:
    """The moments between one range of dates and one of times (PS3.4 C.2.2.2.5.4)."""
    days, times = conditions.get(STUDY_DATE), conditions.get(STUDY_TIME)
    if not (isinstance(days, Days) and isinstance(times, Times)):
        return None
    if len(days.spans) != 1 or len(times.spans) != 1:
        return None
    (first_day, last_day), (first_time, last_time) = days.spans[0], times.spans[0]
    return (
        datetime.combine(first_day, first_time or time.min) if first_day else None,
        datetime.combine(last_day, last_time or time.max) if last_day else None,
    )


def _needs_letters(tag: int, asked: Condition | None) -> bool:
    """Whether no other index finds the text: whole IDs and accession numbers have their own."""
    return isinstance(asked, Texts) and (tag == STUDY_DESCRIPTION or bool(asked.patterns))
