"""Archives of others: what they have, and what is on its way from there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from app.domain.errors import InvalidError
from app.domain.jobs import JobState
from app.domain.study import StudySummary

MAX_TEXT = 64
"""Characters in a value of a key (PS3.5 6.2, LO and each component group of PN)."""
MOST_FOUND = 500
"""Studies of one search."""

UNDER_WAY = frozenset({JobState.QUEUED, JobState.RUNNING})
"""Where a retrieval stands while more may come."""


class ArchiveProblem(StrEnum):
    """Why a remote archive does not give what it is asked for."""

    UNREACHABLE = "unreachable"
    NOT_TRUSTED = "not-trusted"
    REJECTED = "rejected"
    """It takes no association from us, or none for what is asked."""
    NOT_SIGNED_IN = "not-signed-in"
    """It does not take what it is told to prove who we are (DICOMweb)."""
    WE_ARE_UNKNOWN = "we-are-unknown"
    """It shall send to us and does not know our AE title (0xA801)."""
    SILENT = "silent"
    """It did not answer in time."""
    INCOMPLETE = "incomplete"
    """It answered, and images are missing still."""
    REFUSED = "refused"
    """What is missing came and is not kept here: it is broken, or has the UID of another image."""
    FAILED = "failed"


def told_apart(reason: str) -> tuple[ArchiveProblem | None, str]:
    """The problem that the reason of a job begins with, if it does, and what follows it."""
    word, colon, rest = reason.partition(": ")
    if colon and word in set(ArchiveProblem):
        return ArchiveProblem(word), rest
    return None, reason


@dataclass(frozen=True, slots=True)
class ArchiveQuery:
    """Which studies: those that match every field that is not empty.

    `patient_name` is a key of C-FIND, with wildcards; `modality` is one of the study's.
    """

    patient_name: str = ""
    patient_id: str = ""
    since: date | None = None
    until: date | None = None
    modality: str = ""

    @classmethod
    def of_words(
        cls, text: str, *, since: date | None = None, until: date | None = None, modality: str = ""
    ) -> Self:
        """A query by what a person types: an ID when a digit is in it, else a name.

        Each word begins with what is typed, in the order of the name.
        """
        words = text.replace("^", " ").split()
        if any(character.isdigit() for character in text):
            return cls("", f"{' '.join(words)}*", since, until, modality)
        return cls("*".join([*words, ""]), "", since, until, modality)

    def check(self) -> None:
        """Raise InvalidError naming the field that breaks a rule."""
        for field in ("patient_name", "patient_id", "modality"):
            text = getattr(self, field)
            if len(text) > MAX_TEXT or "\\" in text or (text and not text.isprintable()):
                raise InvalidError(field)


@dataclass(frozen=True, slots=True)
class ArchiveStudy:
    """A study of a remote archive; `kept_count` of its objects are here already."""

    summary: StudySummary
    kept_count: int = 0


@dataclass(frozen=True, slots=True)
class ArchivePage:
    """How a search ended; `is_cut` when there are more, `problem` when it did not come to its end.

    `reason` is English, for engineers.
    """

    rows: tuple[ArchiveStudy, ...] = ()
    is_cut: bool = False
    problem: ArchiveProblem | None = None
    reason: str = ""


def page_of(found: Iterable[StudySummary], query: ArchiveQuery) -> ArchivePage:
    """What an archive found, newest first, as far as it is shown.

    Many archives pass the key for modalities over, which is optional.
    """
    rows = [
        ArchiveStudy(each)
        for each in found
        if each.study_uid
        and (not query.modality or not each.modalities or query.modality in each.modalities)
    ]
    rows.sort(key=_newest_first, reverse=True)
    return ArchivePage(tuple(rows[:MOST_FOUND]), is_cut=len(rows) > MOST_FOUND)


def _newest_first(row: ArchiveStudy) -> tuple[date, str]:
    return row.summary.study_date or date.min, str(row.summary.study_time or "")


@dataclass(frozen=True, slots=True)
class Retrieval:
    """A study on its way from a remote archive: `kept_count` of `object_count` objects are here.

    `object_count` is 0 while it is unknown. `problem` says why the last attempt failed; one that is
    queued then is tried again at `next_at`.
    """

    number: int
    ae_title: str
    study_uid: str
    state: JobState
    kept_count: int
    object_count: int
    next_at: datetime
    problem: ArchiveProblem | None = None
    reason: str = ""

    @property
    def is_under_way(self) -> bool:
        """Whether more may come."""
        return self.state in UNDER_WAY
