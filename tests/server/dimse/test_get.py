"""Objects are fetched on the association that asks for them (PS3.4 C.4.3)."""

import os

import pytest
from pydicom import dcmread
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
)
from pynetdicom import AE, build_role, evt

from app.demo.dcmtk import dcmtk
from app.dicom.header import read_object
from app.dicom.keys import text_of
from app.dicom.sameness import say_the_same
from app.dicom.transcode import transcode
from app.domain.errors import UnavailableError
from app.domain.nodes import RemoteNode
from app.server.core import retrieve as core
from app.server.dimse import scu
from app.server.dimse.identifier import decode, encode
from app.server.dimse.information_model import Root
from app.server.dimse.proposals import Proposal
from app.server.dimse.requestor import Objects
from app.server.dimse.sub_operations import SubOperations
from app.server.store.spool import Spool
from tests.server.dimse import raw
from tests.server.dimse.asking import dcmtk_run, extended, identifier
from tests.server.samples import series_uid, sop_uid, study_uid

SUCCESS, CANCEL = 0x0000, 0xFE00
SOME_FAILED, ALL_FAILED, NOT_COUNTED = 0xB000, 0xA702, 0xA701
MISMATCH, CANNOT_UNDERSTAND, NOT_AUTHORIZED = 0xA900, 0xC000, 0x0124
RELATIONAL = b"\1"
GET = 5
"""The id of the presentation context that is proposed last."""


@pytest.fixture
def fetch(node):
    """Sends one C-GET: the final status and its answer, and the objects as they came."""

    def fetch(
        asked,
        root=Root.STUDY,
        *,
        calling="SCANNER",
        features=b"",
        syntaxes=(ExplicitVRLittleEndian,),
        is_scp=True,
        answer=lambda _event: SUCCESS,
    ):
        taken = []

        def take(event):
            taken.append(event.dataset)
            taken[-1].file_meta = event.file_meta
            return answer(event)

        entity = AE(ae_title=calling)
        entity.add_requested_context(root.get)
        entity.add_requested_context(CTImageStorage, list(syntaxes))
        items = [build_role(CTImageStorage, scp_role=True)] if is_scp else []
        items += extended(root.get, features) if features else []
        association = entity.associate(
            "127.0.0.1",
            node.port,
            ae_title="KLINIKA",
            ext_neg=items,
            evt_handlers=[(evt.EVT_C_STORE, take)],
        )
        assert association.is_established
        statuses = list(association.send_c_get(asked, query_model=root.get))
        association.release()
        return *statuses[-1], taken, [status for status, _ in statuses[:-1]]

    return fetch


def counts(status) -> tuple[int, int, int]:
    return (
        status.NumberOfCompletedSuboperations,
        status.NumberOfFailedSuboperations,
        status.NumberOfWarningSuboperations,
    )


def uids(objects) -> list[str]:
    return [each.SOPInstanceUID for each in objects]


FIRST_STUDY = [sop_uid(1, 1, 1), sop_uid(1, 1, 2), sop_uid(1, 2, 1)]


def test_every_level_of_both_roots_is_fetched_in_the_order_of_its_numbers(two_studies, fetch):
    patient = {"PatientID": "P-17"}
    study = {"StudyInstanceUID": study_uid(1)}
    series = study | {"SeriesInstanceUID": series_uid(1, 1)}
    image = series | {"SOPInstanceUID": [sop_uid(1, 1, 2), sop_uid(1, 1, 1)]}
    both = {"StudyInstanceUID": [study_uid(1), study_uid(2)]}
    for root, level, keys, found in (
        (Root.PATIENT, "PATIENT", patient, FIRST_STUDY),
        (Root.PATIENT, "STUDY", patient | study, FIRST_STUDY),
        (Root.PATIENT, "STUDY", {"PatientID": "P-2"} | study, []),
        (Root.STUDY, "STUDY", study, FIRST_STUDY),
        (Root.STUDY, "STUDY", {"PatientID": "P-2"} | study, FIRST_STUDY),
        (Root.STUDY, "STUDY", both, [sop_uid(2, 1, 1), *FIRST_STUDY]),
        (Root.STUDY, "SERIES", series, FIRST_STUDY[:2]),
        (Root.STUDY, "IMAGE", image, FIRST_STUDY[:2]),
    ):
        status, ds, taken, pending = fetch(identifier(level, **keys), root)
        assert (status.Status, ds) == (SUCCESS, None)
        assert uids(taken) == found
        assert counts(status) == (len(found), 0, 0)
        remaining = [each.NumberOfRemainingSuboperations for each in pending]
        assert remaining == list(range(len(found) - 1, 0, -1))


@pytest.mark.logs("request-not-done")
def test_levels_above_may_be_left_out_where_that_is_agreed(two_studies, fetch):
    asked = identifier("SERIES", SeriesInstanceUID=series_uid(1, 2))
    assert fetch(asked)[0].Status == MISMATCH
    assert uids(fetch(asked, features=RELATIONAL)[2]) == [sop_uid(1, 2, 1)]


@pytest.mark.logs("request-not-done")
def test_what_names_nothing_is_refused(two_studies, fetch):
    for root, asked in (
        (Root.STUDY, identifier("STUDY")),
        (Root.STUDY, identifier("PATIENT", PatientID="P-17")),
        (Root.PATIENT, identifier("PATIENT")),
        (Root.PATIENT, identifier("PATIENT", PatientID=["P-17", "P-2"])),
    ):
        status, _ds, taken, _ = fetch(asked, root)
        assert (status.Status, taken) == (MISMATCH, [])
    many = identifier("STUDY", StudyInstanceUID=["1.2"] * 4)
    assert fetch(many)[0].Status == SUCCESS


@pytest.mark.logs("request-not-done")
def test_who_may_not_retrieve_gets_nothing(two_studies, fetch, record):
    record(RemoteNode("LISTS", may_retrieve=False))
    for calling in ("LISTS", "STRANGER"):
        status, _ds, taken, _ = fetch(
            identifier("STUDY", StudyInstanceUID=study_uid(1)), calling=calling
        )
        assert (status.Status, taken) == (NOT_AUTHORIZED, [])


@pytest.mark.logs("request-not-done")
def test_a_database_that_is_away_is_told(two_studies, fetch, monkeypatch):
    def fail(*_):
        raise UnavailableError

    monkeypatch.setattr(core, "objects_of", fail)
    asked = identifier("STUDY", StudyInstanceUID=study_uid(1))
    assert fetch(asked)[0].Status == NOT_COUNTED


@pytest.mark.logs("request-not-done")
def test_what_is_no_data_set_is_not_understood(two_studies, fetch, monkeypatch):
    broken = b"\x08\x00\x52\x00\xff\xff\0\0"
    monkeypatch.setattr("pynetdicom.association.encode", lambda *_: broken)
    assert fetch(identifier("STUDY"))[0].Status == CANNOT_UNDERSTAND


@pytest.mark.parametrize(
    ("kept", "accepted", "sent"),
    [
        (JPEGLSLossless, [JPEGLSLossless], JPEGLSLossless),
        (JPEGLSLossless, [ImplicitVRLittleEndian], ImplicitVRLittleEndian),
        (ExplicitVRLittleEndian, [JPEGLSLossless], JPEGLSLossless),
        (JPEGLSLossless, [RLELossless], RLELossless),
    ],
)
def test_objects_come_in_the_accepted_syntax(store, fetch, tmp_path, kept, accepted, sent):
    data = store(value=5, syntax=kept)
    asked = identifier("STUDY", StudyInstanceUID=study_uid(1))
    _, _, (taken,), _ = fetch(asked, syntaxes=accepted)
    assert taken.file_meta.TransferSyntaxUID == sent
    came, plain = tmp_path / "came.dcm", tmp_path / "plain.dcm"
    taken.save_as(came, enforce_file_format=True)
    came.write_bytes(transcode(came, ExplicitVRLittleEndian))
    plain.write_bytes(transcode(data, ExplicitVRLittleEndian))
    assert say_the_same(came, plain)


@pytest.mark.logs("request-not-done")
def test_failures_and_warnings_are_counted_and_named(two_studies, fetch):
    answers = {sop_uid(1, 1, 1): 0xA700, sop_uid(1, 1, 2): 0xB007}

    def answer(event):
        return answers.get(event.request.AffectedSOPInstanceUID, SUCCESS)

    asked = identifier("STUDY", StudyInstanceUID=study_uid(1))
    status, ds, _, _ = fetch(asked, answer=answer)
    assert (status.Status, counts(status)) == (SOME_FAILED, (1, 1, 1))
    assert ds.FailedSOPInstanceUIDList == sop_uid(1, 1, 1)
    status, ds, _, _ = fetch(asked, answer=lambda _event: 0xA700)
    assert (status.Status, counts(status)) == (ALL_FAILED, (0, 3, 0))
    assert list(ds.FailedSOPInstanceUIDList) == FIRST_STUDY


@pytest.mark.logs("request-not-done")
def test_a_peer_that_takes_no_objects_or_not_their_class_gets_none(two_studies, fetch, store):
    asked = identifier("STUDY", StudyInstanceUID=study_uid(1))
    status, ds, taken, _ = fetch(asked, is_scp=False)
    assert (status.Status, taken) == (ALL_FAILED, [])
    assert status.ErrorComment == "no transfer syntax was accepted"
    store(1, 3, 1, SOPClassUID="1.2.840.10008.5.1.4.1.1.4")
    status, ds, taken, _ = fetch(asked)
    assert (status.Status, counts(status)) == (SOME_FAILED, (3, 1, 0))
    assert ds.FailedSOPInstanceUIDList == sop_uid(1, 3, 1)


@pytest.mark.logs("request-not-done")
def test_a_lost_file_does_not_keep_the_others(two_studies, fetch, database, objects, doctor):
    (lost,) = core.objects_of(database, doctor, core.Scope(sop_instance_uids=(FIRST_STUDY[1],)))
    objects.plain_file(lost.key).unlink()
    status, ds, taken, _ = fetch(identifier("STUDY", StudyInstanceUID=study_uid(1)))
    assert (status.Status, counts(status)) == (SOME_FAILED, (2, 1, 0))
    assert ds.FailedSOPInstanceUIDList == FIRST_STUDY[1]
    assert uids(taken) == [FIRST_STUDY[0], FIRST_STUDY[2]]


@pytest.mark.parametrize(
    ("accepted", "came_in"),
    [
        ((ExplicitVRLittleEndian, JPEGLSLossless), JPEGLSLossless),
        ((ExplicitVRLittleEndian,), ExplicitVRLittleEndian),
    ],
)
def test_an_object_comes_in_the_syntax_that_its_receiver_prefers(
    two_studies, peer, record, tmp_path, accepted, came_in
):
    record(RemoteNode("READER", preferred_transfer_syntax=str(JPEGLSLossless)))
    came = []

    def take(content) -> int:
        came.append(read_object(content).transfer_syntax_uid)
        return SUCCESS

    storage = [
        Proposal(str(CTImageStorage), (str(syntax),), takes_requests=True) for syntax in accepted
    ]
    asked = identifier("STUDY", StudyInstanceUID=study_uid(1))
    list(scu.get(peer, "READER", asked, storage, Objects(Spool(tmp_path / "in"), 1 << 20, take)))
    assert came == [came_in] * 3


def test_a_cancelled_retrieval_says_what_remains(two_studies, peer, tmp_path):
    came = []

    def take(content) -> int:
        came.append(content)
        return SUCCESS

    objects = Objects(Spool(tmp_path / "came"), 1 << 20, take)
    storage = [Proposal(str(CTImageStorage), (ExplicitVRLittleEndian,), takes_requests=True)]
    asked = identifier("STUDY", StudyInstanceUID=study_uid(1))
    progress = scu.get(peer, "SCANNER", asked, storage, objects, is_stopped=lambda: bool(came))
    *_, last = progress
    assert last.status == CANCEL
    assert last.completed == len(came)
    assert last.completed + last.remaining == 3
    assert last.remaining


def test_a_peer_that_leaves_instead_of_taking_an_object_is_let_go(two_studies, connect):
    connection = connect()
    roles = [build_role(CTImageStorage, scp_role=True)]
    raw.associate(connection, items=roles, others=[Root.STUDY.get])
    asked = encode(identifier("STUDY", StudyInstanceUID=study_uid(1)), ExplicitVRLittleEndian, "")
    request = raw.command(0x0010, data_set=True, sop_class=Root.STUDY.get)
    values = raw.value(GET, request, command=True) + raw.value(GET, asked)
    connection.sendall(raw.pdu(4, values))
    assert raw.answer(connection)[0] == 4
    connection.sendall(raw.pdu(5, bytes(4)))
    while (answer := raw.answer(connection)[0]) == 4:
        pass
    assert answer == 6


def test_counts_stay_within_an_unsigned_short():
    operations = SubOperations(100_000)
    assert operations.pending().elements[0x1020] == 0xFFFF
    for number in range(70_000):
        operations.add(f"1.2.{number}", 0xA700)
    assert operations.final(ExplicitVRLittleEndian).elements[0x1022] == 0xFFFF


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("count", [1, 5_000, 5_001])
def test_every_failed_uid_is_named_in_both_encodings(syntax, count):
    uids = [f"1.2.826.0.1.3680043.10.1338.{number}" for number in range(count)]
    operations = SubOperations(count)
    for uid in uids:
        operations.add(uid, 0xA700)
    element = decode(operations.final(syntax).data, syntax)["FailedSOPInstanceUIDList"]
    is_unknown = element.VR == "UN"  # pydicom leaves a value that is too long for UI so
    assert is_unknown == (count > 1 and syntax == ExplicitVRLittleEndian)
    told = element.value.decode().rstrip("\0") if is_unknown else text_of(element)
    assert told == "\\".join(uids)


@pytest.mark.skipif(
    not os.environ.get("CI") and dcmtk("getscu") is None, reason="DCMTK is not installed"
)
def test_getscu_gets_a_study(node, store, tmp_path):
    folder = tmp_path / "came"
    folder.mkdir()
    sent = {sop_uid(1, 1, number): store(1, 1, number, side=300) for number in (1, 2, 3)}
    done = dcmtk_run(
        "getscu",
        node,
        "-S",
        "-aet",
        "GETSCU",
        "-od",
        str(folder),
        "-k",
        "QueryRetrieveLevel=STUDY",
        "-k",
        f"StudyInstanceUID={study_uid(1)}",
    )
    assert done.returncode == 0, done.stderr
    came = {dcmread(file).SOPInstanceUID: file for file in folder.iterdir()}
    assert came.keys() == sent.keys()
    original = tmp_path / "original.dcm"
    for uid, file in came.items():
        original.write_bytes(sent[uid])
        assert say_the_same(file, original)
