"""Modalities say what they perform, over real associations (PS3.4 F.7, PS3.7 10)."""

from datetime import UTC, datetime

import pytest
from pydicom import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    ModalityPerformedProcedureStep,
    ModalityPerformedProcedureStepRetrieve,
)

from app.domain.access import POLICY, Actor, Role
from app.domain.nodes import RemoteNode
from app.domain.orders import OrderStatus
from app.server.core.orders import Orders
from tests.server.ordered import an_order
from tests.server.performing import a_beginning, an_end

DESK = Actor("operator", POLICY[Role.OPERATOR])
UID = "1.2.3.1"


@pytest.fixture
def orders(database) -> Orders:
    return Orders(database, lambda: datetime.now(UTC))


@pytest.fixture
def associate(node):
    """Opens associations of a modality and ends them."""
    opened = []

    def associate(calling="SCANNER"):
        entity = AE(ae_title=calling)
        entity.add_requested_context(ModalityPerformedProcedureStep)
        entity.add_requested_context(ModalityPerformedProcedureStepRetrieve)
        association = entity.associate("127.0.0.1", node.port, ae_title="KLINIKA")
        assert association.is_established
        opened.append(association)
        return association

    yield associate
    for association in opened:
        association.release()


@pytest.fixture
def modality(associate):
    return associate()


def begin(association, ds, uid=UID):
    return association.send_n_create(ds, ModalityPerformedProcedureStep, uid)


def end(association, ds, uid=UID):
    return association.send_n_set(ds, ModalityPerformedProcedureStep, uid)[0]


def test_a_modality_performs_what_was_ordered(modality, orders):
    order = orders.create(DESK, an_order())
    status, _ = begin(modality, a_beginning(order))
    assert status.Status == 0x0000
    assert orders.one(DESK, order.order_id).order.status is OrderStatus.STARTED
    assert end(modality, an_end()).Status == 0x0000
    assert orders.one(DESK, order.order_id).order.status is OrderStatus.COMPLETED


@pytest.mark.logs("request-not-done")
def test_a_step_that_has_ended_is_refused_with_the_words_of_the_standard(modality):
    begin(modality, a_beginning())
    end(modality, an_end())
    status = end(modality, an_end("DISCONTINUED"))
    assert status.Status == 0x0110
    assert status.ErrorComment == "Performed Procedure Step Object may no longer be updated"
    assert status.ErrorID == 0xA710


@pytest.mark.parametrize(
    ("ds", "status"),
    [
        (a_beginning(Modality=None), 0x0120),
        (a_beginning(Modality=""), 0x0121),
        (a_beginning(PerformedProcedureStepStatus="DISCONTINUED"), 0x0106),
    ],
)
@pytest.mark.logs("request-not-done")
def test_a_broken_beginning_gets_the_status_of_what_is_wrong(modality, ds, status):
    answer, _ = begin(modality, ds)
    assert answer.Status == status
    assert answer.ErrorComment in ("Modality", "PerformedProcedureStepStatus")
    assert begin(modality, a_beginning())[0].Status == 0x0000


@pytest.mark.logs("request-not-done")
def test_a_uid_may_be_taken_unknown_or_none(modality):
    begin(modality, a_beginning())
    assert begin(modality, a_beginning())[0].Status == 0x0111
    assert end(modality, an_end(), "1.2.9").Status == 0x0112


def test_a_step_without_a_uid_gets_one(modality):
    told = []
    modality.bind(evt.EVT_DIMSE_RECV, lambda event: told.append(event.message.command_set))
    assert begin(modality, a_beginning(), None)[0].Status == 0x0000
    uid = told[0].AffectedSOPInstanceUID
    assert uid.startswith("2.25.")
    assert end(modality, an_end(), uid).Status == 0x0000


@pytest.mark.logs("request-not-done")
def test_what_a_step_said_can_be_asked_for(modality):
    begin(modality, a_beginning())
    status, ds = modality.send_n_get(
        [0x00100010, 0x00400252], ModalityPerformedProcedureStepRetrieve, UID
    )
    assert status.Status == 0x0000
    assert ds.PatientName == "Иванов^Пётр^Сергеевич"
    assert ds.PerformedProcedureStepStatus == "IN PROGRESS"
    assert "Modality" not in ds
    _, whole = modality.send_n_get([], ModalityPerformedProcedureStepRetrieve, UID)
    assert whole.Modality == "CT"
    status, _ = modality.send_n_get([], ModalityPerformedProcedureStepRetrieve, "1.2.9")
    assert status.Status == 0x0112


def test_an_old_scanner_that_labels_nothing_is_read_by_its_record(associate, modality, record):
    record(RemoteNode("OLDCT", character_set="ISO_IR 144"))
    begun = a_beginning(SpecificCharacterSet=None, PatientName="Иванов".encode("iso8859_5"))
    begun.PerformedProcedureStepDescription = ""
    assert begin(associate("OLDCT"), begun)[0].Status == 0x0000
    _, ds = modality.send_n_get([0x00100010], ModalityPerformedProcedureStepRetrieve, UID)
    assert ds.PatientName == "Иванов"


@pytest.mark.logs("request-not-done")
def test_who_may_not_store_may_not_say_what_it_performed(associate, record):
    record(RemoteNode("LOOKER", may_store=False))
    assert begin(associate("LOOKER"), a_beginning())[0].Status == 0x0124


def test_a_change_is_read_in_its_own_character_set(modality):
    begin(modality, a_beginning())
    change = Dataset()
    change.PerformedProcedureStepDescription = "Мозг"
    change.SpecificCharacterSet = "ISO_IR 144"
    assert end(modality, change).Status == 0x0000
    _, ds = modality.send_n_get([0x00400254], ModalityPerformedProcedureStepRetrieve, UID)
    assert ds.PerformedProcedureStepDescription == "Мозг"
