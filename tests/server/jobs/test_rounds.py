"""Work that is done again and again."""

import threading

import pytest

from app.domain.errors import UnavailableError
from app.server.jobs.rounds import Rounds

PATIENCE_S = 30


@pytest.mark.parametrize("failure", [UnavailableError(), ValueError()])
@pytest.mark.logs("round-failed")
def test_a_round_that_fails_is_followed_by_the_next(failure):
    times, enough = [], threading.Event()

    def task() -> None:
        times.append(1)
        if len(times) < 3:
            raise failure
        enough.set()

    rounds = Rounds("test", task, every_s=0.01)
    rounds.start()
    assert enough.wait(PATIENCE_S)
    rounds.close()
    assert not rounds._thread.is_alive()


def test_rounds_that_are_closed_do_not_wait_for_the_next():
    begun = threading.Event()
    rounds = Rounds("test", begun.set, every_s=3600)
    rounds.start()
    assert begun.wait(PATIENCE_S)
    rounds.close()
    assert not rounds._thread.is_alive()
