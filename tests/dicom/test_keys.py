"""Keys of an identifier on one data set (PS3.4 C.2.2.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import DataElement, Dataset, config

from app.dicom.keys import answered, matches, unsupported
from app.domain.errors import InvalidError


def a_step(**elements) -> Dataset:
    step = Dataset()
    step.Modality = "CT"
    step.ScheduledStationAETitle = "CT1"
    step.ScheduledProcedureStepStartDate = "20261128"
    step.ScheduledProcedureStepStartTime = "093000"
    step.ScheduledPerformingPhysicianName = ""
    for keyword, value in elements.items():
        setattr(step, keyword, value)
    return step


def an_answer(*steps: Dataset) -> Dataset:
    ds = Dataset()
    ds.PatientName = "Ёлкина^Анна=Yolkina^Anna"
    ds.PatientID = "P-17"
    ds.PregnancyStatus = 4
    ds.StudyInstanceUID = "1.2.3"
    ds.AccessionNumber = ""
    ds.ScheduledProcedureStepSequence = list(steps or (a_step(),))
    return ds


def asked(**keys) -> Dataset:
    ds = Dataset()
    for keyword, value in keys.items():
        setattr(ds, keyword, value)
    return ds


@pytest.mark.parametrize(
    ("key", "fits"),
    [
        ({"PatientName": ""}, True),
        ({"PatientName": "*"}, True),
        ({"PatientName": "елкина*"}, True),
        ({"PatientName": "ЁЛКИНА^АННА"}, True),
        ({"PatientName": "yolk*"}, True),
        ({"PatientName": "*кин*"}, True),
        ({"PatientName": "Анна*"}, False),
        ({"PatientID": "P-17"}, True),
        ({"PatientID": "P-1?"}, True),
        ({"PatientID": "P.17"}, False),
        ({"PatientID": "P-1"}, False),
        ({"StudyInstanceUID": ["1.2.2", "1.2.3"]}, True),
        ({"StudyInstanceUID": "1.2.4"}, False),
        ({"PregnancyStatus": 4}, True),
        ({"PregnancyStatus": 1}, False),
        ({"AccessionNumber": "A1"}, False),
        ({"AccessionNumber": "*"}, True),
        ({"AccessionNumber": '""'}, True),
        ({"PatientID": '""'}, False),
    ],
)
def test_a_key_matches_as_its_vr_says(key, fits):
    assert matches(asked(**key), an_answer()) is fits


@pytest.mark.parametrize(
    ("key", "fits"),
    [
        ({"ScheduledProcedureStepStartDate": "20261128"}, True),
        ({"ScheduledProcedureStepStartDate": "20261101-20261128"}, True),
        ({"ScheduledProcedureStepStartDate": "20261129-"}, False),
        ({"ScheduledProcedureStepStartTime": "09"}, True),
        ({"ScheduledProcedureStepStartTime": "-0930"}, True),
        ({"ScheduledProcedureStepStartTime": "1000-1100"}, False),
        ({"Modality": "MR"}, False),
        ({"Modality": "CT", "ScheduledStationAETitle": "CT2"}, False),
        ({"ScheduledPerformingPhysicianName": "Кузнецов"}, False),
        ({}, True),
    ],
)
def test_a_sequence_matches_when_one_item_has_all_its_keys(key, fits):
    identifier = asked(ScheduledProcedureStepSequence=[asked(**key)])
    assert matches(identifier, an_answer()) is fits
    other = a_step(ScheduledProcedureStepStartDate="19700101", Modality="XA")
    assert matches(identifier, an_answer(other, a_step())) is fits


def test_no_item_has_a_value_that_is_asked_for():
    empty = an_answer()
    empty.ScheduledProcedureStepSequence = []
    assert not matches(asked(ScheduledProcedureStepSequence=[asked(Modality="CT")]), empty)
    assert matches(asked(ScheduledProcedureStepSequence=[asked(Modality="")]), empty)


def test_the_answer_has_the_keys_that_were_asked_for_and_of_items_those_that_match():
    steps = a_step(), a_step(Modality="MR")
    identifier = asked(
        PatientName="",
        PatientComments="",
        ScheduledProcedureStepSequence=[asked(Modality="MR", ScheduledStationAETitle="")],
    )
    answer = answered(identifier, an_answer(*steps))
    assert [element.keyword for element in answer] == [
        "PatientName",
        "PatientComments",
        "ScheduledProcedureStepSequence",
    ]
    assert answer.PatientComments in ("", None)
    (item,) = answer.ScheduledProcedureStepSequence
    assert (item.Modality, item.ScheduledStationAETitle, len(item)) == ("MR", "CT1", 2)


def test_an_empty_sequence_key_asks_for_all_of_it():
    answer = answered(asked(ScheduledProcedureStepSequence=[]), an_answer())
    assert answer.ScheduledProcedureStepSequence[0] == a_step()


def test_a_value_that_nothing_could_match_is_told():
    assert not unsupported(asked(PatientComments="", PatientName="A"), an_answer())
    assert unsupported(asked(PatientComments="x"), an_answer())
    step = asked(ScheduledProcedureStepSequence=[asked(CommentsOnTheScheduledProcedureStep="x")])
    assert unsupported(step, an_answer())
    assert unsupported(asked(ReferencedStudySequence=[asked(StudyDate="")]), an_answer())
    assert matches(asked(PatientComments="x"), an_answer())


def test_a_broken_key_is_refused_by_its_name():
    ds = an_answer()
    ds.PatientBirthDate = "20000101"
    broken = DataElement("PatientBirthDate", "DA", "soon", validation_mode=config.IGNORE)
    identifier = Dataset()
    identifier.add(broken)
    with pytest.raises(InvalidError) as refused:
        matches(identifier, ds)
    assert refused.value.detail.startswith("PatientBirthDate")


@given(st.text(st.characters(blacklist_categories=("C", "Z"), blacklist_characters='\\=^*?"-')))
def test_what_is_kept_is_found_by_itself_and_by_its_beginning(text):
    ds = asked(PatientID=text, PatientName=f"{text}^Анна")
    assert matches(asked(PatientID=text, PatientName=f"{text}^Анна"), ds)
    assert matches(asked(PatientID=f"{text}*", PatientName=f"{text}*"), ds)
