"""What is asked of remote archives."""

from datetime import UTC, date, datetime, time

import pytest

from app.domain.archives import (
    MOST_FOUND,
    ArchiveProblem,
    ArchiveQuery,
    Retrieval,
    page_of,
    told_apart,
)
from app.domain.errors import InvalidError
from app.domain.jobs import JobState
from app.domain.study import StudySummary

DAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("typed", "name", "patient_id"),
    [
        ("Иванов", "Иванов*", ""),
        (" иванов  п", "иванов*п*", ""),
        ("Иванов^Пётр", "Иванов*Пётр*", ""),
        ("P-17", "", "P-17*"),
        ("", "", ""),
    ],
)
def test_words_are_a_name_unless_a_digit_makes_them_an_id(typed, name, patient_id):
    query = ArchiveQuery.of_words(typed, since=DAY, until=DAY, modality="CT")
    assert query == ArchiveQuery(name, patient_id, DAY, DAY, "CT")
    query.check()


@pytest.mark.parametrize(
    ("field", "value"),
    [("patient_name", "x" * 65), ("patient_id", "1\\2"), ("modality", "C\nT")],
)
def test_what_no_key_can_hold_is_refused(field, value):
    with pytest.raises(InvalidError, match=field):
        ArchiveQuery(**{field: value}).check()


@pytest.mark.parametrize(
    ("state", "is_under_way"),
    [(JobState.QUEUED, True), (JobState.RUNNING, True), (JobState.DONE, False)],
)
def test_a_retrieval_is_under_way_until_it_has_ended(state, is_under_way):
    at = datetime(2026, 11, 28, tzinfo=UTC)
    assert Retrieval(1, "PACS", "1.2", state, 0, 0, at).is_under_way is is_under_way


@pytest.mark.parametrize(
    ("reason", "problem", "rest"),
    [
        ("unreachable: nobody there", ArchiveProblem.UNREACHABLE, "nobody there"),
        ("nobody: there", None, "nobody: there"),
        ("unreachable", None, "unreachable"),
        ("", None, ""),
    ],
)
def test_the_reason_of_a_job_begins_with_its_problem(reason, problem, rest):
    assert told_apart(reason) == (problem, rest)


def test_a_page_is_what_matches_newest_first():
    found = [
        StudySummary("1", study_date=DAY.replace(day=1), modalities=("CT",)),
        StudySummary("2", study_date=DAY, study_time=time(8), modalities=("CT", "SR")),
        StudySummary("3", study_date=DAY, study_time=time(9)),
        StudySummary("4", modalities=("CT",)),
        StudySummary("5", study_date=DAY, modalities=("MR",)),
        StudySummary("", study_date=DAY, modalities=("CT",)),
    ]
    page = page_of(found, ArchiveQuery(modality="CT"))
    assert [row.summary.study_uid for row in page.rows] == ["3", "2", "1", "4"]
    assert not page.is_cut
    many = page_of([StudySummary("1")] * (MOST_FOUND + 1), ArchiveQuery())
    assert (len(many.rows), many.is_cut) == (MOST_FOUND, True)
