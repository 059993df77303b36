"""The worklist finds a study by any words, as one types them, newest first."""

from datetime import date, time

import pytest

from app.domain.errors import ForbiddenError, InvalidError
from app.domain.study import StudySummary, WorklistQuery, display_name
from app.server.core import changes, worklist
from tests.server.samples import an_object, study_uid


@pytest.fixture
def store(ingest, doctor, source):
    return lambda *args, **elements: ingest.store(doctor, source, an_object(*args, **elements))


@pytest.fixture
def found(database, doctor):
    def search(text="", **query):
        page = worklist.search(database, doctor, WorklistQuery(text, **query))
        return [row.study_uid for row in page.rows]

    return search


def test_a_row_says_what_the_object_said(store, database, doctor):
    store(StudyDescription="Органы грудной клетки", AccessionNumber="A-1", PatientSex="M")
    page = worklist.search(database, doctor, WorklistQuery())
    (row,) = page.rows
    assert row == StudySummary(
        study_uid=study_uid(1),
        patient_name="Иванов^Пётр",
        patient_id="P-17",
        sex="M",
        study_date=date(2026, 11, 24),
        study_time=time(8, 30),
        accession_number="A-1",
        description="Органы грудной клетки",
        modalities=("CT",),
        series_count=1,
        instance_count=1,
        received_at=row.received_at,
    )
    assert display_name(row.patient_name) == "Иванов Пётр"
    assert (page.total, page.change) == (1, changes.last(database, doctor))


def test_the_newest_study_comes_first_and_one_without_date_by_its_arrival(store, found):
    store(1, StudyDate="20250101")
    store(2, StudyDate=None, StudyTime=None)
    store(3, StudyDate="20260101", StudyTime="080000")
    store(4, StudyDate="20260101", StudyTime="090000")
    store(5, StudyDate="15820101")
    assert found() == [study_uid(each) for each in (2, 4, 3, 1, 5)]


def test_a_date_that_comes_later_moves_the_study_in_the_list_and_in_the_search(store, found):
    store(1, StudyDate="", StudyTime="")
    store(2, StudyDate="20200101")
    store(1, number=2, StudyDate="20190101")
    assert found() == [study_uid(2), study_uid(1)]
    assert found("иванов") == [study_uid(2), study_uid(1)]
    assert found("2019") == [study_uid(1)]


FINDS = (
    "иванов",
    "ИВАНОВ ct 2026",
    "петр",
    "пётр",
    "ива пет",
    "24.11.2026",
    "2026-11-24",
    "20261124",
    "11.2026",
    "11/24/2026",
    "24 Nov 2026",
    "24 november",
    "24/11/2026",
    "p-17",
    "17",
    "груд",
    "  a-1 ",
    "Иванов^Пётр",
    "pt",
)
FINDS_NOT = ("петров", "иванов mr", "2025", "ванов", "24.12.2026", "' OR 1")


def test_a_study_is_found_by_any_beginnings_of_its_words(store, found):
    store(StudyDescription="Органы грудной клетки", AccessionNumber="A-1")
    store(series=2, Modality="PT")
    assert [text for text in FINDS if found(text) != [study_uid(1)]] == []
    assert [text for text in FINDS_NOT if found(text)] == []


def test_latin_letters_are_found_with_and_without_their_marks(store, found):
    store(1, PatientName="Müller^Zoë", StudyDate="20260312")
    store(2, PatientName="MULLER^ZOE", StudyDate="20250312")
    for text in ("muller", "Müller", "mu\u0308ller zoe", "mull"):
        assert found(text) == [study_uid(1), study_uid(2)]
    for text in ("12 mar 2026", "12.3.2026", "3/12/2026", "12/3/2026"):
        assert found(text) == [study_uid(1)]


ODD = ('"', "'", "a'b", '"" OR *', "NOT x", "(", ":*", "&|!<->", "%_", "\U0001fae0" * 9)


@pytest.mark.parametrize(
    ("text", "studies"),
    [
        ("Иванов*", [2, 1]),
        ("*ВАЛЕВ*", [4, 3]),
        ("ИВАНОВ^ИВАН", [2, 1]),  # both words begin Иванова
        ("иванов^*ан", [2, 1]),
        ("Иванов? Анна", [2]),
        ("Ков?л", [4]),
        ("*ов *ен", [4]),
        ("*ва", [4, 3, 2, 1]),
        ("*ВАЛЕВ* 24.11.2026 CT", [4, 3]),
        ("*ВАЛЕВ* MR", []),
        ("* Ив**", [2, 1]),
        ("T2*", [4]),
        ("*P-17*", []),
        ("*[в]*", []),
        ("*%*_*", []),
    ],
)
def test_wildcards_stand_for_letters_of_names(store, found, text, studies):
    names = ("Иванов^Иван", "Иванова^Анна", "Валевский^Пётр", "Ковалев^Семён")
    for number, name in enumerate(names, 1):
        description = "T2* GRE" if number == 4 else "CT"
        store(number, PatientName=name, StudyDescription=description, StudyTime=f"{number:02}0000")
    expected = [study_uid(each) for each in studies]
    assert found(text) == found(text, with_total=False) == expected
    assert found(text, limit=1, offset=1) == expected[1:2]
    assert found(text, study_uid=study_uid(4)) == [each for each in expected if each[-1] == "4"]


def test_odd_characters_are_only_characters(store, found):
    for number, text in enumerate(ODD, 1):
        store(number, PatientName=f"A{number} {text}")
    store(99, PatientName="A")
    assert [found(f"a{number} {text}") for number, text in enumerate(ODD, 1)] == [
        [study_uid(number)] for number in range(1, len(ODD) + 1)
    ]


def test_nothing_one_may_type_is_an_error(store, found):
    store(1)
    for text in ("\0", "\ud800", "\\", "x " * 1000, "x" * 10_000, *ODD):
        assert found(text) in ([study_uid(1)], [])


def test_pages_follow_each_other_and_know_the_total(store, database, doctor):
    for number in range(1, 8):
        store(number)
    for text in ("", "иванов"):
        pages = [
            worklist.search(database, doctor, WorklistQuery(text, limit=3, offset=offset))
            for offset in (0, 3, 6, 9)
        ]
        assert [len(page.rows) for page in pages] == [3, 3, 1, 0]
        assert {page.total for page in pages} == {7}
        uids = [row.study_uid for page in pages for row in page.rows]
        assert uids == [study_uid(number) for number in range(7, 0, -1)]


@pytest.mark.parametrize("text", ["", "иванов", "*вано*", "CT *вано*"])
def test_pages_are_in_order_however_many_years_lie_between(store, found, text):
    for number in range(1, 8):
        store(number, StudyDate=f"{1990 + 4 * number}0301")
    assert found(text) == [study_uid(number) for number in range(7, 0, -1)]
    pages = [found(text, limit=3, offset=offset) for offset in (0, 3, 6)]
    assert [uid for page in pages for uid in page] == found(text)


@pytest.mark.parametrize("text", ["", "иванов", "2026", "иванов пётр"])
def test_a_page_without_the_total_says_whether_there_are_more(store, database, doctor, text):
    for number in range(1, 8):
        store(number, StudyDate="20260301")
    asked = [
        worklist.search(database, doctor, WorklistQuery(text, "", limit, offset, with_total=False))
        for limit, offset in ((3, 0), (3, 3), (3, 6), (7, 0))
    ]
    assert [len(page.rows) for page in asked] == [3, 3, 1, 7]
    assert [(page.total, page.is_least) for page in asked] == [
        (4, True),
        (7, True),
        (7, False),
        (7, False),
    ]
    uids = [row.study_uid for page in asked[:3] for row in page.rows]
    assert uids == [study_uid(number) for number in range(7, 0, -1)]


def test_one_study_is_asked_for_by_its_uid_and_still_has_to_match(store, found):
    store(1)
    store(2)
    assert found(study_uid=study_uid(1)) == [study_uid(1)]
    assert found("иванов", study_uid=study_uid(1)) == [study_uid(1)]
    assert found("петров", study_uid=study_uid(1)) == []
    assert found(study_uid="1.2.3") == []


def test_impossible_queries_and_strangers_are_refused(database, doctor, nobody):
    for query in (WorklistQuery(limit=-1), WorklistQuery(offset=-1)):
        with pytest.raises(InvalidError):
            worklist.search(database, doctor, query)
    with pytest.raises(ForbiddenError):
        worklist.search(database, nobody, WorklistQuery())
