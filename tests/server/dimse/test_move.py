"""Objects are sent to another node for whoever asks (PS3.4 C.4.2)."""

import os
import threading
from contextlib import contextmanager

import pytest
from pydicom import dcmread
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEGLSLossless
from pynetdicom import AE, evt

from app.demo.dcmtk import dcmtk
from app.domain.nodes import RemoteNode
from app.server.dimse import scu
from app.server.dimse.information_model import Root
from app.server.dimse.requestor import Question
from tests.server.dimse.asking import associated, dcmtk_run, identifier
from tests.server.dimse.test_get import FIRST_STUDY, counts
from tests.server.dimse.test_scu import a_free_port, running
from tests.server.samples import sop_uid, study_uid

SUCCESS, CANCEL = 0x0000, 0xFE00
SOME_FAILED, ALL_FAILED, UNKNOWN_DESTINATION = 0xB000, 0xA702, 0xA801
MISMATCH, NOT_AUTHORIZED = 0xA900, 0x0124
ASKED = identifier("STUDY", StudyInstanceUID=study_uid(1))


@contextmanager
def a_workstation(answer, *others):
    """Listens as WORKSTATION; `answer` gives the status of each object. Its port."""
    entity = AE(ae_title="WORKSTATION")
    entity.add_supported_context(CTImageStorage, [ExplicitVRLittleEndian, *others])
    server = entity.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, answer)]
    )
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


@pytest.fixture
def move(node, record):
    """Sends one C-MOVE: the final status and its answer, and how it went on."""

    def move(
        asked=ASKED,
        root=Root.STUDY,
        *,
        destination="WORKSTATION",
        calling="SCANNER",
        port=0,
        **recorded,
    ):
        if port:
            record(RemoteNode("WORKSTATION", "127.0.0.1", port, **recorded))
        association = associated(node, root.move, calling)
        statuses = list(association.send_c_move(asked, destination, query_model=root.move))
        association.release()
        return *statuses[-1], [status for status, _ in statuses[:-1]]

    return move


def test_a_study_goes_to_a_known_node_in_whose_name_is_said(two_studies, move):
    came, requests, associations = [], [], []

    def answer(event):
        came.append(event.dataset.SOPInstanceUID)
        requests.append(event.request)
        associations.append((event.assoc.requestor.ae_title, event.assoc.requestor.port))
        return SUCCESS

    with a_workstation(answer) as port:
        status, ds, pending = move(port=port)
    assert (status.Status, ds, counts(status)) == (SUCCESS, None, (3, 0, 0))
    assert [each.NumberOfRemainingSuboperations for each in pending] == [2, 1]
    assert came == FIRST_STUDY
    assert {each.MoveOriginatorApplicationEntityTitle for each in requests} == {"SCANNER"}
    assert {each.MoveOriginatorMessageID for each in requests} == {1}
    ((title, _port),) = set(associations)
    assert title == "KLINIKA"


@pytest.mark.logs("request-not-done")
def test_nobody_unknown_or_without_an_address_is_sent_to(two_studies, move, record):
    record(RemoteNode("WORKSTATION"))
    for destination in ("NOBODY", "WORKSTATION"):
        assert move(destination=destination)[0].Status == UNKNOWN_DESTINATION


@pytest.mark.logs("request-not-done")
def test_who_may_not_retrieve_may_not_let_send(two_studies, move, record):
    record(RemoteNode("LISTS", may_retrieve=False))
    for calling in ("LISTS", "STRANGER"):
        assert move(calling=calling)[0].Status == NOT_AUTHORIZED


@pytest.mark.logs("request-not-done")
def test_what_names_nothing_is_refused_and_nothing_found_is_done(two_studies, move):
    port = a_free_port()
    assert move(identifier("SERIES", SeriesInstanceUID="1.2"), port=port)[0].Status == MISMATCH
    status, _, pending = move(identifier("STUDY", StudyInstanceUID="1.2"), port=port)
    assert (status.Status, counts(status), pending) == (SUCCESS, (0, 0, 0), [])


@pytest.mark.logs("request-not-done")
def test_a_node_that_does_not_answer_fails_all_and_says_why(two_studies, move):
    status, ds, _ = move(port=a_free_port())
    assert (status.Status, counts(status)) == (ALL_FAILED, (0, 3, 0))
    assert status.ErrorComment.startswith("WORKSTATION can't be reached")
    assert list(ds.FailedSOPInstanceUIDList) == FIRST_STUDY


@pytest.mark.logs("request-not-done")
def test_a_node_that_leaves_fails_what_is_left(two_studies, move):
    def answer(event):
        if event.dataset.SOPInstanceUID == FIRST_STUDY[1]:
            event.assoc.abort()
        return SUCCESS

    with a_workstation(answer) as port:
        status, ds, _ = move(port=port)
    assert (status.Status, counts(status)) == (SOME_FAILED, (1, 2, 0))
    assert list(ds.FailedSOPInstanceUIDList) == FIRST_STUDY[1:]


@pytest.mark.logs("request-not-done")
def test_failures_and_warnings_are_counted_and_named(two_studies, move, store):
    store(1, 3, 1, SOPClassUID="1.2.840.10008.5.1.4.1.1.4")
    answers = {FIRST_STUDY[0]: 0xA700, FIRST_STUDY[1]: 0xB007}
    with a_workstation(lambda event: answers.get(event.dataset.SOPInstanceUID, SUCCESS)) as port:
        status, ds, _ = move(port=port)
    assert (status.Status, counts(status)) == (SOME_FAILED, (1, 2, 1))
    assert list(ds.FailedSOPInstanceUIDList) == [FIRST_STUDY[0], sop_uid(1, 3, 1)]


def test_a_cancelled_move_says_what_remains(two_studies, peer, record, monkeypatch):
    is_cancelled, came = threading.Event(), []
    send_cancel = Question.cancel

    def cancel(question):
        send_cancel(question)
        is_cancelled.set()

    def answer(_event):
        came.append(len(came))
        if len(came) > 1:
            is_cancelled.wait(30)
        return SUCCESS

    monkeypatch.setattr(Question, "cancel", cancel)
    with a_workstation(answer) as port:
        record(RemoteNode("WORKSTATION", "127.0.0.1", port))
        *_, last = scu.move(peer, "SCANNER", ASKED, "WORKSTATION", is_stopped=lambda: bool(came))
    assert last.status == CANCEL
    assert last.completed == len(came) < 3
    assert last.completed + last.remaining == 3


@pytest.mark.skipif(
    not os.environ.get("CI") and dcmtk("movescu") is None, reason="DCMTK is not installed"
)
def test_movescu_lets_a_study_be_sent_to_storescp(node, store, record, tmp_path):
    for number in (1, 2):
        store(1, 1, number, syntax=JPEGLSLossless)
    port = a_free_port()
    record(RemoteNode("STORESCP", "127.0.0.1", port))
    for accepted, kept in (("+xa", JPEGLSLossless), ("+xe", ExplicitVRLittleEndian)):
        folder = tmp_path / accepted
        folder.mkdir()
        with running("storescp", accepted, "-od", str(folder), str(port), port=port):
            done = dcmtk_run(
                "movescu",
                node,
                "-P",
                "-aet",
                "MOVESCU",
                "-aem",
                "STORESCP",
                "-k",
                "QueryRetrieveLevel=PATIENT",
                "-k",
                "PatientID=P-17",
            )
        assert done.returncode == 0, done.stderr
        files = [dcmread(file) for file in sorted(folder.iterdir())]
        assert [file.file_meta.TransferSyntaxUID for file in files] == [kept, kept]


def test_a_node_is_sent_to_in_the_syntax_of_its_record(store, move):
    store(1, 1, 1)
    syntaxes = []

    def answer(event):
        syntaxes.append(event.context.transfer_syntax)
        return SUCCESS

    with a_workstation(answer, JPEGLSLossless) as port:
        assert move(port=port, preferred_transfer_syntax=JPEGLSLossless)[0].Status == SUCCESS
        assert move(port=port)[0].Status == SUCCESS
    assert syntaxes == [JPEGLSLossless, ExplicitVRLittleEndian]
