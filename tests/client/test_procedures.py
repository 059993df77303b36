"""From the order to its images and back: a registration desk, a scanner and a running server."""

from io import BytesIO

import pytest
from pydicom import Dataset, dcmread
from pynetdicom import AE
from pynetdicom.sop_class import (
    CTImageStorage,
    ModalityPerformedProcedureStep,
    ModalityWorklistInformationFind,
)

from app.domain.access import Role
from app.domain.nodes import RemoteNode
from app.domain.orders import OrderStatus
from tests.server.committing import Modality
from tests.server.ordered import an_order
from tests.server.performing import a_beginning, an_end
from tests.server.samples import an_object

STUDY = 140
"""Of this file alone: the clinic is shared."""


@pytest.fixture
def scanner(clinic):
    scanner = Modality(clinic.embedded.dicom_port)
    node = RemoteNode("SCANNER", host="127.0.0.1", port=scanner.listen())
    clinic.signed_in(Role.ADMIN).save_node(node)
    yield scanner
    scanner.close()


def test_an_order_is_performed_stored_and_committed(clinic, scanner):
    desk = clinic.signed_in(Role.OPERATOR)
    order = desk.create_order(an_order())
    association = _associate(clinic)
    (answer,) = _worklist(association)
    assert answer.StudyInstanceUID == order.study_uid
    association.send_n_create(a_beginning(order), ModalityPerformedProcedureStep, "1.2.3.1")
    assert desk.order(order.order_id).order.status is OrderStatus.STARTED
    for number in (1, 2):
        image = an_object(STUDY, 1, number, StudyInstanceUID=order.study_uid)
        assert association.send_c_store(dcmread(BytesIO(image))).Status == 0x0000
    association.send_n_set(an_end(), ModalityPerformedProcedureStep, "1.2.3.1")
    association.release()
    details = desk.order(order.order_id)
    assert details.order.status is OrderStatus.COMPLETED
    assert [step.study_uids for step in details.performed] == [(order.study_uid,)]
    scanner.open()
    assert scanner.ask(1, 2, study=STUDY) == 0x0000
    scanner.release()
    event_type, told = scanner.wait()
    assert (event_type, len(told.ReferencedSOPSequence)) == (1, 2)


def _associate(clinic):
    entity = AE(ae_title="SCANNER")
    for each in (ModalityWorklistInformationFind, ModalityPerformedProcedureStep, CTImageStorage):
        entity.add_requested_context(each)
    association = entity.associate("127.0.0.1", clinic.embedded.dicom_port, ae_title="KLINIKA")
    assert association.is_established
    return association


def _worklist(association) -> list[Dataset]:
    asked = Dataset()
    asked.SpecificCharacterSet = "ISO_IR 144"
    asked.PatientName = "иванов*"
    asked.StudyInstanceUID = ""
    responses = association.send_c_find(asked, query_model=ModalityWorklistInformationFind)
    return [ds for _status, ds in responses if ds is not None]
