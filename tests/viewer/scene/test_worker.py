"""The render thread: newest request wins, closing never hangs."""

import threading

import pytest

from app.viewer.scene.worker import RenderWorker

WAIT_S = 10


@pytest.fixture
def worker():
    worker = RenderWorker("test")
    yield worker
    worker.close()
    assert worker.join(WAIT_S)


class Answers:
    """Collects what a worker answers."""

    def __init__(self):
        self.values, self.errors, self.arrived = [], [], threading.Event()

    def done(self, value):
        self.values.append(value)
        self.arrived.set()

    def failed(self, error):
        self.errors.append(error)
        self.arrived.set()


@pytest.fixture
def answers():
    return Answers()


def blocked(worker, answers, key="view"):
    """A job that runs until it is released, and the event that releases it."""
    running, release = threading.Event(), threading.Event()

    def job(superseded):
        running.set()
        release.wait(WAIT_S)
        return "blocked"

    worker.submit(key, job, answers.done, answers.failed)
    assert running.wait(WAIT_S)
    return release


def test_a_picture_is_rendered_in_another_thread(worker, answers):
    worker.submit("view", lambda _: threading.get_ident(), answers.done, answers.failed)
    assert answers.arrived.wait(WAIT_S)
    assert answers.values[0] != threading.get_ident()


def test_only_the_newest_of_waiting_requests_is_rendered(worker, answers):
    release = blocked(worker, answers, "other")
    for number in range(50):
        worker.submit("view", lambda _, n=number: n, answers.done, answers.failed)
    release.set()
    worker.submit("last", lambda _: None, answers.done, answers.failed)
    worker.close()
    worker.join(WAIT_S)
    assert answers.values in (["blocked"], ["blocked", 49], [])


def test_a_running_picture_that_is_no_longer_wanted_is_dropped(worker, answers):
    release = blocked(worker, answers)
    worker.submit("view", lambda _: "newer", answers.done, answers.failed)
    release.set()
    assert answers.arrived.wait(WAIT_S)
    assert answers.values == ["newer"]


def test_a_running_job_learns_that_it_is_superseded(worker, answers):
    running, seen = threading.Event(), threading.Event()

    def job(superseded):
        running.set()
        while not superseded():
            pass
        seen.set()

    worker.submit("view", job, answers.done, answers.failed)
    assert running.wait(WAIT_S)
    worker.cancel("view")
    assert seen.wait(WAIT_S)
    assert answers.values == []


@pytest.mark.logs("render-failed")
def test_a_failure_is_told_and_the_thread_lives_on(worker, answers):
    worker.submit("view", lambda _: 1 / 0, answers.done, answers.failed)
    assert answers.arrived.wait(WAIT_S)
    assert isinstance(answers.errors[0], ZeroDivisionError)
    answers.arrived.clear()
    worker.submit("view", lambda _: "fine", answers.done, answers.failed)
    assert answers.arrived.wait(WAIT_S)
    assert answers.values == ["fine"]


def test_closing_drops_what_waits_and_ends_in_the_workers_thread(answers):
    worker = RenderWorker("test")
    idents = []
    release = blocked(worker, answers)
    worker.submit("view", lambda _: "late", answers.done, answers.failed)
    worker.close(lambda: idents.append(threading.get_ident()))
    release.set()
    assert worker.join(WAIT_S)
    assert answers.values == []
    assert idents != [threading.get_ident()]
    assert len(idents) == 1


def test_a_closed_worker_takes_nothing_more(answers):
    worker = RenderWorker("test")
    worker.close()
    worker.close()
    worker.submit("view", lambda _: 1, answers.done, answers.failed)
    assert worker.join(WAIT_S)
    assert answers.values == []


def test_what_is_still_open_at_the_end_is_closed():
    worker = RenderWorker("test")
    assert RenderWorker.close_all(WAIT_S)
    assert worker.join(0)
