"""From the worklist of a RIS to a scanner that asks a running server of ours."""

import time
from datetime import datetime, timedelta

from app.domain.access import Role
from app.domain.nodes import RemoteNode
from app.domain.orders import OrderQuery
from app.server.dimse import foreign_orders
from app.server.dimse.requestor import Peer
from tests.conftest import PATIENCE_S
from tests.server.foreign_archive import needs_dcmtk
from tests.server.ris import a_ris, ris_study_uid


@needs_dcmtk
def test_what_a_ris_plans_comes_to_the_scanner_that_asks_us(clinic, tmp_path):
    admin, tomorrow = clinic.signed_in(Role.ADMIN), datetime.now() + timedelta(days=1)  # noqa: DTZ005 - the clinic's time
    with a_ris(tmp_path) as ris:
        ris.schedule(1, tomorrow)
        admin.save_node(RemoteNode("RIS", ris.peer.host, ris.peer.port, has_worklist=True))
        deadline = time.monotonic() + PATIENCE_S
        while not admin.orders(OrderQuery()).orders:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    admin.save_node(RemoteNode("SCANNER"))
    here = Peer("127.0.0.1", clinic.embedded.dicom_port, "KLINIKA")
    days = tomorrow.date(), tomorrow.date()
    (told,) = foreign_orders.ask(here, "SCANNER", days, lambda: False).orders
    assert (told.study_uid, told.step_id) == (ris_study_uid(1), "SPS-1")
    assert told.content.patient.name == "Иванов^Пётр^Сергеевич"
    assert told.content.procedure.accession_number == "RIS-1"
