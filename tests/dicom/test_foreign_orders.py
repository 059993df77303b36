"""Answers of other systems' worklists as orders."""

from datetime import date, datetime

import pytest
from pydicom import Dataset

from app.dicom.foreign_orders import foreign_order, identifier
from app.dicom.scheduled import scheduled
from app.domain.errors import InvalidError
from app.domain.orders import Code, Order, OrderStatus, Priority, Sex
from tests.server.ordered import HEAD_CT, an_order

pytestmark = [  # what others answer wrongly is put into data sets on purpose
    pytest.mark.filterwarnings("ignore:Invalid value for VR"),
    pytest.mark.filterwarnings("ignore:The value length"),
]


def an_answer(station: str = "CT1", **of_step) -> Dataset:
    """What our own worklist answers."""
    content = an_order(
        procedure={"accession_number": "A1", "procedure_id": "P1", "priority": Priority.STAT},
        patient={"pregnancy_status": 4},
    )
    at = datetime(2026, 11, 28)  # noqa: DTZ001 - not looked at
    order = Order("id", "S1", "1.2.3", OrderStatus.ARRIVED, 1, content, "anna", at)
    ds = scheduled(order, station)
    for keyword, value in of_step.items():
        setattr(ds.ScheduledProcedureStepSequence[0], keyword, value)
    return ds


def a_code(**elements) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "99X", "КТ"
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def test_our_own_answer_is_read_back_as_the_order_it_tells():
    said = foreign_order(an_answer(), "KLINIKA")
    assert (said.study_uid, said.step_id, said.status) == ("1.2.3", "S1", OrderStatus.ARRIVED)
    assert said.content == an_order(
        procedure={"accession_number": "A1", "procedure_id": "P1", "priority": Priority.STAT},
        patient={"pregnancy_status": 4},
    )


def test_days_and_everything_that_an_order_says_are_asked_for():
    asked = identifier(date(2026, 11, 27), date(2026, 12, 5))
    step = asked.ScheduledProcedureStepSequence[0]
    assert step.ScheduledProcedureStepStartDate == "20261127-20261205"
    answered = {element.keyword for element in an_answer()}
    assert answered - {"ReferencedPatientSequence", "ReferencedStudySequence"} <= {
        element.keyword for element in asked
    } | {"OtherPatientIDsSequence"}
    assert {each.keyword for each in an_answer().ScheduledProcedureStepSequence[0]} == {
        each.keyword for each in step
    }


@pytest.mark.parametrize(
    ("stations", "station"), [("KLINIKA", ""), (["CT1", "CT2"], ""), (None, ""), ("CT1 ", "CT1")]
)
def test_a_step_that_anyone_may_do_has_no_station(stations, station):
    ds = an_answer(ScheduledStationAETitle=stations)
    assert foreign_order(ds, "KLINIKA").content.step.station_ae_title == station


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("", OrderStatus.SCHEDULED),
        ("BOOKED", OrderStatus.SCHEDULED),
        ("STARTED", OrderStatus.STARTED),
        ("DEPARTED", OrderStatus.COMPLETED),
    ],
)
def test_where_it_stands_is_said_in_our_terms(said, status):
    ds = an_answer(ScheduledProcedureStepStatus=said)
    assert foreign_order(ds, "KLINIKA").status is status


@pytest.mark.parametrize(
    ("keyword", "value", "field"),
    [
        ("ScheduledProcedureStepID", "", "step_id"),
        ("ScheduledProcedureStepID", "S" * 17, "step_id"),
        ("ScheduledProcedureStepStartDate", "20261341", "step.starts_at"),
    ],
)
def test_a_step_that_can_not_be_known_is_refused_by_the_field(keyword, value, field):
    with pytest.raises(InvalidError, match=field):
        foreign_order(an_answer(**{keyword: value}), "KLINIKA")


def test_an_answer_without_study_or_step_is_refused():
    ds = an_answer()
    del ds.ScheduledProcedureStepSequence
    with pytest.raises(InvalidError, match="step_id"):
        foreign_order(ds, "KLINIKA")
    ds.StudyInstanceUID = "1.2.x"
    with pytest.raises(InvalidError, match="study_uid"):
        foreign_order(ds, "KLINIKA")


def test_a_step_without_a_time_begins_with_its_day():
    ds = an_answer(ScheduledProcedureStepStartTime="")
    starts_at = foreign_order(ds, "KLINIKA").content.step.starts_at
    assert starts_at == datetime(2026, 11, 28)  # noqa: DTZ001 - the clinic's own time


def test_what_can_not_be_read_is_unknown_and_texts_become_lines_of_print():
    ds = an_answer()
    ds.PatientSex, ds.PregnancyStatus, ds.PatientWeight = "M?", 9, "0"
    ds.RequestedProcedurePriority, ds.PatientBirthDate = "NOW", "1961"
    ds.Allergies = ["йод", "латекс\t"]
    ds.PatientName = "Иванов^Пётр^^^"
    ds.RequestedProcedureComments = "первая\r\n\r\nвторая\x07"
    content = foreign_order(ds, "KLINIKA").content
    patient = content.patient
    assert (patient.sex, patient.pregnancy_status, patient.weight_kg) == (Sex.UNKNOWN, None, None)
    assert (patient.birth_date, content.procedure.priority) == (None, Priority.ROUTINE)
    assert (patient.allergies, patient.name) == ("йод, латекс", "Иванов^Пётр")
    assert content.procedure.comments == "первая\nвторая"
    ds.PatientWeight = None
    assert foreign_order(ds, "KLINIKA").content.patient.weight_kg is None


def test_codes_that_no_scanner_could_use_are_left_out():
    ds = an_answer()
    ds.RequestedProcedureCodeSequence = [
        a_code(CodeMeaning="м" * 70),
        a_code(CodeValue=""),
        a_code(CodeValue="1" * 17),
        a_code(CodingSchemeDesignator=""),
        a_code(CodeMeaning=""),
    ]
    codes = foreign_order(ds, "KLINIKA").content.procedure.codes
    assert codes == (Code("1", "99X", "м" * 64),)


def test_a_procedure_without_a_description_is_described_by_the_next_best_words():
    ds = an_answer()
    ds.RequestedProcedureDescription = ""
    assert foreign_order(ds, "KLINIKA").content.procedure.description == "Голова, спираль"
    step = ds.ScheduledProcedureStepSequence[0]
    step.ScheduledProcedureStepDescription = ""
    assert foreign_order(ds, "KLINIKA").content.procedure.description == HEAD_CT.meaning
    ds.RequestedProcedureCodeSequence = []
    assert foreign_order(ds, "KLINIKA").content.procedure.description == "CT"
    step.Modality = ""
    assert foreign_order(ds, "KLINIKA").content.procedure.description == ""


def test_what_should_be_a_sequence_and_is_none_says_nothing():
    ds = an_answer()
    del ds.RequestedProcedureCodeSequence
    ds.add_new("RequestedProcedureCodeSequence", "LO", "КТ")
    assert foreign_order(ds, "KLINIKA").content.procedure.codes == ()
