"""Patients, studies, series and images are found (PS3.4 C.4.1): by pynetdicom and findscu."""

import os
import time

import pytest
from pydicom import DataElement, Dataset, config
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
from pydicom.uid import ImplicitVRLittleEndian

from app.demo.dcmtk import dcmtk
from app.dicom.part10 import without_meta
from app.domain.errors import UnavailableError
from app.domain.nodes import RemoteNode
from app.server.dimse import exchange, find
from app.server.dimse.information_model import Root
from tests.server.dimse import raw
from tests.server.dimse.asking import (
    PENDING,
    PENDING_UNSUPPORTED,
    SUCCESS,
    associated,
    found_by_findscu,
    identifier,
)
from tests.server.samples import an_object, series_uid, sop_uid, study_uid

CANCEL, MISMATCH, NOT_AUTHORIZED = 0xFE00, 0xA900, 0x0124
OUT_OF_RESOURCES, CANNOT_UNDERSTAND = 0xA700, 0xC000
IVANOV, VALEEV, MUELLER = "Иванов^Пётр", "Валеева^Алсу^Ринатовна", "Müller^Jürgen"
PEOPLE = {
    1: {"PatientName": IVANOV, "PatientID": "P-1", "StudyDate": "20260101", "StudyTime": "0800"},
    2: {"PatientName": VALEEV, "PatientID": "P-2", "StudyDate": "20260102", "StudyTime": "2000"},
    3: {"PatientName": MUELLER, "PatientID": "P-3", "StudyDate": "20260103", "StudyTime": "0100"},
    4: {"PatientName": IVANOV, "PatientID": "P-1", "StudyDate": "20260104", "StudyTime": "1200"},
}
NO_FEATURES, RELATIONAL, COMBINED, FUZZY = b"", b"\1", b"\0\1", b"\0\0\1"

with_findscu = pytest.mark.skipif(
    not os.environ.get("CI") and dcmtk("findscu") is None, reason="DCMTK is not installed"
)


@pytest.fixture
def archive(ingest, doctor, source):
    """Four studies of three patients; the first has two series, a CT of two images and an SR."""

    def store(**wishes):
        ingest.store(doctor, source, an_object(**wishes))

    for study, elements in PEOPLE.items():
        store(study=study, **elements)
    first = PEOPLE[1]
    store(study=1, number=2, **first)
    request = Dataset()
    request.ScheduledProcedureStepID, request.RequestedProcedureID = "S1", "R1"
    store(
        study=1,
        series=2,
        Modality="SR",
        SeriesDescription="Протокол",
        RequestAttributesSequence=[request],
        **first,
    )


@pytest.fixture
def ask(node, archive):
    """Sends one C-FIND: the statuses, and the answers."""

    def ask(asked: Dataset, root=Root.STUDY, calling="SCANNER", features=NO_FEATURES, **options):
        association = associated(node, root.find, calling, features, **options)
        try:
            responses = list(association.send_c_find(asked, query_model=root.find))
        finally:
            association.release()
        answers = [ds for status, ds in responses if ds is not None]
        return [status.Status for status, _ in responses], answers

    return ask


@pytest.fixture
def studies(ask):
    """The numbers of the studies that keys find."""

    def studies(features=NO_FEATURES, charset="ISO_IR 192", calling="SCANNER", **keys) -> list[int]:
        asked = identifier("STUDY", charset=charset, StudyInstanceUID="")
        for keyword, value in keys.items():
            vr = dictionary_VR(Tag(keyword))
            asked.add(DataElement(keyword, vr, value, validation_mode=config.IGNORE))
        statuses, answers = ask(asked, calling=calling, features=features)
        assert statuses[-1] == SUCCESS
        return [int(each.StudyInstanceUID.rpartition(".")[2]) for each in answers]

    return studies


def test_every_level_of_both_roots_answers_with_its_unique_keys(ask):
    above, below = {}, {"PATIENT": "P-1", "STUDY": study_uid(1), "SERIES": series_uid(1, 1)}
    keywords = {
        "PATIENT": "PatientID",
        "STUDY": "StudyInstanceUID",
        "SERIES": "SeriesInstanceUID",
        "IMAGE": "SOPInstanceUID",
    }
    for level, count in (("PATIENT", 3), ("STUDY", 2), ("SERIES", 2), ("IMAGE", 2)):
        statuses, answers = ask(identifier(level, **above), Root.PATIENT)
        assert statuses == [PENDING] * count + [SUCCESS]
        assert all(keywords[level] in each for each in answers)
        assert {each.QueryRetrieveLevel for each in answers} == {level}
        if level != "PATIENT":
            named = {key: value for key, value in above.items() if key != "PatientID"}
            statuses, answers = ask(identifier(level, **named), Root.STUDY)
            assert len(answers) == (4 if level == "STUDY" else count)
            assert all("PatientID" not in each for each in answers)
        if level != "IMAGE":
            above[keywords[level]] = below[level]


KINDS_OF_MATCHING = [
    ({"PatientName": "иванов^петр"}, [4, 1]),
    ({"PatientName": "ИВАНОВ*"}, [4, 1]),
    ({"PatientName": "*ВАЛЕ*"}, [2]),
    ({"PatientName": "Muller*"}, [3]),
    ({"PatientName": "?ванов*"}, [4, 1]),
    ({"PatientID": "P-2"}, [2]),
    ({"PatientID": '""'}, []),
    ({"StudyInstanceUID": [study_uid(1), study_uid(3), "1.2"]}, [3, 1]),
    ({"StudyDate": "20260102-20260103"}, [3, 2]),
    ({"StudyDate": "20260103-"}, [4, 3]),
    ({"StudyDate": "-20260101"}, [1]),
    ({"StudyDate": "20260104"}, [4]),
    ({"StudyTime": "1200-"}, [4, 2]),
    ({"StudyDate": "20260101-20260103", "StudyTime": "1000-0200"}, []),
    ({"ModalitiesInStudy": "SR"}, [1]),
    ({"PatientName": "*"}, [4, 3, 2, 1]),
]


def test_every_kind_of_matching_finds_its_studies(studies):
    for keys, found in KINDS_OF_MATCHING:
        assert studies(**keys) == found, keys


def test_moments_and_parts_of_names_are_matched_where_that_is_agreed(studies):
    moments = {"StudyDate": "20260101-20260103", "StudyTime": "1000-0200"}
    assert studies(COMBINED, **moments) == [3, 2]
    assert studies(PatientName="Алсу Вал") == []
    assert studies(FUZZY, PatientName="Алсу Вал") == [2]


def test_a_sequence_is_matched_and_answered_by_its_item(ask):
    def series(value):
        asked = identifier("SERIES", StudyInstanceUID=study_uid(1))
        item = Dataset()
        item.ScheduledProcedureStepID, item.RequestedProcedureID = value, ""
        asked.RequestAttributesSequence = [item]
        return ask(asked)

    statuses, (answer,) = series("S1")
    assert statuses == [PENDING, SUCCESS]
    (item,) = answer.RequestAttributesSequence
    assert (item.ScheduledProcedureStepID, item.RequestedProcedureID) == ("S1", "R1")
    assert series("S2") == ([SUCCESS], [])
    whole = identifier("SERIES", StudyInstanceUID=study_uid(1), RequestAttributesSequence=[])
    _, answers = ask(whole)
    assert [len(each.RequestAttributesSequence) for each in answers] == [0, 1]


def test_counts_and_modalities_are_told_when_asked(ask):
    counts = {"NumberOfPatientRelatedStudies": 2, "NumberOfPatientRelatedSeries": 3}
    counts |= {"NumberOfPatientRelatedInstances": 4}
    asked = identifier("PATIENT", PatientID="P-1", **dict.fromkeys(counts, ""))
    _, (answer,) = ask(asked, Root.PATIENT)
    assert {keyword: answer[keyword].value for keyword in counts} == counts
    asked = identifier(
        "STUDY",
        StudyInstanceUID=study_uid(1),
        NumberOfStudyRelatedSeries="",
        NumberOfStudyRelatedInstances="",
        ModalitiesInStudy="",
        RetrieveAETitle="",
        InstanceAvailability="",
    )
    _, (answer,) = ask(asked)
    assert (answer.NumberOfStudyRelatedSeries, answer.NumberOfStudyRelatedInstances) == (2, 3)
    assert answer.ModalitiesInStudy == ["CT", "SR"]
    assert (answer.RetrieveAETitle, answer.InstanceAvailability) == ("KLINIKA", "ONLINE")
    asked = identifier("SERIES", StudyInstanceUID=study_uid(1), NumberOfSeriesRelatedInstances="")
    assert [each.NumberOfSeriesRelatedInstances for each in ask(asked)[1]] == [2, 1]


def test_a_value_of_each_kind_comes_back_as_it_was_stored(ask):
    above = {"StudyInstanceUID": study_uid(1), "SeriesInstanceUID": series_uid(1, 1)}
    asked = identifier(
        "IMAGE", InstanceNumber="2", Rows=16, BitsAllocated=None, NumberOfFrames="", **above
    )
    statuses, (answer,) = ask(asked)
    assert statuses == [PENDING, SUCCESS]
    assert (answer.SOPInstanceUID, answer.InstanceNumber) == (sop_uid(1, 1, 2), 2)
    assert (answer.Rows, answer.BitsAllocated, answer.NumberOfFrames) == (16, 16, None)


# --- character sets -----------------------------------------------------------------------------


def test_a_name_is_asked_and_answered_in_the_peers_character_set(ask):
    escaped = b"^".join(b"\x1b-L" + part.encode("iso8859_5") for part in VALEEV.split("^"))
    for charset, written in (
        ("ISO_IR 144", VALEEV.encode("iso8859_5")),
        ("ISO_IR 192", VALEEV.encode()),
        (["ISO 2022 IR 6", "ISO 2022 IR 144"], escaped),
    ):
        _, (answer,) = ask(identifier("STUDY", charset=charset, PatientName="ВАЛЕЕВА*"))
        assert answer.SpecificCharacterSet == charset
        assert answer.PatientName.original_string.rstrip() == written
        assert answer.PatientName == VALEEV


def test_a_character_set_without_the_letters_is_answered_in_unicode(ask):
    _, (answer,) = ask(identifier("STUDY", charset="ISO_IR 100", PatientID="P-2", PatientName=""))
    assert (answer.SpecificCharacterSet, answer.PatientName) == ("ISO_IR 192", VALEEV)
    _, (answer,) = ask(identifier("STUDY", charset="ISO_IR 100", PatientID="P-3", PatientName=""))
    assert (answer.SpecificCharacterSet, answer.PatientName) == ("ISO_IR 100", MUELLER)


def test_a_peer_that_says_no_character_set_is_spared_one_as_long_as_it_can(ask):
    _, (answer,) = ask(identifier("STUDY", charset="", StudyInstanceUID=study_uid(1)))
    assert "SpecificCharacterSet" not in answer
    asked = identifier("STUDY", charset="", StudyInstanceUID=study_uid(1), PatientName="")
    _, (answer,) = ask(asked)
    assert (answer.SpecificCharacterSet, answer.PatientName) == ("ISO_IR 192", IVANOV)


def test_the_unlabelled_texts_of_a_node_are_read_by_its_record(ask, record, connect):
    record(RemoteNode("SCANNER", character_set="IBM866"))
    latin = an_object(9, SpecificCharacterSet=None, PatientName="Petrov^Petr", PatientID="P-9")
    data = latin.replace(b"Petrov^Petr", "Петров^Пётр".encode("cp866"))
    connection = connect()
    raw.associate(connection)
    assert raw.store(connection, bytes(without_meta(data))) == SUCCESS
    _, (answer,) = ask(identifier("STUDY", PatientName="петров^петр", PatientID=""))
    assert (answer.PatientID, answer.PatientName) == ("P-9", "Петров^Пётр")


def with_raw_name(charset: str, name: bytes) -> Dataset:
    """An identifier whose PatientName has exactly these bytes, whatever it declares."""
    asked = identifier("STUDY", charset=charset)
    tag = Tag("PatientName")
    asked[tag] = RawDataElement(
        tag, "PN", len(name), name, 0, is_implicit_VR=False, is_little_endian=True
    )
    return asked


OLD_STATIONS = [
    ("ISO_IR 144", "", "iso8859_5", "ISO_IR 144"),
    ("ISO_IR 144", "", "cp1251", "ISO_IR 144"),
    ("", "ISO_IR 144", "cp1251", "ISO_IR 144"),
    ("ISO_IR 144", "ISO_IR 100", "cp1251", "ISO_IR 144"),
    ("", "ISO_IR 100", "cp1251", "ISO_IR 192"),
    ("", "", "cp1251", "ISO_IR 192"),
]
"""Character set of the record and of the request, how the bytes are written, and the answer's."""


def test_an_old_station_is_understood_by_its_record_or_its_letters(ask, record):
    for of_record, declared, codec, answered in OLD_STATIONS:
        record(RemoteNode("OLDWS", character_set=of_record))
        asked = with_raw_name(declared, IVANOV.encode(codec))
        _, answers = ask(asked, calling="OLDWS")
        assert [each.PatientName for each in answers] == [IVANOV, IVANOV]
        assert {each.SpecificCharacterSet for each in answers} == {answered}


# --- refusals -----------------------------------------------------------------------------------


OUT_OF_LEVEL = [
    (Root.STUDY, {"level": ""}),
    (Root.STUDY, {"level": "PATIENT"}),
    (Root.STUDY, {"level": "INSTANCE"}),
    (Root.STUDY, {"level": "SERIES"}),
    (Root.STUDY, {"level": "SERIES", "StudyInstanceUID": ["1.2", "1.3"]}),
    (Root.STUDY, {"level": "IMAGE", "StudyInstanceUID": "1.2"}),
    (Root.PATIENT, {"level": "STUDY"}),
    (Root.PATIENT, {"level": "STUDY", "PatientID": "P*"}),
]


@pytest.mark.logs("request-not-done")
def test_what_fits_no_level_is_refused(ask):
    for root, asked in OUT_OF_LEVEL:
        assert ask(identifier(**asked), root) == ([MISMATCH], [])


def test_levels_above_may_be_left_out_where_that_is_agreed(ask):
    statuses, answers = ask(identifier("IMAGE", PatientName="Вал*"), features=RELATIONAL)
    assert statuses == [PENDING, SUCCESS]
    assert answers[0].SOPInstanceUID == sop_uid(2, 1, 1)
    statuses, answers = ask(identifier("STUDY"), Root.PATIENT, features=RELATIONAL)
    assert len(answers) == 4


@pytest.mark.logs("request-not-done")
def test_a_broken_key_is_refused_and_an_unknown_one_is_told(ask):
    asked = identifier("STUDY")
    asked.add(DataElement("StudyDate", "DA", "soon", validation_mode=config.IGNORE))
    assert ask(asked) == ([MISMATCH], [])
    asked = identifier("STUDY", PatientID="P-2", PatientComments="", Modality="CT")
    statuses, (answer,) = ask(asked)
    assert statuses == [PENDING_UNSUPPORTED, SUCCESS]
    assert "PatientComments" not in answer
    assert "Modality" not in answer


@pytest.mark.logs("request-not-done")
def test_too_long_a_list_is_refused_and_a_long_one_is_not_cut(ask):
    many = [f"1.2.{number}" for number in range(20_000)]
    asked = identifier("STUDY", StudyInstanceUID=[*many, study_uid(2)])
    statuses, answers = ask(asked, syntaxes=[ImplicitVRLittleEndian])
    assert (statuses, len(answers)) == ([PENDING, SUCCESS], 1)
    asked = identifier("STUDY", StudyInstanceUID=[*many, *many])
    assert ask(asked, syntaxes=[ImplicitVRLittleEndian]) == ([CANNOT_UNDERSTAND], [])


@pytest.mark.logs("request-not-done")
def test_what_is_no_data_set_is_not_understood(node, archive, monkeypatch):
    monkeypatch.setattr("pynetdicom.association.encode", lambda *_: b"\x08\x00\x52\x00\xff\xff\0\0")
    association = associated(node, Root.STUDY.find)
    responses = list(association.send_c_find(identifier("STUDY"), query_model=Root.STUDY.find))
    association.release()
    assert [status.Status for status, _ in responses] == [CANNOT_UNDERSTAND]


@pytest.mark.logs("request-not-done")
def test_who_may_not_query_finds_nothing(ask, record):
    record(RemoteNode("SENDER", may_query=False))
    assert ask(identifier("STUDY"), calling="SENDER") == ([NOT_AUTHORIZED], [])
    assert ask(identifier("STUDY"), calling="STRANGER") == ([NOT_AUTHORIZED], [])


@pytest.mark.logs("request-not-done")
def test_a_database_that_goes_away_is_told(ask, monkeypatch):
    def matches(*_):
        yield {0x0020000D: ("1.2",)}
        raise UnavailableError

    monkeypatch.setattr(find.query, "matches", matches)
    statuses, _ = ask(identifier("STUDY"))
    assert statuses == [PENDING, OUT_OF_RESOURCES]


def test_a_cancelled_query_ends_early(node, archive, monkeypatch):
    def endless(*_):
        while True:
            time.sleep(0.01)  # else there were tens of thousands on the way
            yield {0x0020000D: ("1.2",)}

    monkeypatch.setattr(find.query, "matches", endless)
    association = associated(node, Root.STUDY.find)
    statuses = []
    for status, _ in association.send_c_find(
        identifier("STUDY"), msg_id=7, query_model=Root.STUDY.find
    ):
        if not statuses:
            association.send_c_cancel(7, query_model=Root.STUDY.find)
        statuses.append(status.Status)
    association.release()
    assert statuses[-1] == CANCEL


def test_a_cancel_that_came_too_late_leaves_the_next_query_alone(node, archive, monkeypatch):
    monkeypatch.setattr(exchange, "FLUSH_S", -1)  # each answer goes at once, and a cancel is seen
    association = associated(node, Root.STUDY.find)
    association.send_c_cancel(1, query_model=Root.STUDY.find)
    asked = identifier("STUDY", StudyInstanceUID="")
    responses = association.send_c_find(asked, msg_id=1, query_model=Root.STUDY.find)
    statuses = [status.Status for status, _ in responses]
    association.release()
    assert statuses == [PENDING] * len(PEOPLE) + [SUCCESS]


# --- DCMTK --------------------------------------------------------------------------------------


@with_findscu
def test_findscu_finds_studies_by_a_cyrillic_name(node, archive, tmp_path):
    for charset, codec in (("ISO_IR 192", "utf_8"), ("ISO_IR 144", "iso8859_5")):
        folder = tmp_path / codec
        folder.mkdir()
        answer = found_by_findscu(
            node,
            folder,
            "QueryRetrieveLevel=STUDY",
            f"SpecificCharacterSet={charset}",
            "PatientName=" + os.fsdecode("ВАЛЕЕВА*".encode(codec)),
            "StudyInstanceUID",
            "ModalitiesInStudy",
        )[0]
        assert answer.SpecificCharacterSet == charset
        assert answer.PatientName.original_string.rstrip() == VALEEV.encode(codec)
        assert answer.StudyInstanceUID == study_uid(2)
        assert answer.ModalitiesInStudy == "CT"


@with_findscu
def test_findscu_goes_down_the_patient_root(node, archive, tmp_path):
    named = ["PatientID=P-2"]
    for level, keyword in (
        ("PATIENT", "PatientName"),
        ("STUDY", "StudyInstanceUID"),
        ("SERIES", "SeriesInstanceUID"),
        ("IMAGE", "SOPInstanceUID"),
    ):
        folder = tmp_path / level
        folder.mkdir()
        keys = (f"QueryRetrieveLevel={level}", *named, keyword)
        (answer,) = found_by_findscu(node, folder, *keys, root="-P")
        if level != "PATIENT":
            named.append(f"{keyword}={answer[keyword].value}")
    assert named[-1] == f"SOPInstanceUID={sop_uid(2, 1, 1)}"
