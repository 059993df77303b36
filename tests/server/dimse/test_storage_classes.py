"""Objects of old machines and of manufacturers' own classes come and go like all others."""

from dataclasses import replace

import pytest

from app.dicom import part10
from app.dicom.header import read_object
from app.server.dimse import scu
from app.server.dimse.negotiation import supported
from app.server.dimse.proposals import Proposal
from app.server.dimse.requestor import NotOfferedError, Objects
from app.server.dimse.scu import Root
from app.server.dimse.sending import Outgoing, send
from app.server.dimse.status import Status
from app.server.store.spool import Spool
from tests.server.dimse.asking import identifier
from tests.server.samples import an_object, sop_uid, study_uid

OLD_ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6"
OF_A_MANUFACTURER = "1.3.12.2.1107.5.9.1"
VERIFICATION = "1.2.840.10008.1.1"


@pytest.fixture
def parts(parts):
    return replace(parts, private_storage_classes=(OF_A_MANUFACTURER, VERIFICATION))


@pytest.fixture
def an_outgoing(tmp_path):
    def an_outgoing(sop_class: str) -> Outgoing:
        (tmp_path / "1.dcm").write_bytes(an_object(SOPClassUID=sop_class))
        return Outgoing.of(tmp_path / "1.dcm")

    return an_outgoing


@pytest.mark.parametrize("sop_class", [OLD_ULTRASOUND, OF_A_MANUFACTURER])
def test_such_an_object_comes_and_goes(peer, an_outgoing, tmp_path, record, sop_class):
    (sent,) = send(peer, "SCANNER", [an_outgoing(sop_class)])
    assert sent.status == Status.SUCCESS
    fetched = []

    def take(content) -> int:
        fetched.append(read_object(content))
        return Status.SUCCESS

    storage = [Proposal(sop_class, (part10.EXPLICIT,), takes_requests=True)]
    asked = identifier("STUDY", StudyInstanceUID=study_uid(1))
    objects = Objects(Spool(tmp_path / "fetched"), 1 << 20, take)
    list(scu.get(peer, "SCANNER", asked, storage, objects, Root.STUDY))
    assert [(each.sop_class_uid, each.sop_instance_uid) for each in fetched] == [
        (sop_class, sop_uid(1, 1, 1))
    ]


def test_a_class_that_no_setting_names_is_not_offered(peer, an_outgoing):
    with pytest.raises(NotOfferedError):
        list(send(peer, "SCANNER", [an_outgoing("1.3.12.2.1107.5.9.2")]))


def test_a_service_stays_what_it_is_whatever_the_setting_names():
    uids = [str(context.abstract_syntax) for context in supported((VERIFICATION,))]
    assert len(uids) == len(set(uids)) == len(supported())
