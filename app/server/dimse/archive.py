"""Remote archives: what they have, found by C-FIND, and fetched by C-GET or C-MOVE (PS3.4 C)."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from pydicom import Dataset
from pynetdicom import StoragePresentationContexts

from app.dicom import part10
from app.dicom.keys import text_of
from app.dicom.values import parse_date, parse_time
from app.domain.archives import (
    MOST_FOUND,
    ArchivePage,
    ArchiveProblem,
    ArchiveQuery,
    page_of,
)
from app.domain.errors import InvalidError, UnavailableError
from app.domain.study import StudySummary
from app.server.dimse import scu, wire
from app.server.dimse.negotiation import SUPPORTED
from app.server.dimse.proposals import MAX_CONTEXTS, Proposal
from app.server.dimse.requestor import NoAssociationError, NotOfferedError, Objects, Peer
from app.server.dimse.scu import StatusError
from app.server.dimse.status import Status

SEARCH_S = 40
"""After which no more is waited for than the end of what is under way."""
LAST_WORDS_S = 10
"""Together less than the minute that clients wait for an answer of ours."""
UIDS_AT_ONCE = 200
STORABLE = tuple(map(str, SUPPORTED[-1].transfer_syntax))
COMMON = tuple(str(context.abstract_syntax) for context in StoragePresentationContexts)
"""The storage classes that are looked for when the archive does not say which there are."""
ANSWERED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyDescription",
    "AccessionNumber",
    "ModalitiesInStudy",
    "ReferringPhysicianName",
    "NumberOfStudyRelatedSeries",
    "NumberOfStudyRelatedInstances",
)
Stop = Callable[[], bool]
Series = Mapping[str, Mapping[str, str]]
"""By UID the objects of each series, by UID the SOP class of each, empty when it isn't said."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """A study of an archive that is fetched in the name of `calling`."""

    peer: Peer
    calling: str
    study_uid: str
    is_stopped: Stop


def search(peer: Peer, calling: str, query: ArchiveQuery) -> ArchivePage:
    """The studies that match, newest first, or why there are none."""
    found: list[StudySummary] = []
    deadline = time.monotonic() + SEARCH_S

    def is_enough() -> bool:
        return len(found) > MOST_FOUND or time.monotonic() > deadline

    problem, reason = None, ""
    try:
        within_s = SEARCH_S + LAST_WORDS_S
        for ds in scu.find(peer, calling, _keys(query), is_stopped=is_enough, within_s=within_s):
            summary = _summary(ds)
            found.append(summary)
    except UnavailableError as error:
        problem, reason = problem_of(error), error.detail
    except InvalidError as error:
        problem, reason = ArchiveProblem.FAILED, f"{peer.ae_title} answers badly: {error.detail}"
    page = page_of(found, query)
    return replace(page, is_cut=page.is_cut or is_enough(), problem=problem, reason=reason)


def series_of(fetch: Fetch) -> dict[str, dict[str, str]]:
    """What the archive has of the study. Raises UnavailableError."""
    study, found = {"StudyInstanceUID": fetch.study_uid}, {}
    with (
        readable(fetch.peer),
        scu.finder(fetch.peer, fetch.calling, is_stopped=fetch.is_stopped) as find,
    ):
        series = [
            _text(ds, "SeriesInstanceUID")
            for ds in find(_level("SERIES", **study, SeriesInstanceUID=""))
        ]
        for uid in filter(None, series):
            if fetch.is_stopped():
                break
            asked = _level(
                "IMAGE", **study, SeriesInstanceUID=uid, SOPInstanceUID="", SOPClassUID=""
            )
            objects = {_text(ds, "SOPInstanceUID"): _text(ds, "SOPClassUID") for ds in find(asked)}
            objects.pop("", None)
            found[uid] = objects
    return found


def get(fetch: Fetch, there: Series, missing: Series, objects: Objects) -> None:
    """Fetch what is missing over associations of ours. Raises UnavailableError."""
    named = {each for series in missing.values() for each in series.values()}
    classes = sorted(named) if all(named) else COMMON
    storage = tuple(_proposals(classes))
    for keys in _wanted(fetch.study_uid, there, missing):
        for _progress in scu.get(
            fetch.peer, fetch.calling, keys, storage, objects, is_stopped=fetch.is_stopped
        ):
            pass
        if fetch.is_stopped():
            return


def move(fetch: Fetch, there: Series, missing: Series) -> None:
    """Let the archive send what is missing to us. Raises UnavailableError."""
    for keys in _wanted(fetch.study_uid, there, missing):
        for _progress in scu.move(
            fetch.peer, fetch.calling, keys, fetch.calling, is_stopped=fetch.is_stopped
        ):
            pass
        if fetch.is_stopped():
            return


def problem_of(error: UnavailableError) -> ArchiveProblem:
    """What an error of an association says to people."""
    if isinstance(error.__cause__, wire.SilentError):
        return ArchiveProblem.SILENT
    if isinstance(error, NoAssociationError):
        return ArchiveProblem(error.outcome.value)
    if isinstance(error, StatusError) and error.status == Status.MOVE_DESTINATION_UNKNOWN:
        return ArchiveProblem.WE_ARE_UNKNOWN
    return ArchiveProblem.FAILED


@contextmanager
def told() -> Iterator[None]:
    """Let what goes wrong with a node begin with what it says to people."""
    try:
        yield
    except UnavailableError as error:
        raise UnavailableError(f"{problem_of(error)}: {error.detail}") from error


def can_go_another_way(error: UnavailableError) -> bool:
    """Whether C-MOVE may do what C-GET did not."""
    return isinstance(error, NotOfferedError | StatusError)


def _wanted(study_uid: str, there: Series, missing: Series) -> Iterator[Dataset]:
    """Identifiers that name what is missing, whole studies and series where they are."""
    if missing == there:
        yield _level("STUDY", StudyInstanceUID=study_uid)
        return
    for series_uid, objects in missing.items():
        if objects == there[series_uid]:
            yield _level("SERIES", StudyInstanceUID=study_uid, SeriesInstanceUID=series_uid)
            continue
        uids = list(objects)
        for start in range(0, len(uids), UIDS_AT_ONCE):
            yield _level(
                "IMAGE",
                StudyInstanceUID=study_uid,
                SeriesInstanceUID=series_uid,
                SOPInstanceUID=uids[start : start + UIDS_AT_ONCE],
            )


def _proposals(sop_classes: Sequence[str]) -> Iterator[Proposal]:
    """A context for each compressed transfer syntax, so that nothing has to be transcoded."""
    plain = (part10.EXPLICIT, part10.IMPLICIT)
    wanted = [(uid, plain) for uid in sop_classes] + [
        (uid, (syntax,)) for syntax in STORABLE if syntax not in plain for uid in sop_classes
    ]
    for uid, syntaxes in wanted[: MAX_CONTEXTS - 1]:
        yield Proposal(uid, syntaxes, takes_requests=True)


@contextmanager
def readable(peer: Peer) -> Iterator[None]:
    """Let an answer that nobody can read be one that did not come."""
    try:
        yield
    except InvalidError as error:
        raise UnavailableError(f"{peer.ae_title} answers badly: {error.detail}") from error


def _keys(query: ArchiveQuery) -> Dataset:
    ds = _level("STUDY", **dict.fromkeys(ANSWERED, ""))
    ds.PatientName, ds.PatientID = query.patient_name, query.patient_id
    ds.ModalitiesInStudy = query.modality
    if query.since or query.until:
        ds.StudyDate = f"{_day(query.since)}-{_day(query.until)}"
    return ds


def _level(level: str, **keys: str | list[str]) -> Dataset:
    ds = Dataset()
    ds.QueryRetrieveLevel = level
    for keyword, value in keys.items():
        setattr(ds, keyword, value)
    return ds


def _summary(ds: Dataset) -> StudySummary:
    modalities = _text(ds, "ModalitiesInStudy").split("\\")
    return StudySummary(
        study_uid=_text(ds, "StudyInstanceUID"),
        patient_name=_text(ds, "PatientName").rstrip("^= "),
        patient_id=_text(ds, "PatientID"),
        birth_date=parse_date(_text(ds, "PatientBirthDate")),
        sex=_text(ds, "PatientSex"),
        study_date=parse_date(_text(ds, "StudyDate")),
        study_time=parse_time(_text(ds, "StudyTime")),
        accession_number=_text(ds, "AccessionNumber"),
        description=_text(ds, "StudyDescription"),
        modalities=tuple(each.strip() for each in modalities if each.strip()),
        referring_physician=_text(ds, "ReferringPhysicianName"),
        series_count=_number(ds, "NumberOfStudyRelatedSeries"),
        instance_count=_number(ds, "NumberOfStudyRelatedInstances"),
    )


def _text(ds: Dataset, keyword: str) -> str:
    element = ds.data_element(keyword) if keyword in ds else None
    return text_of(element).strip(" \0") if element is not None else ""


def _number(ds: Dataset, keyword: str) -> int:
    text = _text(ds, keyword)
    return int(text) if text.isascii() and text.isdigit() else 0


def _day(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""
