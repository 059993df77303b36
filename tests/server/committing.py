"""A modality that asks for storage commitment (PS3.4 J)."""

import threading

from pydicom import Dataset
from pynetdicom import AE, evt
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.sop_class import StorageCommitmentPushModel

from tests.server.samples import sop_uid

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
INSTANCE = "1.2.840.10008.1.20.1.1"
PATIENCE_S = 30


class Modality:
    """Asks for commitment and remembers what it is told; `answer` is its answer to a report."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._told = threading.Event()
        self._is_answering = False
        self.events: list[tuple[int, Dataset]] = []
        self.answer = 0x0000
        self._server = None
        self._association = None

    def open(self, calling: str = "SCANNER"):
        entity = AE(ae_title=calling)
        entity.add_requested_context(StorageCommitmentPushModel)
        self._association = entity.associate(
            "127.0.0.1", self._port, ae_title="KLINIKA", evt_handlers=self._handlers()
        )
        assert self._association.is_established
        return self._association

    def listen(self) -> int:
        entity = AE(ae_title="SCANNER")
        entity.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
        self._server = entity.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=self._handlers()
        )
        return self._server.server_address[1]

    def ask(self, *numbers: int, study: int = 1, transaction_uid: str = "1.2.3", **how) -> int:
        ds = Dataset()
        ds.TransactionUID = transaction_uid
        ds.ReferencedSOPSequence = [_reference(study, number) for number in numbers]
        action, instance = how.get("action", 1), how.get("instance", INSTANCE)
        status, _ = self._association.send_n_action(
            ds, action, StorageCommitmentPushModel, instance
        )
        return status.Status

    def release(self) -> None:
        self._association.release()

    def wait(self) -> tuple[int, Dataset]:
        assert self._told.wait(PATIENCE_S)
        self._told.clear()
        return self.events[-1]

    def close(self) -> None:
        if self._association and self._association.is_established:
            self._association.release()
        if self._server:
            self._server.shutdown()

    def _handlers(self):
        return [(evt.EVT_N_EVENT_REPORT, self._take), (evt.EVT_PDU_SENT, self._sent)]

    def _take(self, event):
        self.events.append((event.event_type, event.event_information))
        self._is_answering = True
        return self.answer, None

    def _sent(self, event):
        """Its answer is gone: before, pynetdicom can't release the association."""
        if self._is_answering and isinstance(event.pdu, P_DATA_TF):
            self._is_answering = False
            self._told.set()


def _reference(study: int, number: int) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = CT_IMAGE
    item.ReferencedSOPInstanceUID = sop_uid(study, 1, number)
    return item
