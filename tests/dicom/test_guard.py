"""Decoding workers: two at once, nobody waits longer than for one picture, all end."""

import queue
import threading

import pytest

from app.dicom.guard import GuardedDecoders, NoAnswerError
from app.dicom.undecodable import UndecodableReason
from tests.conftest import PATIENCE_S
from tests.server.samples import an_object


class Hanging:
    """A worker that is busy until it is told to give up."""

    def __init__(self) -> None:
        self.gives_up = threading.Event()

    def decode(self, _source, _frame, _timeout_s):
        assert self.gives_up.wait(PATIENCE_S)
        raise NoAnswerError(UndecodableReason.TOOK_TOO_LONG)


def test_hanging_pictures_asked_at_once_are_given_up_at_once_not_in_a_row():
    decoders, workers = GuardedDecoders(0), (Hanging(), Hanging())
    for worker in workers:
        decoders._free.put(worker)
    reasons: queue.Queue[UndecodableReason] = queue.Queue()

    def ask() -> None:
        with pytest.raises(NoAnswerError) as error:
            decoders.decode(b"", timeout_s=0.1)
        reasons.put(error.value.reason)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    waited = [reasons.get(timeout=PATIENCE_S) for _ in range(2)]  # while both workers still hang
    for worker in workers:
        worker.gives_up.set()
    for thread in threads:
        thread.join()
    hung = [reasons.get_nowait() for _ in range(2)]
    assert waited + hung == [UndecodableReason.TOOK_TOO_LONG] * 4


def test_a_worker_is_given_back_and_used_again():
    decoders = GuardedDecoders(1)
    for _ in range(2):
        assert decoders.decode(an_object(side=16), timeout_s=30).shape == (16, 16)
    decoders.close()
