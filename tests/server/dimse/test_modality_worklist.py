"""Modalities ask for their worklist (PS3.4 K): by pynetdicom, and by DCMTK's findscu."""

import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from pydicom import DataElement, Dataset, config, dcmread
from pynetdicom import AE
from pynetdicom.sop_class import ModalityWorklistInformationFind

from app.demo.dcmtk import dcmtk
from app.domain.access import POLICY, Actor, Role
from app.domain.nodes import RemoteNode
from app.domain.orders import OrderQuery, OrderStatus
from app.server.core.foreign_orders import ForeignOrders
from app.server.core.orders import Orders
from app.server.dimse import foreign_orders
from app.server.dimse.requestor import Peer
from app.server.store.engine import Database
from app.settings import Settings
from tests.server.dimse.asking import extended
from tests.server.ordered import an_order

PENDING, PENDING_UNSUPPORTED, SUCCESS = 0xFF00, 0xFF01, 0x0000
CANCEL, MISMATCH, NOT_AUTHORIZED = 0xFE00, 0xA900, 0x0124
RETURN_KEYS = (
    "ReferencedStudySequence",
    "ReferencedPatientSequence",
    "RequestedProcedureCodeSequence",
    "ScheduledProcedureStepSequence",
    "PatientBirthDate",
    "PatientSex",
    "PatientWeight",
    "MedicalAlerts",
    "Allergies",
    "PregnancyStatus",
    "SpecialNeeds",
    "PatientState",
    "AdmissionID",
    "CurrentPatientLocation",
    "ConfidentialityConstraintOnPatientDataDescription",
    "RequestedProcedureID",
    "RequestedProcedureDescription",
    "RequestedProcedurePriority",
    "PatientTransportArrangements",
    "RequestingPhysician",
    "ReferringPhysicianName",
)
"""Of type 1 and 2 in PS3.4 table K.6-1, beside those that `identifier` asks for."""
DESK = Actor("operator", POLICY[Role.OPERATOR])


@pytest.fixture
def orders(database) -> Orders:
    return Orders(database, lambda: datetime.now(UTC))


@pytest.fixture
def ordered(orders):
    """Schedules an order."""

    def ordered(**wishes):
        return orders.create(DESK, an_order(**wishes))

    return ordered


@pytest.fixture
def associate(node):
    """Opens associations as SCANNER or another, and ends them."""
    opened = []

    def associate(calling="SCANNER", *sop_classes, features=b""):
        entity = AE(ae_title=calling)
        for each in sop_classes or (ModalityWorklistInformationFind,):
            entity.add_requested_context(each)
        items = extended(ModalityWorklistInformationFind, features) if features else []
        association = entity.associate("127.0.0.1", node.port, ae_title="KLINIKA", ext_neg=items)
        assert association.is_established
        opened.append(association)
        return association

    yield associate
    for association in opened:
        association.release()


@pytest.fixture
def ask(associate):
    """Sends one C-FIND: the last status, and the answers."""

    def ask(calling="SCANNER", *, features=b"", **keys):
        responses = list(
            associate(calling, features=features).send_c_find(
                identifier(**keys), query_model=ModalityWorklistInformationFind
            )
        )
        answers = [ds for status, ds in responses if status.Status in (PENDING, 0xFF01)]
        return responses[-1][0].Status, answers

    return ask


def identifier(*, charset="ISO_IR 192", step=None, **keys) -> Dataset:
    ds = Dataset()
    if charset:
        ds.SpecificCharacterSet = charset
    for keyword in ("PatientName", "PatientID", "AccessionNumber", "StudyInstanceUID"):
        setattr(ds, keyword, "")
    for keyword, value in keys.items():
        setattr(ds, keyword, value)
    item = Dataset()
    for keyword in (
        "ScheduledStationAETitle",
        "ScheduledProcedureStepStartDate",
        "ScheduledProcedureStepStartTime",
        "Modality",
        "ScheduledPerformingPhysicianName",
        "ScheduledProcedureStepDescription",
        "ScheduledProcedureStepID",
    ):
        setattr(item, keyword, "")
    for keyword, value in (step or {}).items():
        setattr(item, keyword, value)
    ds.ScheduledProcedureStepSequence = [item]
    return ds


def at(day, hour, minute=0) -> datetime:
    return datetime(2026, 11, day, hour, minute)  # noqa: DTZ001 - the clinic's own time


def test_a_modality_gets_what_is_scheduled_for_it(ordered, ask):
    order = ordered()
    ordered(station_ae_title="CT2")
    status, (answer,) = ask(step={"ScheduledStationAETitle": "CT1", "Modality": "CT"})
    assert status == SUCCESS
    assert answer.PatientName == "Иванов^Пётр^Сергеевич"
    assert answer.StudyInstanceUID == order.study_uid
    assert answer.AccessionNumber == order.content.procedure.accession_number
    (step,) = answer.ScheduledProcedureStepSequence
    assert step.ScheduledProcedureStepID == order.step_id
    assert (step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime) == (
        "20261128",
        "093000",
    )
    assert step.ScheduledPerformingPhysicianName == "Кузнецов^Иван"
    assert "ScheduledProcedureStepLocation" not in step


@pytest.mark.parametrize(
    ("keys", "hours"),
    [
        ({}, [8, 9, 10, 11]),
        ({"PatientName": "иванов*"}, [8]),
        ({"PatientName": "*ЕЛКИН*"}, [9]),
        ({"PatientID": "P-?"}, [8, 9]),
        ({"PatientID": "P-1"}, [8]),
        ({"AccessionNumber": "B5"}, [10]),
        ({"step": {"Modality": "MR"}}, [11]),
        ({"step": {"ScheduledPerformingPhysicianName": "Кузн*"}}, [8]),
        ({"step": {"ScheduledProcedureStepStartDate": "20261128"}}, [8, 9]),
        ({"step": {"ScheduledProcedureStepStartDate": "20261129-"}}, [10, 11]),
        ({"step": {"ScheduledProcedureStepStartTime": "0830-1000"}}, [9, 10]),
        (
            {
                "step": {
                    "ScheduledProcedureStepStartDate": "20261128-20261129",
                    "ScheduledProcedureStepStartTime": "0900-1030",
                }
            },
            [9, 10],
        ),
        (
            {
                "step": {
                    "ScheduledProcedureStepStartDate": "20261128-20261129",
                    "ScheduledProcedureStepStartTime": "0900-0830",
                }
            },
            [9],
        ),
    ],
)
def test_keys_narrow_the_worklist(ordered, ask, keys, hours):
    ordered(patient={"patient_id": "P-1"}, starts_at=at(28, 8))
    others = {"performing_physician": ""}
    ordered(patient={"name": "Ёлкина^Анна", "patient_id": "P-2"}, starts_at=at(28, 9), **others)
    third = {"name": "Petrov^Oleg", "patient_id": "X"}
    number = {"accession_number": "B5"}
    ordered(patient=third, procedure=number, starts_at=at(29, 10), **others)
    ordered(patient=third, modality="MR", starts_at=at(29, 11), **others)
    status, answers = ask(**keys)
    assert status == SUCCESS
    found = [
        int(answer.ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartTime[:2])
        for answer in answers
    ]
    assert found == hours


@pytest.mark.parametrize("charset", ["ISO_IR 144", "ISO_IR 192", ["", "ISO 2022 IR 144"]])
def test_the_answer_is_in_the_character_set_of_the_question(ordered, ask, charset):
    ordered()
    _, (answer,) = ask(charset=charset, PatientName="ИВАНОВ*")
    assert answer.SpecificCharacterSet == charset
    answer.decode()
    assert answer.PatientName == "Иванов^Пётр^Сергеевич"


def test_a_character_set_without_the_letters_is_answered_in_unicode(ordered, ask):
    ordered()
    _, (answer,) = ask(charset="ISO_IR 100")
    assert answer.SpecificCharacterSet == "ISO_IR 192"
    assert answer.PatientName == "Иванов^Пётр^Сергеевич"


def test_an_old_scanner_that_labels_nothing_is_understood_by_its_record(ordered, ask, record):
    record(RemoteNode("OLDCT", character_set="ISO_IR 144"))
    ordered()
    raw = "Иванов*".encode("iso8859_5")
    _, (answer,) = ask("OLDCT", charset="", PatientName=raw)
    assert answer.SpecificCharacterSet == "ISO_IR 144"
    assert answer.PatientName == "Иванов^Пётр^Сергеевич"


def test_an_order_without_a_station_is_for_whoever_asks(ordered, ask):
    ordered(station_ae_title="")
    for wanted, told in (("CT9", "CT9"), ("", "SCANNER")):
        _, (answer,) = ask(step={"ScheduledStationAETitle": wanted})
        (step,) = answer.ScheduledProcedureStepSequence
        assert step.ScheduledStationAETitle == told
    assert ask(step={"ScheduledStationAETitle": "CT9", "Modality": "MR"})[1] == []


def test_a_name_is_found_by_the_beginnings_of_its_words_where_that_was_agreed_on(ordered, ask):
    ordered()
    told = ask(PatientName="петр иван", features=b"\0\0\1")[1]
    assert [str(each.PatientName) for each in told] == ["Иванов^Пётр^Сергеевич"]
    assert ask(PatientName="петр иваненко", features=b"\0\0\1")[1] == []
    assert ask(PatientName="петр иван")[1] == []


def test_what_is_cancelled_or_done_is_not_told(ordered, orders, ask):
    for status in (OrderStatus.CANCELLED, OrderStatus.COMPLETED):
        orders.move(DESK, ordered().order_id, 1, status)
    assert ask() == (SUCCESS, [])


def test_every_return_key_of_the_standard_is_answered(ordered, associate):
    ordered()
    asked = Dataset()
    for keyword in RETURN_KEYS:
        setattr(asked, keyword, [] if keyword.endswith("Sequence") else None)
    asked.SpecificCharacterSet = "ISO_IR 192"
    responses = associate().send_c_find(asked, query_model=ModalityWorklistInformationFind)
    (status, answer), _last = list(responses)
    assert status.Status == PENDING
    assert {each.keyword for each in asked} == {each.keyword for each in answer}
    assert (answer.PatientWeight, answer.Allergies) == (82.5, "йод")
    assert answer.RequestedProcedureCodeSequence[0].CodeMeaning == "КТ головы без контраста"
    (step,) = answer.ScheduledProcedureStepSequence
    assert step.ScheduledProtocolCodeSequence[0].CodeValue == "CTHEAD"


@pytest.mark.logs("request-not-done")
def test_a_key_that_nothing_could_match_is_told_and_a_broken_one_refused(ordered, associate):
    ordered()
    asked = identifier(PatientComments="x")
    responses = list(associate().send_c_find(asked, query_model=ModalityWorklistInformationFind))
    assert [status.Status for status, _ in responses] == [PENDING_UNSUPPORTED, SUCCESS]
    asked = identifier()
    asked.add(DataElement("PatientBirthDate", "DA", "soon", validation_mode=config.IGNORE))
    responses = associate().send_c_find(asked, query_model=ModalityWorklistInformationFind)
    assert [status.Status for status, _ in responses] == [MISMATCH]


@pytest.mark.logs("request-not-done")
def test_who_may_not_query_gets_no_worklist(ordered, ask, record):
    record(RemoteNode("SENDER", may_query=False))
    ordered()
    assert ask("SENDER") == (NOT_AUTHORIZED, [])


@pytest.mark.skipif(
    not os.environ.get("CI") and dcmtk("findscu") is None, reason="DCMTK is not installed"
)
def test_findscu_gets_its_worklist(ordered, node, tmp_path):
    order = ordered()
    ordered(patient={"name": "Petrov^Oleg"})
    step = "ScheduledProcedureStepSequence[0]."
    keys = (
        "SpecificCharacterSet=ISO_IR 192",
        "PatientName=Иванов*",
        "StudyInstanceUID",
        f"{step}Modality=CT",
        f"{step}ScheduledProcedureStepStartDate=20261128",
        f"{step}ScheduledProcedureStepID",
    )
    options = [each for key in keys for each in ("-k", key)]
    done = subprocess.run(
        [
            dcmtk("findscu"),
            "-W",
            "-X",
            "-od",
            str(tmp_path),
            "-aec",
            "KLINIKA",
            *options,
            "127.0.0.1",
            str(node.port),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (file,) = tmp_path.glob("rsp*.dcm")
    answer = dcmread(file)
    assert answer.PatientName == "Иванов^Пётр^Сергеевич"
    assert answer.StudyInstanceUID == order.study_uid
    assert answer.ScheduledProcedureStepSequence[0].ScheduledProcedureStepID == order.step_id


def test_orders_of_another_server_of_ours_come_over(ordered, orders, node, tmp_path):
    """`node` is the RIS; a second archive takes its orders over, and tells scanners of them."""
    mine = ordered(starts_at=datetime.now().replace(microsecond=0))  # noqa: DTZ005 - the clinic's own time
    anyone = ordered(station_ae_title="", starts_at=mine.content.step.starts_at)
    ours = Database.open(Settings(data_dir=tmp_path / "second"))
    try:
        foreign = ForeignOrders(ours, lambda: datetime.now(UTC), timedelta(minutes=1))
        peer = Peer("127.0.0.1", node.port, "KLINIKA")
        told = foreign_orders.ask(peer, "SCANNER", foreign.days(), lambda: False)
        assert foreign.take("KLINIKA", foreign.days(), told.orders) == told.refused == ()
        taken = Orders(ours, lambda: datetime.now(UTC)).search(DESK, OrderQuery()).orders
    finally:
        ours.close()
    assert [(each.step_id, each.study_uid, each.content) for each in taken] == [
        (each.step_id, each.study_uid, each.content) for each in (mine, anyone)
    ]
