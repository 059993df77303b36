"""Workers for pixels that nobody vouches for: they may hang and die, and nothing else does."""

import io
import queue
import threading

import numpy as np
import pytest
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless

from app.dicom import guard, spooled
from app.dicom.compression import compressed
from app.dicom.guard import (
    NoAnswerError,
    Workers,
    compress_guarded,
    decode_guarded,
    frame_guarded,
    transcode_guarded,
)
from app.dicom.header import read_object
from app.dicom.pixels import decode
from app.dicom.transcode import UntranscodableError, transcode, transcoded_frame
from app.dicom.undecodable import UndecodableReason
from tests.conftest import PATIENCE_S
from tests.dicom.objects import a_ct, encoded


class Hanging:
    """A worker that is busy until it is told to give up."""

    def __init__(self) -> None:
        self.gives_up = threading.Event()

    def ask(self, *_asked):
        assert self.gives_up.wait(PATIENCE_S)
        raise NoAnswerError(UndecodableReason.TOOK_TOO_LONG)


class Opened(io.RawIOBase):
    """An object that is open for reading, and no file of this machine, as an encrypted one."""

    def __init__(self, data: bytes, *, is_broken: bool = False) -> None:
        super().__init__()
        self._bytes = io.BytesIO(data)
        self._is_broken = is_broken

    def readable(self) -> bool:
        return True

    def seek(self, *to):
        return self._bytes.seek(*to)

    def readinto(self, buffer):
        if self._is_broken:
            raise OSError(5, "Input/output error")
        return self._bytes.readinto(buffer)


@pytest.fixture
def sent() -> bytes:
    return encoded(a_ct(frames=3))


@pytest.fixture
def packed(sent) -> bytes:
    return transcode(sent, JPEGLSLossless)


def broken(packed: bytes) -> bytes:
    """The first frame's codestream says the wrong size."""
    start = packed.index(b"\xff\xd8\xff")
    return packed[: start + 4] + b"\0" * 12 + packed[start + 16 :]


def test_hanging_pictures_asked_at_once_are_given_up_at_once_not_in_a_row():
    workers, hanging = Workers(0), (Hanging(), Hanging())
    for each in hanging:
        workers._free.put(each)
    reasons: queue.Queue[UndecodableReason] = queue.Queue()

    def ask() -> None:
        with pytest.raises(NoAnswerError) as error:
            workers.ask({}, b"", lambda *_: None, 0.1, 0.1)
        reasons.put(error.value.reason)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    waited = [reasons.get(timeout=PATIENCE_S) for _ in range(2)]  # while both workers still hang
    for each in hanging:
        each.gives_up.set()
    for thread in threads:
        thread.join()
    hung = [reasons.get_nowait() for _ in range(2)]
    assert waited + hung == [UndecodableReason.TOOK_TOO_LONG] * 4


def test_a_worker_is_given_back_and_used_again(sent, monkeypatch):
    workers = Workers(1)
    monkeypatch.setattr(guard, "_PICTURES", workers)
    image = read_object(sent).image
    for frame in range(2):
        assert np.array_equal(
            decode_guarded(sent, image, frame, timeout_s=PATIENCE_S), decode(sent, image, frame)
        )
    workers.close()


def test_objects_and_frames_come_back_as_if_they_were_written_here(sent, packed, tmp_path):
    file = tmp_path / "object.dcm"
    file.write_bytes(packed)
    there = transcode(packed, ExplicitVRLittleEndian)
    for source in (packed, file, Opened(packed)):
        assert transcode_guarded(source, ExplicitVRLittleEndian) == there
        assert frame_guarded(source, ExplicitVRLittleEndian, 2) == transcoded_frame(
            packed, ExplicitVRLittleEndian, 2
        )
    large = encoded(a_ct(rows=64, columns=64))
    assert compress_guarded(large, JPEGLSLossless) == compressed(large, JPEGLSLossless) is not None
    assert compress_guarded(packed, JPEGLSLossless) is None


def test_a_large_object_comes_back_in_a_file(packed, monkeypatch):
    there = transcode(packed, ExplicitVRLittleEndian)
    monkeypatch.setattr(spooled, "IN_MEMORY", 1000)
    with transcode_guarded(packed, ExplicitVRLittleEndian) as file:
        assert file.readall() == there


def test_what_cannot_be_written_is_told(packed):
    with pytest.raises(UntranscodableError):
        transcode_guarded(broken(packed), ExplicitVRLittleEndian)
    with pytest.raises(UntranscodableError):
        frame_guarded(packed, ExplicitVRLittleEndian, 3)


def test_a_worker_that_dies_takes_nobody_with_it(sent, packed, monkeypatch):
    workers = Workers(1)
    monkeypatch.setattr(guard, "_OBJECTS", workers)
    transcode_guarded(packed, ExplicitVRLittleEndian)
    (worker,) = workers._every
    real_head = guard._head

    def dying(answers):
        monkeypatch.setattr(guard, "_head", real_head)
        worker._process.kill()
        return real_head(answers)

    monkeypatch.setattr(guard, "_head", dying)
    monkeypatch.setattr(guard, "_write", lambda *_: None)  # nothing is asked, so it can't answer
    with pytest.raises(UntranscodableError):
        transcode_guarded(packed, ExplicitVRLittleEndian)
    monkeypatch.undo()
    monkeypatch.setattr(guard, "_OBJECTS", workers)
    assert transcode_guarded(packed, ExplicitVRLittleEndian)
    workers.close()


def test_workers_that_are_closed_let_go_of_who_waits_for_them(packed, monkeypatch):
    workers, waiting = Workers(1), threading.Event()
    monkeypatch.setattr(guard, "_OBJECTS", workers)
    transcode_guarded(packed, ExplicitVRLittleEndian)
    real_head = guard._head

    def head(answers):
        waiting.set()
        return real_head(answers)

    monkeypatch.setattr(guard, "_head", head)
    monkeypatch.setattr(guard, "_write", lambda *_: None)  # nothing is asked, so it never answers
    told: queue.Queue[Exception] = queue.Queue()

    def ask() -> None:
        try:
            transcode_guarded(packed, ExplicitVRLittleEndian)
        except UntranscodableError as error:
            told.put(error)

    thread = threading.Thread(target=ask)
    thread.start()
    assert waiting.wait(PATIENCE_S)
    workers.close()
    assert told.get(timeout=PATIENCE_S)
    thread.join()


def test_an_object_that_stops_being_read_is_that_error_and_the_next_one_is_served(
    packed, monkeypatch
):
    workers = Workers(1)
    monkeypatch.setattr(guard, "_OBJECTS", workers)
    with pytest.raises(OSError, match="Input/output"):
        transcode_guarded(Opened(packed, is_broken=True), ExplicitVRLittleEndian)
    assert transcode_guarded(packed, ExplicitVRLittleEndian)
    workers.close()
