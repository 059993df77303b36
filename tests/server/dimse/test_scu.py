"""What we ask other nodes for, with DCMTK's programs as the other nodes."""

import itertools
import queue
import threading

import pydicom
import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLSLossless
from pynetdicom import AE, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind

from app.dicom import part10
from app.dicom.header import read_object
from app.dicom.sameness import say_the_same
from app.dicom.transcode import transcode
from app.domain.errors import UnavailableError
from app.server.dimse import scu
from app.server.dimse.proposals import Proposal
from app.server.dimse.requestor import Objects, Peer
from app.server.dimse.sending import NO_RESPONSE, Outgoing, send
from app.server.dimse.status import Status
from app.server.store.spool import Spool
from tests.conftest import PATIENCE_S
from tests.server.foreign_archive import a_free_port, an_archive, needs_dcmtk, running
from tests.server.samples import an_object, sop_uid, study_uid

FIND = StudyRootQueryRetrieveInformationModelFind
CT = "1.2.840.10008.5.1.4.1.1.2"

pytestmark = needs_dcmtk


@pytest.fixture
def archive(tmp_path):
    """An archive of DCMTK, which may send to RECEIVER."""
    receiver = a_free_port()
    with an_archive(tmp_path, RECEIVER=receiver) as peer:
        yield peer, receiver


@pytest.fixture
def filled(archive, tmp_path):
    """The archive with two studies of three images."""
    outgoing = []
    for study in (1, 2):
        for number in (1, 2, 3):
            file = tmp_path / f"{study}-{number}.dcm"
            file.write_bytes(an_object(study=study, number=number))
            outgoing.append(Outgoing.of(file))
    assert [sent.status for sent in send(archive[0], "KLINIKA", outgoing)] == [0] * 6
    return archive


def keys(level: str, **elements) -> Dataset:
    ds = Dataset()
    ds.QueryRetrieveLevel = level
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def test_an_echo_is_answered(archive):
    assert scu.echo(archive[0], "KLINIKA") == Status.SUCCESS


def test_nobody_there_is_said_with_the_reason():
    peer = Peer("127.0.0.1", a_free_port(), "NOBODY")
    with pytest.raises(UnavailableError, match=r"NOBODY can't be reached: .+"):
        scu.echo(peer, "KLINIKA")


def test_a_rejection_is_said_with_the_reason(archive):
    other = Peer("127.0.0.1", archive[0].port, "OTHER")
    with pytest.raises(UnavailableError, match="OTHER rejects"):
        scu.echo(other, "KLINIKA")


def test_studies_are_found_with_names_as_they_are_written(filled):
    wanted = keys("STUDY", PatientName="Иванов*", StudyInstanceUID="", StudyDate="")
    found = list(scu.find(filled[0], "KLINIKA", wanted))
    assert sorted(each.StudyInstanceUID for each in found) == [study_uid(1), study_uid(2)]
    assert str(found[0].PatientName) == "Иванов^Пётр"


def test_a_search_is_cancelled_in_good_order(filled):
    wanted = keys("STUDY", StudyInstanceUID="")
    assert len(list(scu.find(filled[0], "KLINIKA", wanted, is_stopped=lambda: True))) <= 2


class SilentArchive:
    """Answers no query; only a C-CANCEL, if it heeds that."""

    def __init__(self, *, heeds_cancel: bool) -> None:
        self.is_asked, self.is_over = threading.Event(), threading.Event()
        self.ends = queue.SimpleQueue()
        self._sockets = []
        self._heeds_cancel = heeds_cancel
        entity = AE(ae_title="SILENT")
        entity.add_supported_context(FIND)
        handlers = [
            (evt.EVT_C_FIND, self._answer),
            (evt.EVT_RELEASED, lambda _event: self.ends.put("released")),
            (evt.EVT_ABORTED, lambda _event: self.ends.put("aborted")),
        ]
        self._server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        self.peer = Peer(*self._server.server_address, "SILENT")

    def _answer(self, event):
        self._sockets.append(event.assoc.dul.socket.socket)
        self.is_asked.set()
        while not self.is_over.wait(0.01):
            if event.is_cancelled and self._heeds_cancel:
                yield Status.CANCEL, None
                return

    def close(self) -> None:
        self.is_over.set()
        self._server.shutdown()
        for each in self._sockets:  # pynetdicom leaves those open that peers aborted
            each.close()


@pytest.mark.parametrize(("heeds_cancel", "end"), [(True, "released"), (False, "aborted")])
def test_a_search_of_a_silent_archive_is_cancelled_and_ends(monkeypatch, heeds_cancel, end):
    if not heeds_cancel:
        monkeypatch.setattr(scu, "CANCEL_S", 0.1)
    silent = SilentArchive(heeds_cancel=heeds_cancel)
    try:
        wanted = keys("STUDY", StudyInstanceUID="")
        is_stopped = silent.is_asked.is_set
        assert list(scu.find(silent.peer, "KLINIKA", wanted, is_stopped=is_stopped)) == []
        silent.is_over.set()
        assert silent.ends.get(timeout=PATIENCE_S) == end
    finally:
        silent.close()


def test_a_study_is_fetched_on_the_same_association(filled, tmp_path):
    taken = []

    def take(content) -> int:
        taken.append(read_object(content).sop_instance_uid)
        return Status.SUCCESS

    objects = Objects(Spool(tmp_path / "spool"), 1 << 20, take)
    wanted = keys("STUDY", StudyInstanceUID=study_uid(1))
    storage = [Proposal(CT, (part10.EXPLICIT,), takes_requests=True)]
    *_, last = scu.get(filled[0], "KLINIKA", wanted, storage, objects)
    assert (last.status, last.completed) == (Status.SUCCESS, 3)
    assert sorted(taken) == [sop_uid(1, 1, number) for number in (1, 2, 3)]


def test_a_study_is_moved_to_another_node(filled, tmp_path):
    peer, port = filled
    (tmp_path / "moved").mkdir()
    wanted = keys("STUDY", StudyInstanceUID=study_uid(2))
    with running("storescp", "-od", str(tmp_path / "moved"), str(port), port=port):
        *_, last = scu.move(peer, "KLINIKA", wanted, "RECEIVER")
    assert (last.status, last.completed) == (Status.SUCCESS, 3)
    assert len(list((tmp_path / "moved").iterdir())) == 3


def test_a_move_to_where_nobody_is_known_says_so(filled):
    wanted = keys("STUDY", StudyInstanceUID=study_uid(2))
    with pytest.raises(UnavailableError, match="0xA801"):
        list(scu.move(filled[0], "KLINIKA", wanted, "NOWHERE"))


@pytest.mark.parametrize(
    ("kept", "accepted", "preferred", "syntax"),
    [
        (JPEGLSLossless, "+xa", "", JPEGLSLossless),
        (JPEGLSLossless, "+xi", "", ImplicitVRLittleEndian),
        (ExplicitVRLittleEndian, "+xa", JPEGLSLossless, JPEGLSLossless),
        (ExplicitVRLittleEndian, "+xe", JPEGLSLossless, ExplicitVRLittleEndian),
    ],
)
def test_objects_go_in_a_syntax_that_the_peer_takes(tmp_path, kept, accepted, preferred, syntax):
    original, port = tmp_path / "1.dcm", a_free_port()
    data = an_object(value=5)
    original.write_bytes(transcode(data, kept))
    (tmp_path / "in").mkdir()
    with running("storescp", accepted, "-od", str(tmp_path / "in"), str(port), port=port) as peer:
        (sent,) = send(peer, "KLINIKA", [Outgoing.of(original)], preferred=preferred)
    assert sent.is_kept
    (arrived,) = (tmp_path / "in").iterdir()
    assert pydicom.dcmread(arrived).file_meta.TransferSyntaxUID == syntax
    plain, back = tmp_path / "plain.dcm", tmp_path / "back.dcm"
    plain.write_bytes(data)
    back.write_bytes(transcode(arrived, ExplicitVRLittleEndian))
    assert say_the_same(plain, back)


def test_a_lost_file_does_not_keep_the_others_from_being_sent(archive, tmp_path):
    files = [tmp_path / f"{number}.dcm" for number in (1, 2)]
    for number, file in enumerate(files):
        file.write_bytes(an_object(number=number + 1))
    outgoing = [Outgoing.of(file) for file in files]
    files[0].unlink()
    assert [sent.status for sent in send(archive[0], "KLINIKA", outgoing)] == [NO_RESPONSE, 0]


def test_a_large_object_is_stopped_in_its_middle_and_can_be_sent_again(archive, tmp_path):
    file = tmp_path / "large.dcm"
    file.write_bytes(an_object(side=2048))
    outgoing = [Outgoing.of(file)]
    asked = itertools.count()
    assert list(send(archive[0], "KLINIKA", outgoing, is_stopped=lambda: next(asked) > 10)) == []
    assert list(scu.find(archive[0], "KLINIKA", keys("STUDY", StudyInstanceUID=""))) == []
    assert [sent.status for sent in send(archive[0], "KLINIKA", outgoing)] == [0]


def test_a_worklist_is_asked_for(tmp_path):
    folder, port = tmp_path / "worklists" / "ARCHIVE", a_free_port()
    folder.mkdir(parents=True)
    (folder / "lockfile").touch()
    step = Dataset()
    step.ScheduledStationAETitle, step.Modality = "CT1", "CT"
    step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = "20261128", "0900"
    step.ScheduledPerformingPhysicianName = "Доктор"
    step.ScheduledProcedureStepID = "S1"
    step.ScheduledProcedureStepDescription = "Head"
    item = Dataset()
    item.SpecificCharacterSet = "ISO_IR 192"
    item.PatientName, item.PatientID = "Иванов^Пётр", "P-17"
    item.PatientBirthDate, item.PatientSex = "19700101", "M"
    item.AccessionNumber, item.StudyInstanceUID = "A1", study_uid(1)
    item.RequestingPhysician, item.RequestedProcedureID = "A", "R1"
    item.RequestedProcedureDescription, item.RequestedProcedurePriority = "CT", "LOW"
    item.ReferencedStudySequence, item.ReferencedPatientSequence = [], []
    item.AdmissionID, item.CurrentPatientLocation = "", ""
    item.ScheduledProcedureStepSequence = [step]
    item.file_meta = pydicom.dataset.FileMetaDataset()
    item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    item.file_meta.MediaStorageSOPClassUID = "1.2.276.0.7230010.3.1.0.1"
    item.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    item.save_as(folder / "one.wl", enforce_file_format=True)
    wanted = Dataset()
    wanted.PatientName, wanted.PatientID = "", ""
    asked = Dataset()
    asked.Modality, asked.ScheduledStationAETitle = "CT", ""
    wanted.ScheduledProcedureStepSequence = [asked]
    arguments = ("-dfp", str(folder.parent), "-nse", str(port))
    with running("wlmscpfs", *arguments, port=port) as peer:
        found = list(scu.worklist(peer, "KLINIKA", wanted))
    assert [str(each.PatientName) for each in found] == ["Иванов^Пётр"]
    assert found[0].ScheduledProcedureStepSequence[0].ScheduledStationAETitle == "CT1"
