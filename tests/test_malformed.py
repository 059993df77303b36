"""Hostile files against a whole server: uploads and C-STORE. It lives on and keeps nothing half."""

import io
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, build_context
from pynetdicom.dimse_primitives import C_STORE

from app.client.server import Server
from app.dicom import elements, part10
from app.dicom.header import read_object
from app.domain.access import Role
from app.domain.ingest import RefusalReason, RefusedObjectError
from app.domain.study import WorklistQuery
from tests.clinic import Clinic, a_clinic
from tests.conftest import PATIENCE_S
from tests.dicom.objects import a_ct, encoded

LIMIT_S = 5
LIMIT_KIB = 1024 * 1024
AE_TITLE = "KLINIKA"
CT = "1.2.840.10008.5.1.4.1.1.2"
NO_RESPONSE = -1
CONFLICT = 0x0111
pytestmark = pytest.mark.no_cover  # it runs what others do, many times


@pytest.fixture(scope="module")
def clinic(tmp_path_factory) -> Iterator[Clinic]:
    """A server that every hostile file is thrown at."""
    with a_clinic(tmp_path_factory.mktemp("hostile") / "archive") as clinic:
        yield clinic


@pytest.fixture(scope="module")
def operator(clinic) -> Server:
    return clinic.signed_in(Role.OPERATOR)


@pytest.fixture(scope="module")
def malformed(shared_dicom: Path) -> list[Path]:
    """Every hostile file; bombs last, for what comes after one with its UID is compared with it."""
    files = sorted((shared_dicom / "malformed").iterdir(), key=lambda f: ("bomb" in f.name, f.name))
    assert len(files) > 90
    return files


def kept_files(clinic: Clinic) -> set[Path]:
    """Objects the archive holds, in their places and on the way there."""
    folders = ("objects", "staging", "spool")
    return {
        path
        for folder in folders
        for path in (clinic.data_dir / folder).rglob("*")
        if path.is_file()
    }


def peak_kib(clinic: Clinic) -> int:
    """The most memory the server ever had; 0 where the system doesn't tell."""
    status = Path(f"/proc/{clinic.embedded.pid}/status")
    if not status.exists():
        return 0
    line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
    return int(line.split()[1])


def spent_s(clinic: Clinic) -> float:
    """Seconds of the processor that the server took; 0 where the system doesn't tell."""
    stat = Path(f"/proc/{clinic.embedded.pid}/stat")
    if not stat.exists():
        return 0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def assert_unharmed(clinic: Clinic, operator: Server) -> None:
    """The server is the same process, still stores, and wrote nothing beside its folder."""
    assert clinic.embedded.alive()
    ct = a_ct()
    assert operator.store_object(encoded(ct)).sop_instance_uid == ct.SOPInstanceUID
    query = WorklistQuery(study_uid=ct.StudyInstanceUID)
    assert operator.worklist(query).rows[0].patient_name == "Иванов^Иван"
    assert [path.name for path in clinic.data_dir.parent.iterdir()] == [clinic.data_dir.name]
    assert peak_kib(clinic) < LIMIT_KIB


def expected_refusal(file: Path) -> RefusalReason | None:
    try:
        read_object(file)
    except RefusedObjectError as error:
        return error.reason
    return None


@pytest.mark.logs("object-conflict")
def test_every_upload_is_stored_whole_or_refused_by_name(clinic, operator, malformed):
    for file in malformed:
        before, start = kept_files(clinic), spent_s(clinic)
        try:
            stored = operator.store_object(file)
            reason = None
        except RefusedObjectError as error:
            reason = error.reason
        assert spent_s(clinic) - start < LIMIT_S, file.name
        assert reason == expected_refusal(file), file.name
        new = kept_files(clinic) - before
        if reason is not None:
            assert not new, file.name
        for path in new:
            assert read_object(path).sop_instance_uid == stored.sop_instance_uid
            assert path.read_bytes()[:132] == bytes(128) + b"DICM"
    assert_unharmed(clinic, operator)


def test_hostile_text_is_listed_as_the_text_it_is(operator):
    name, patient_id = "<img src=x onerror=alert(1)>^<b>", "1'; DROP TABLE patients;--"
    ct = a_ct()
    ct.PatientName, ct.PatientID = name, patient_id
    operator.store_object(encoded(ct))
    (row,) = operator.worklist(WorklistQuery(study_uid=ct.StudyInstanceUID)).rows
    assert (row.patient_name, row.patient_id) == (name, patient_id)


@pytest.mark.logs("object-conflict")
def test_the_same_uid_with_other_pixels_keeps_the_first(operator, malformed):
    files = {file.name: file for file in malformed}
    first = operator.store_object(files["syn_dupsop_0.dcm"])
    kept = operator.object_bytes(first.sop_instance_uid)
    operator.store_object(files["syn_dupsop_1.dcm"])
    assert operator.object_bytes(first.sop_instance_uid) == kept


def sent(clinic: Clinic, data: bytes) -> int:
    """The status of a raw C-STORE of the data set in `data`; NO_RESPONSE when none came."""
    data_set, syntax, uids = taken_apart(data)
    scu = AE("HOSTILE")
    scu.dimse_timeout = scu.network_timeout = PATIENCE_S
    context = build_context(uids[0], syntax)
    port = clinic.embedded.dicom_port
    association = scu.associate("127.0.0.1", port, [context], ae_title=AE_TITLE)
    if not association.is_established:
        return NO_RESPONSE
    try:
        request = C_STORE()
        request.MessageID = 1
        request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = uids
        request.Priority = 2
        request.DataSet = io.BytesIO(data_set)
        association._reactor_checkpoint.clear()  # the answer is ours, as in send_c_store
        association.dimse.send_msg(request, association.accepted_contexts[0].context_id)
        _, answer = association.dimse.get_msg(block=True)
        return NO_RESPONSE if answer is None else answer.Status
    finally:
        association._reactor_checkpoint.set()
        association.release()


_numbers = itertools.count(1)


def taken_apart(data: bytes) -> tuple[bytes, str, tuple[str, str]]:
    """(data set, transfer syntax, (SOP class, SOP instance)) as a scanner would announce them."""
    uids = (CT, f"1.2.840.99999.{next(_numbers)}")
    try:
        parsed = read_object(data)
    except RefusedObjectError:
        pass
    else:
        syntax = declared_syntax(data) or parsed.transfer_syntax_uid
        start = parsed.data_start
        return data[start:], syntax, (parsed.sop_class_uid, parsed.sop_instance_uid)
    start = 132 if data[128:132] == b"DICM" else 0
    while data[start : start + 2] == b"\2\0" and start + 12 <= len(data):
        _, _, value, length = elements.read_header(data, start, len(data), elements.EXPLICIT_LE)
        start = value + length
    return data[start:] or b"\0\0", declared_syntax(data) or ExplicitVRLittleEndian, uids


def declared_syntax(data: bytes) -> str:
    at = data.find(b"\2\0\x10\0UI", 0, 1000)
    if at < 0:
        return ""
    uid = data[at + 8 : at + 8 + data[at + 6]].decode("latin_1").strip(" \0")
    return uid if uid in part10.known_transfer_syntaxes() else ""


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")  # the sender's own scruples
@pytest.mark.logs("object-conflict", "request-not-done")
def test_every_c_store_is_answered_with_a_status(clinic, operator, malformed):
    carried = 0
    for file in malformed:
        data = file.read_bytes()
        before, start = kept_files(clinic), spent_s(clinic)
        status = sent(clinic, data)
        assert spent_s(clinic) - start < LIMIT_S, file.name
        carried += status != NO_RESPONSE
        if status not in (NO_RESPONSE, 0):
            assert status in (CONFLICT, 0xA900, 0xC000), f"{file.name}: {status:04x}"
            new = kept_files(clinic) - before
            assert not new or status == CONFLICT, file.name  # put aside, for someone to decide
            for path in new:
                assert read_object(path).sop_instance_uid == read_object(data).sop_instance_uid
    assert carried > 80
    assert_unharmed(clinic, operator)


@pytest.mark.logs("request-not-done")
def test_an_association_survives_what_it_carries(clinic, malformed):
    """One association, a bad object between two good ones."""
    scu = AE("HOSTILE")
    scu.add_requested_context(CT, ExplicitVRLittleEndian)
    port = clinic.embedded.dicom_port
    association = scu.associate("127.0.0.1", port, ae_title=AE_TITLE)
    assert association.is_established
    bad = a_ct()
    bad.StudyInstanceUID = ""
    statuses = []
    for ct in (a_ct(), bad, a_ct()):
        whole = pydicom.dcmread(io.BytesIO(encoded(ct)))
        statuses.append(association.send_c_store(whole).Status)
    association.release()
    assert statuses[0] == statuses[2] == 0
    assert statuses[1] in (0xA900, 0xC000)
