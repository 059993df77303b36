"""Decoding workers: two at once, nobody waits longer than for one picture, all end."""

import threading
import time

import pytest

from app.dicom.guard import GuardedDecoders, NoAnswerError
from app.dicom.undecodable import UndecodableReason
from tests.server.samples import an_object


class Hanging:
    """A worker that is busy for as long as it may be."""

    def decode(self, _source, _frame, timeout_s):
        time.sleep(timeout_s)
        raise NoAnswerError(UndecodableReason.TOOK_TOO_LONG)


def test_hanging_pictures_asked_at_once_are_given_up_at_once_not_in_a_row():
    decoders = GuardedDecoders(0)
    for _ in range(2):
        decoders._free.put(Hanging())
    reasons, began = [], time.monotonic()

    def ask() -> None:
        with pytest.raises(NoAnswerError) as error:
            decoders.decode(b"", timeout_s=0.5)
        reasons.append(error.value.reason)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reasons == [UndecodableReason.TOOK_TOO_LONG] * 4
    assert time.monotonic() - began < 1.9  # four in a row would be two seconds


def test_a_worker_is_given_back_and_used_again():
    decoders = GuardedDecoders(1)
    for _ in range(2):
        assert decoders.decode(an_object(side=16), timeout_s=30).shape == (16, 16)
    decoders.close()
