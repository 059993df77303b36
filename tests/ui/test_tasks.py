"""Background work: keys, cancelling, progress, failures."""

import threading

import pytest

from app.domain.errors import NotFoundError
from app.ui.tasks import Tasks
from tests.conftest import PATIENCE_S


def test_the_answer_comes_in_the_gui_thread(qtbot, tasks):
    threads = []
    work_thread = []

    def work(task):
        work_thread.append(threading.get_ident())
        return 5

    tasks.run("a", work, lambda result: threads.append((threading.get_ident(), result)))
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [(threading.get_ident(), 5)]
    assert work_thread != [threading.get_ident()]
    assert not tasks.running("a")


def test_a_newer_run_of_a_key_replaces_the_older(qtbot, tasks):
    answers = []
    release = threading.Event()
    older = tasks.run("search", lambda task: release.wait(5), lambda _: answers.append("old"))
    tasks.run("search", lambda task: "new", answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    assert older.cancelled()
    release.set()
    qtbot.wait(50)
    assert answers == ["new"]


def test_cancelling_a_key_cancels_what_is_below_it(qtbot, tasks):
    answers = []
    release = threading.Event()
    for key in ("study/1", "study/1/thumbnails", "study/12"):
        tasks.run(key, lambda task: release.wait(5), lambda _, key=key: answers.append(key))
    tasks.cancel("study/1")
    release.set()
    qtbot.waitUntil(lambda: bool(answers))
    qtbot.wait(50)
    assert answers == ["study/12"]


def test_progress_arrives_before_the_answer(qtbot, tasks):
    seen = []

    def work(task):
        for n in range(100):
            task.report(n)
        return "end"

    tasks.run("p", work, seen.append, progress=seen.append)
    qtbot.waitUntil(lambda: "end" in seen)
    assert seen[-2:] == [99, "end"]


def test_a_failure_nobody_wanted_is_told_to_the_window(qtbot, tasks):
    def work(task):
        raise NotFoundError("study")

    with qtbot.waitSignal(tasks.failed) as told:
        tasks.run("f", work, lambda _: None)
    assert isinstance(told.args[0], NotFoundError)


def test_a_failure_goes_to_who_asked(qtbot, tasks):
    errors = []

    def work(task):
        raise NotFoundError("study")

    tasks.run("f", work, lambda _: None, errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert not tasks.running("f")


def test_an_answer_may_start_the_next_run_of_its_key(qtbot, tasks):
    answers = []

    def again(n):
        answers.append(n)
        if n < 3:
            tasks.run("loop", lambda task: n + 1, again)

    tasks.run("loop", lambda task: 1, again)
    qtbot.waitUntil(lambda: answers == [1, 2, 3])


@pytest.mark.parametrize("count", [40])
def test_closing_waits_and_nothing_is_called_afterwards(qtbot, qapp, count):
    runner = Tasks()
    answers = []
    for n in range(count):
        runner.run(str(n), lambda task: threading.Event().wait(0.01), answers.append)
    runner.close()
    qtbot.wait(20)
    assert answers == []


def test_what_takes_long_keeps_nothing_quick_from_running(qtbot, tasks):
    release, answers = threading.Event(), []
    for number in range(40):
        tasks.run(f"series/{number}", lambda task: release.wait(10), lambda _: None, long=True)
    tasks.run("save", lambda task: "saved", answers.append)
    qtbot.waitUntil(lambda: answers == ["saved"])
    release.set()


def test_closing_leaves_behind_what_hangs(qapp):
    runner, release = Tasks(), threading.Event()
    runner.run("hanging", lambda task: release.wait(PATIENCE_S), lambda _: None)
    assert not runner.close(0.2)
    release.set()
    assert runner.close(PATIENCE_S)


def test_what_hangs_tells_nobody_once_its_runner_is_gone(qapp):
    runner, release = Tasks(), threading.Event()
    hanging = runner.run("hanging", lambda task: release.wait(PATIENCE_S), lambda _: None)
    runner.close(0)
    (thread,) = [each for each in threading.enumerate() if each.name == "task-0"]
    del runner
    release.set()
    thread.join(PATIENCE_S)
    assert hanging.over()


def test_a_task_can_be_waited_for(tasks):
    assert tasks.run("short", lambda task: 1, lambda _: None).wait(PATIENCE_S)
