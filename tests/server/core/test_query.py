"""C-FIND and QIDO-RS find what matches every key, and answer what was asked for."""

import pytest
from pydicom.dataset import Dataset

from app.domain.errors import ForbiddenError, InvalidError
from app.domain.query import BY_TAG, UNIQUE_KEYS, Level, Query
from app.server.core import query
from app.server.store import selection
from tests.server.samples import an_object, series_uid, sop_uid, study_uid

TAGS = {attribute.keyword: tag for tag, attribute in BY_TAG.items()}


@pytest.fixture
def store(ingest, doctor, source):
    return lambda *args, **elements: ingest.store(doctor, source, an_object(*args, **elements))


@pytest.fixture
def ask(database, doctor):
    """Asks at a level by keywords; answers by keywords, single values without their tuple."""

    def ask(level, limit=None, offset=0, is_fuzzy=False, is_combined_datetime=False, **keys):
        asked = Query(
            level,
            {TAGS[keyword]: key for keyword, key in keys.items()},
            limit,
            offset,
            is_fuzzy,
            is_combined_datetime,
        )
        return [
            {BY_TAG[tag].keyword: "\\".join(values) for tag, values in match.items()}
            for match in query.matches(database, doctor, asked)
        ]

    return ask


@pytest.fixture
def studies(ask):
    """The numbers of the studies that are found."""

    def studies(**asked):
        found = ask(Level.STUDY, **asked)
        return [int(match["StudyInstanceUID"].rsplit(".", maxsplit=1)[-1]) for match in found]

    return studies


NAMES = (
    "Иванов^Иван",
    "ИВАНОВА^АННА^ПЕТРОВНА",
    "Валевский^Пётр",
    "Ковалёв Семён Ильич",
    "Müller^Zoë",
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "",
)


FOUND_NAMES = {
    "Иванов*": [1, 2],
    "*ВАЛЕВ*": [3, 4],
    "ИВАНОВ^ИВАН": [1],
    "иванова^анна": [2],
    "Иванов": [1],
    "Иванов^*": [1],
    "Иванов?": [2],
    "ВАЛЕВСКИЙ^ПЕТР": [3],
    "ковалев^семен": [4],
    "Ковалёв Семён*": [4],
    "muller": [5],
    "MÜLLER^ZOË": [5],
    "山田*": [6],
    "やまだ^たろう": [6],
    "yamada=山田": [6],
    "yamada=やまだ": [6],
    "amada": [],
    "Ив": [],
    "и*": [1, 2],
    "*": [1, 2, 3, 4, 5, 6, 7],
    "": [1, 2, 3, 4, 5, 6, 7],
    '""': [7],
    "Петров\\muller": [5],
    "[a-z]*": [],
    "%": [],
    "_______": [],
}


def test_a_name_is_found_however_it_is_typed(store, studies):
    for number, name in enumerate(NAMES, 1):
        store(number, PatientName=name, PatientID=f"P-{number}")
    assert {key: sorted(studies(PatientName=key)) for key in FOUND_NAMES} == FOUND_NAMES


def test_names_are_found_newest_first_however_many_years_lie_between(store, studies):
    for number, name in enumerate(NAMES, 1):
        for year in (1999, 2026):
            day = f"{year}0101" if number < 7 else f"{year - 30}0228"
            store(number + year, PatientName=name, PatientID=f"P-{number}", StudyDate=day)
    assert studies(PatientName="иванов*") == [2028, 2027, 2001, 2000]
    assert studies(PatientName="иванов*", limit=2, offset=1) == [2027, 2001]
    assert studies(PatientName="*валев*", StudyDate="-20091231") == [2003, 2002]
    assert studies(PatientName="*валев*", StudyDate="20100101-") == [2030, 2029]
    assert studies(PatientName="*валев*", StudyDate="20100101-20101231") == []
    assert studies(PatientID="*-7") == [2033, 2006]


def test_pages_of_a_name_lose_none_between_the_years(store, studies, monkeypatch):
    monkeypatch.setattr(query, "FIRST_PAGE", 2)
    monkeypatch.setattr(query, "PAGE", 3)
    for number in range(1, 10):
        store(number, PatientName="Иванов^Иван", StudyDate=f"{2000 + 3 * (number // 2)}0101")
    assert studies(PatientName="*ива*") == list(range(9, 0, -1))


FUZZY_NAMES = {
    "петр иванов": [2],
    "ив": [1, 2],
    "Ivanov Pjotr": [],
    "тр": [],
    "петр*": [2, 3],
    "*": [1, 2, 3],
}


def test_a_fuzzy_name_is_words_that_begin_words_in_any_order(store, studies):
    for number, name in enumerate(("Иванов^Иван", "Иванов^Пётр", "Валевский^Пётр"), 1):
        store(number, PatientName=name)
    found = {key: sorted(studies(PatientName=key, is_fuzzy=True)) for key in FUZZY_NAMES}
    assert found == FUZZY_NAMES


TEXTS = [
    {"PatientID": "A1", "AccessionNumber": "X-100", "StudyDescription": "CT Chest"},
    {"PatientID": "a1", "AccessionNumber": "X-1001", "StudyDescription": "CT chest 50%_[x]"},
    {"PatientID": "B1", "AccessionNumber": "", "StudyDescription": "MR  head\u00a0neck"},
]


FOUND_TEXTS = {
    ("PatientID", "A1"): [1],
    ("PatientID", " A1 "): [1],
    ("PatientID", "?1"): [1, 2, 3],
    ("PatientID", "A1\\B1"): [1, 3],
    ("PatientID", "A1\\B*"): [1, 3],
    ("PatientID", "A1\\"): [1],
    ("AccessionNumber", "X-100"): [1],
    ("AccessionNumber", "X-100*"): [1, 2],
    ("AccessionNumber", "*100*"): [1, 2],
    ("AccessionNumber", '""'): [3],
    ("AccessionNumber", "**"): [1, 2, 3],
    ("StudyDescription", "*chest*"): [2],
    ("StudyDescription", "CT ?hest*"): [1, 2],
    ("StudyDescription", "CT Chest"): [1],
    ("StudyDescription", "*50%_[x]"): [2],
    ("StudyDescription", "*[*"): [2],
    ("StudyDescription", "*head\u00a0neck"): [3],
    ("StudyDescription", "*\0\ud800'"): [],
    ("StudyInstanceUID", f"{study_uid(1)}\\{study_uid(3)}\\1.2"): [1, 3],
    ("StudyInstanceUID", "*"): [1, 2, 3],
    ("NumberOfStudyRelatedSeries", "77"): [1, 2, 3],
}


def test_texts_match_by_value_list_and_wildcard(store, studies):
    for number, texts in enumerate(TEXTS, 1):
        store(number, PatientName=f"A^{number}", **texts)
    found = {(keyword, key): sorted(studies(**{keyword: key})) for keyword, key in FOUND_TEXTS}
    assert found == FOUND_TEXTS


MOMENTS = [
    ("20251231", "235959.999999"),
    ("20260101", "000000"),
    ("20260101", "101530.5"),
    ("20260102", ""),
    ("20260102", "120000"),
    ("", ""),
]


FOUND_MOMENTS = {
    ("20260101", ""): ([2, 3], [2, 3]),
    ("2026.01.01", ""): ([2, 3], [2, 3]),
    ("20260101-", ""): ([2, 3, 4, 5], [2, 3, 4, 5]),
    ("-20260101", ""): ([1, 2, 3], [1, 2, 3]),
    ("20251231-20260101", ""): ([1, 2, 3], [1, 2, 3]),
    ("2025-12-31-2026-01-01", ""): ([1, 2, 3], [1, 2, 3]),
    ("2026-01-01-", ""): ([2, 3, 4, 5], [2, 3, 4, 5]),
    ("20260103-20260101", ""): ([], []),
    ("20251231\\20260102", ""): ([1, 4, 5], [1, 4, 5]),
    ("2026", ""): ([2, 3, 4, 5], [2, 3, 4, 5]),
    ("-", ""): ([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
    ('""', ""): ([6], [6]),
    ("", "1015"): ([3], [3]),
    ("", "101530"): ([3], [3]),
    ("", "101530.6"): ([], []),
    ("", "1015-12"): ([3, 5], [3, 5]),
    ("", "-1015"): ([2, 3], [2, 3]),
    ("", "2359-"): ([1], [1]),
    ("", '""'): ([4, 6], [4, 6]),
    ("20260101-20260102", "1000-1200"): ([3, 5], [3, 4, 5]),
    ("20251231-20260101", "2300-1000"): ([], [1, 2]),
    ("20260101-", "1000-"): ([3, 5], [3, 4, 5]),
    ("-20260101", "-1000"): ([2], [1, 2]),
    ("20260101", "1000-1200"): ([3], [3]),
    ("20260101\\20260102", "1000-1200"): ([3, 5], [3, 5]),
}
"""By keys of StudyDate and StudyTime: alone, and combined."""


def test_dates_and_times_match_alone_and_combined(store, studies):
    for number, (day, at) in enumerate(MOMENTS, 1):
        store(number, StudyDate=day, StudyTime=at)

    def found(day, at, **how):
        return sorted(studies(StudyDate=day, StudyTime=at, **how))

    assert {
        keys: (found(*keys), found(*keys, is_combined_datetime=True)) for keys in FOUND_MOMENTS
    } == FOUND_MOMENTS


def test_the_modalities_and_classes_of_a_study_are_those_of_all_its_series(store, ask, studies):
    structured_report = "1.2.840.10008.5.1.4.1.1.88.11"
    store(1)
    store(1, 2, Modality="SR", SOPClassUID=structured_report, PixelData=None)
    store(2, Modality="MR")
    (first,) = ask(Level.STUDY, ModalitiesInStudy="SR", SOPClassesInStudy="")
    assert first["ModalitiesInStudy"] == "CT\\SR"
    assert first["SOPClassesInStudy"] == f"1.2.840.10008.5.1.4.1.1.2\\{structured_report}"
    assert sorted(studies(ModalitiesInStudy="CT\\MR")) == [1, 2]
    assert studies(ModalitiesInStudy="?R") == [2, 1]
    assert studies(ModalitiesInStudy="C") == []
    assert studies(SOPClassesInStudy=structured_report) == [1]
    assert studies(SOPClassesInStudy="1.2.840.10008.5.1.4.1.1.8") == []


def test_a_common_modality_is_found_like_a_rare_one(store, studies, monkeypatch):
    store(1)
    store(2, Modality="MR")
    monkeypatch.setattr(selection, "RARE", 0)
    store(2, series=2, Modality="SR")
    assert studies(ModalitiesInStudy="CT") == [1]
    assert studies(ModalitiesInStudy="MR", StudyDate="2026") == [2]
    assert studies(ModalitiesInStudy="CT\\SR") == [2, 1]
    assert studies(ModalitiesInStudy="M?") == [2]
    assert studies(ModalitiesInStudy="M_") == studies(ModalitiesInStudy="R") == []


def test_items_of_requests_match_one_by_one_and_are_answered_beside_each_other(store, ask):
    store(1, RequestAttributesSequence=[a_request("S1", "R1"), a_request("S2", "R2")])
    store(2, RequestAttributesSequence=[a_request("S2", "R1")])
    store(3)

    def ask_for(step_id, procedure_id):
        keys = {"ScheduledProcedureStepID": step_id, "RequestedProcedureID": procedure_id}
        found = ask(Level.SERIES, **keys)
        return sorted(
            (match["StudyInstanceUID"], *(match[each] for each in keys)) for match in found
        )

    assert ask_for("", "") == [
        (study_uid(1), "S1\\S2", "R1\\R2"),
        (study_uid(2), "S2", "R1"),
        (study_uid(3), "", ""),
    ]
    assert [uid for uid, *_ in ask_for("S2", "R1")] == [study_uid(2)]
    assert [uid for uid, *_ in ask_for("S?", "R2")] == [study_uid(1)]
    assert [uid for uid, *_ in ask_for("S3", "")] == []


def a_request(step_id, procedure_id) -> Dataset:
    item = Dataset()
    item.ScheduledProcedureStepID, item.RequestedProcedureID = step_id, procedure_id
    return item


def test_a_patient_is_answered_once_with_the_counts_of_all_studies(store, ask):
    counts = {
        "NumberOfPatientRelatedStudies": "",
        "NumberOfPatientRelatedSeries": "",
        "NumberOfPatientRelatedInstances": "",
    }
    store(1, StudyDate="20250101", PatientName="Петрова^Анна")
    store(2, 1, 1, PatientName="Иванова^Анна", PatientSex="F")
    store(2, 1, 2, PatientName="Иванова^Анна")
    store(2, 2, 1, PatientName="Иванова^Анна")
    store(3, IssuerOfPatientID="OTHER")
    store(4, PatientID="", PatientName="Без^Номера")
    store(5, PatientID="", PatientName="БЕЗ^НОМЕРА")
    store(6, PatientID="", PatientName="Другой")
    found = ask(Level.PATIENT, PatientName="", PatientSex="", **counts)
    said = sorted((match["PatientName"], *(match[each] for each in counts)) for match in found)
    assert said == [
        ("БЕЗ^НОМЕРА", "2", "2", "2"),
        ("Другой", "1", "1", "1"),
        ("Иванов^Пётр", "1", "1", "1"),
        ("Иванова^Анна", "2", "3", "4"),
    ]
    assert {match["PatientID"] for match in found} == {"P-17", ""}
    (former,) = ask(Level.PATIENT, PatientName="петрова*", NumberOfPatientRelatedStudies="")
    assert former["PatientName"] == "Петрова^Анна"
    assert former["NumberOfPatientRelatedStudies"] == "2"
    assert ask(Level.PATIENT, PatientID="P-17", IssuerOfPatientID="OTHER") == [
        {"PatientID": "P-17", "IssuerOfPatientID": "OTHER"}
    ]


def test_a_series_says_what_its_first_object_said(store, ask):
    said = {
        "Modality": "MR",
        "SeriesNumber": "7",
        "SeriesDescription": "T1 Ödem",
        "SeriesDate": "20261124",
        "SeriesTime": "083015.25",
        "BodyPartExamined": "HEAD",
        "Laterality": "L",
        "ProtocolName": "Голова",
        "StationName": "MR-1",
        "Manufacturer": "Acme",
        "ManufacturerModelName": "One",
        "FrameOfReferenceUID": "1.2.9",
        "PerformedProcedureStepStartDate": "20261124",
        "PerformedProcedureStepStartTime": "0830",
    }
    study = {"StudyID": "S-1", "InstitutionName": "Клиника", "ReferringPhysicianName": "Ёж^Анна"}
    store(1, 7, 1, **said, **study)
    store(1, 7, 2)
    found = ask(Level.SERIES, NumberOfSeriesRelatedInstances="", **said, **study)
    assert found == [
        {
            **said,
            **study,
            "SeriesTime": "083015.250000",
            "PerformedProcedureStepStartTime": "083000",
            "NumberOfSeriesRelatedInstances": "2",
            "PatientID": "P-17",
            "StudyInstanceUID": study_uid(1),
            "SeriesInstanceUID": series_uid(1, 7),
        }
    ]
    assert ask(Level.SERIES, ReferringPhysicianName="еж*")
    assert not ask(Level.SERIES, SeriesNumber="8")


def test_an_image_says_what_its_header_said(store, ask):
    store(1, 1, 2, NumberOfFrames=1, ContentDate="20261124", ContentTime="0830", side=32)
    store(1, 1, 1, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", PixelData=None, Rows=None)
    keys = ("SOPClassUID", "InstanceNumber", "NumberOfFrames", "Rows", "Columns", "BitsAllocated")
    more = ("ContentDate", "ContentTime", "AvailableTransferSyntaxUID")
    first, second = ask(Level.IMAGE, **dict.fromkeys((*keys, *more), ""))
    assert [first[key] for key in keys] == [
        "1.2.840.10008.5.1.4.1.1.88.11",
        "1",
        "",
        "",
        "16",
        "16",
    ]
    assert [second[key] for key in keys] == [
        "1.2.840.10008.5.1.4.1.1.2",
        "2",
        "1",
        "32",
        "32",
        "16",
    ]
    assert [second[key] for key in more] == ["20261124", "083000", "1.2.840.10008.1.2.1"]
    assert second["SOPInstanceUID"] == sop_uid(1, 1, 2)
    assert [each["InstanceNumber"] for each in ask(Level.IMAGE, Rows="32", InstanceNumber="")] == [
        "2"
    ]


def test_keys_below_the_level_and_unknown_ones_count_for_nothing(store, ask, database, doctor):
    store(1)
    assert ask(Level.STUDY, Modality="MR") == [
        {"PatientID": "P-17", "StudyInstanceUID": study_uid(1)}
    ]
    (match,) = query.matches(database, doctor, Query(Level.STUDY, {0x00100099: "x"}))
    assert set(match) == {UNIQUE_KEYS[Level.PATIENT], UNIQUE_KEYS[Level.STUDY]}


def test_answers_come_newest_first_and_in_pages_that_lose_none(store, ask, monkeypatch):
    monkeypatch.setattr(query, "FIRST_PAGE", 2)
    monkeypatch.setattr(query, "PAGE", 3)
    for number, series, day in ((1, 2, "2025"), (2, 2, "2026"), (3, 1, "2024"), (4, 1, "2023")):
        for instance in range(5, 0, -1):
            store(number, series, instance, StudyDate=f"{day}0101")
            store(number, 1, instance + 10, StudyDate=f"{day}0101")
    for level, unique in ((Level.STUDY, "StudyInstanceUID"), (Level.IMAGE, "SOPInstanceUID")):
        everything = [match[unique] for match in ask(level)]
        assert len(everything) == len(set(everything)) == (4 if level is Level.STUDY else 40)
        assert [m[unique] for m in ask(level, limit=3, offset=1)] == everything[1:4]
        assert ask(level, offset=50) == ask(level, limit=0) == []
    assert [match["StudyInstanceUID"] for match in ask(Level.STUDY)] == [
        study_uid(number) for number in (2, 1, 3, 4)
    ]
    images = [match["SOPInstanceUID"] for match in ask(Level.IMAGE, limit=10)]
    assert images == [sop_uid(2, 1, n) for n in range(11, 16)] + [
        sop_uid(2, 2, n) for n in range(1, 6)
    ]


def test_all_answers_are_counted_whatever_the_limit(store, database, doctor):
    for number in range(1, 5):
        store(number, PatientID=f"P-{number % 2}")
    for level, expected in ((Level.PATIENT, 2), (Level.STUDY, 4), (Level.IMAGE, 4)):
        assert query.count(database, doctor, Query(level, {}, limit=1, offset=1)) == expected
    asked = Query(Level.STUDY, {TAGS["PatientID"]: "P-1"})
    assert query.count(database, doctor, asked) == 2
    by_letters = Query(Level.STUDY, {TAGS["PatientID"]: "P-*"})
    assert query.count(database, doctor, by_letters) == 4


def test_lists_of_any_length_are_asked_for(store, ask, studies, database, doctor):
    for number in range(1, 4):
        store(number, PatientName=f"Иванов^{number}", PatientID=f"P-{number}")
    for length in (2, 3, 100, 101):
        several = range(2, 2 + length)
        assert studies(PatientID="\\".join(f"P-{each}" for each in several)) == [3, 2]
        assert studies(PatientName="\\".join(f"иванов^{each}" for each in several)) == [3, 2]
        patients = ask(Level.PATIENT, PatientID="\\".join(f"P-{each}" for each in several))
        assert [each["PatientID"] for each in patients] == ["P-3", "P-2"]
        assert len(studies(ModalitiesInStudy="\\".join(["C?"] * length))) == 3
        names = {TAGS["PatientName"]: "\\".join(f"*^{each}" for each in several)}
        assert query.count(database, doctor, Query(Level.STUDY, names)) == 2


@pytest.mark.parametrize(
    ("keyword", "key"),
    [
        ("StudyDate", "yesterday"),
        ("StudyDate", "20261301"),
        ("StudyDate", "20260101-20260102-20260103"),
        ("StudyTime", "2500"),
        ("StudyTime", "noon"),
        ("StudyDate", "2026-noon"),
        ("StudyTime", "1000-noon"),
        ("SeriesNumber", "1*"),
        ("SeriesNumber", str(2**40)),
        ("PatientName", "x" * 2000),
    ],
)
def test_a_broken_key_is_refused_before_the_first_answer(database, doctor, keyword, key):
    asked = Query(Level.IMAGE, {TAGS[keyword]: key})
    for ask in (query.matches, query.count):
        with pytest.raises(InvalidError):
            ask(database, doctor, asked)


def test_strangers_and_negative_pages_are_refused(database, doctor, nobody):
    with pytest.raises(ForbiddenError):
        query.matches(database, nobody, Query(Level.STUDY, {}))
    for asked in (Query(Level.STUDY, {}, limit=-1), Query(Level.STUDY, {}, offset=-1)):
        with pytest.raises(InvalidError):
            query.matches(database, doctor, asked)


def test_a_date_and_a_name_that_come_later_are_found(store, studies):
    store(1, StudyDate="", StudyTime="", PatientName="", StudyDescription="CT chest")
    store(1, number=2, StudyDate="20190101", PatientName="Валевский")
    assert studies(PatientName="*валев*", StudyDate="2019", StudyDescription="*chest*") == [1]


def test_answers_are_the_same_only_with_the_same_values_of_the_same_attributes(
    store, database, doctor
):
    def found(**keys):
        asked = Query(Level.STUDY, {TAGS[keyword]: key for keyword, key in keys.items()})
        (answer,) = query.matches(database, doctor, asked)
        return answer

    store(1, StudyTime="101530.5", StudyDescription="a")
    asked = {"StudyTime": "", "StudyDescription": ""}
    before = found(**asked)
    assert before == found(**asked)
    assert hash(before) == hash(found(**asked))
    assert before == {
        0x00100020: ("P-17",),
        0x0020000D: (study_uid(1),),
        0x00080030: ("101530.500000",),
        0x00081030: ("a",),
    }
    assert before != found(StudyDescription="", StudyTime="")
    store(1, 2, StudyTime="101530.5", StudyDescription="a")
    assert found(**asked) == before
    assert found(**asked, NumberOfStudyRelatedSeries="") != before
