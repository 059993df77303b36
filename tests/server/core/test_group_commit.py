"""Objects that come at the same time are committed together, and each is answered for itself."""

import os
import threading
import time
from datetime import UTC, datetime

import pytest

from app.domain.errors import InvalidError, UnavailableError
from app.domain.ingest import StoreOutcome, StoreResult
from app.server.core import changes
from app.server.core.ingest import Ingest
from app.server.core.studies import study
from app.server.store import folder, intake
from app.server.store.engine import ClashError
from app.server.store.objects import LARGE
from tests.conftest import PATIENCE_S
from tests.server.samples import an_object, sop_uid, study_uid
from tests.server.stored import data_set, files, object_file


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def in_one_group(ingest, database, doctor, source):
    """Stores objects so that all but the first are committed together; answers or errors."""

    def send(*objects: bytes) -> list[StoreResult | Exception]:
        answers: dict[int, StoreResult | Exception] = {}

        def one(number: int) -> None:
            try:
                answers[number] = ingest.store(doctor, source, objects[number])
            except Exception as error:  # noqa: BLE001 - the test looks at it
                answers[number] = error

        threads = [threading.Thread(target=one, args=(each,)) for each in range(len(objects))]
        with database.write():  # SQLite: the first leader waits for it, the others for the leader
            threads[0].start()
            _wait_until(lambda: ingest._has_leader and not ingest._queue)
            for thread in threads[1:]:
                thread.start()
            patience_s = 0.3 if database.is_postgresql else 20
            _wait_until(lambda: len(ingest._queue) == len(objects) - 1, patience_s)
        for thread in threads:
            thread.join()
        return [answers[number] for number in range(len(objects))]

    return send


def _wait_until(holds, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)


def spoil(monkeypatch, error: Exception, *, when) -> list[int]:
    """Let indexing fail when `when(objects)` holds; answers the sizes of all groups."""
    sizes = []
    take = intake.take

    def failing(connection, objects, quiet, now):
        sizes.append(len(objects))
        if when(objects):
            raise error
        return take(connection, objects, quiet, now)

    monkeypatch.setattr(intake, "take", failing)
    return sizes


def test_what_queues_meanwhile_is_committed_together(in_one_group, database, monkeypatch, doctor):
    if database.is_postgresql:
        return  # its writers do not wait for each other
    sizes = spoil(monkeypatch, ValueError(), when=lambda _objects: False)
    answers = in_one_group(*(an_object(number=number) for number in range(6)))
    assert {answer.outcome for answer in answers} == {StoreOutcome.STORED}
    assert sorted(sizes) == [1, 5]
    assert len(changes.since(database, doctor, 0, 100)) == 2


def test_while_a_large_object_is_synced_others_are_stored(store, monkeypatch):
    really, begins, ends = folder._sync_and_close, threading.Event(), threading.Event()

    def slowly(file):
        if os.fstat(file.fileno()).st_size > LARGE:
            begins.set()
            ends.wait(PATIENCE_S)
        really(file)

    monkeypatch.setattr(folder, "_sync_and_close", slowly)
    answers = []
    large = threading.Thread(target=lambda: answers.append(store(an_object(2, side=1100)).outcome))
    large.start()
    assert begins.wait(PATIENCE_S)
    assert store(an_object(1)).outcome is StoreOutcome.STORED
    assert answers == []
    ends.set()
    large.join()
    assert answers == [StoreOutcome.STORED]


@pytest.mark.logs("object-conflict")
def test_two_patients_of_one_group_are_kept_apart_too(in_one_group):
    answers = in_one_group(
        an_object(2),
        an_object(number=1, PatientID="A", PatientName="Hello^A"),
        an_object(number=2, PatientID="B", PatientName="Hello^B"),
    )
    assert sorted(answer.outcome for answer in answers) == ["conflict", "stored", "stored"]


@pytest.mark.logs("object-conflict")
def test_the_same_object_twice_in_a_group_is_kept_once(in_one_group, server_settings):
    answers = in_one_group(an_object(), an_object(), an_object(), an_object(value=3))
    outcomes = sorted(answer.outcome for answer in answers)
    assert outcomes.count(StoreOutcome.STORED) == 1
    assert len(files(server_settings, "objects")) == 2  # and the other one, which is put aside


def test_one_bad_object_does_not_spoil_its_group(
    in_one_group, monkeypatch, server_settings, database
):
    if database.is_postgresql:
        return
    bad = sop_uid(1, 1, 3)
    spoil(
        monkeypatch,
        InvalidError(),
        when=lambda objects: any(each.sop_instance_uid == bad for each in objects),
    )
    answers = in_one_group(*(an_object(number=number) for number in range(6)))
    assert [isinstance(answer, StoreResult) for answer in answers] == [
        number != 3 for number in range(6)
    ]
    assert isinstance(answers[3], InvalidError)
    assert files(server_settings, "staging") == []


def test_a_clash_with_another_server_is_tried_again(store, monkeypatch):
    clashes = iter([True, True])
    spoil(monkeypatch, ClashError(), when=lambda _objects: next(clashes, False))
    assert store(an_object()).outcome is StoreOutcome.STORED


def test_a_clash_that_does_not_end_is_told(store, monkeypatch):
    sizes = spoil(monkeypatch, ClashError(), when=lambda _objects: True)
    with pytest.raises(ClashError):
        store(an_object())
    assert len(sizes) > 1


def test_a_failure_nobody_expected_is_an_unavailable_archive_for_the_others(
    in_one_group, monkeypatch, server_settings, database
):
    if database.is_postgresql:
        return
    spoil(monkeypatch, ValueError(), when=lambda objects: len(objects) > 1)
    answers = in_one_group(*(an_object(number=number) for number in range(4)))
    assert sorted(type(answer).__name__ for answer in answers) == [
        "StoreResult",
        "UnavailableError",
        "UnavailableError",
        "ValueError",
    ]
    assert files(server_settings, "staging") == []  # nothing of them can have a row


def test_an_unavailable_database_is_told_and_the_object_can_be_sent_again(
    store, monkeypatch, database, doctor
):
    down = iter([True])
    spoil(monkeypatch, UnavailableError(), when=lambda _objects: next(down, False))
    with pytest.raises(UnavailableError):
        store(an_object())
    assert store(an_object()).outcome is StoreOutcome.STORED
    assert study(database, doctor, study_uid(1)).summary.instance_count == 1


@pytest.mark.logs("object-left-in-staging")
def test_a_place_that_can_not_be_made_leaves_the_object_where_it_is_found(
    store, database, objects, doctor, server_settings
):
    (server_settings.data_dir / "objects").rmdir()
    (server_settings.data_dir / "objects").write_bytes(b"a file in the way")
    assert store(an_object()).outcome is StoreOutcome.STORED
    kept = object_file(database, objects, doctor, sop_uid(1, 1, 1))
    assert data_set(kept.read_bytes()) == data_set(an_object())


def test_what_waits_when_the_archive_closes_is_refused(
    ingest, database, doctor, source, server_settings
):
    if database.is_postgresql:
        return
    answers = []

    def send(number):
        try:
            answers.append(ingest.store(doctor, source, an_object(number=number)).outcome)
        except UnavailableError as error:
            answers.append(error.code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    closer = threading.Thread(target=ingest.close)
    with database.write():
        threads[0].start()
        _wait_until(lambda: ingest._has_leader and not ingest._queue)
        for thread in threads[1:]:
            thread.start()
        _wait_until(lambda: len(ingest._queue) == 3)
        closer.start()
        _wait_until(lambda: ingest._is_closed)
    for thread in (*threads, closer):
        thread.join()
    assert sorted(answers) == ["stored", *["unavailable"] * 3]


def test_an_object_whose_commit_was_not_heard_of_is_found_and_moved_at_the_next_start(
    store, unheard_commits, database, objects, doctor, server_settings
):
    with unheard_commits(), pytest.raises(UnavailableError):
        store(an_object())
    assert files(server_settings, "objects") == []
    waiting = object_file(database, objects, doctor, sop_uid(1, 1, 1))
    assert data_set(waiting.read_bytes()) == data_set(an_object())
    assert store(an_object()).outcome is StoreOutcome.DUPLICATE
    Ingest(database, objects, max_object_size=1, clock=now)
    assert len(files(server_settings, "objects")) == 1
    assert files(server_settings, "staging") == []


def test_what_was_kept_before_the_database_went_is_answered_as_kept(
    in_one_group, monkeypatch, database
):
    if database.is_postgresql:
        return
    tries = []

    def fail(objects):
        tries.append(len(objects))
        if len(objects) > 1:
            raise InvalidError
        if len(tries) == 4:
            raise UnavailableError
        return False

    spoil(monkeypatch, InvalidError(), when=fail)
    answers = in_one_group(*(an_object(number=number) for number in range(4)))
    assert tries == [1, 3, 1, 1]
    assert sorted(type(answer).__name__ for answer in answers) == [
        "StoreResult",
        "StoreResult",
        "UnavailableError",
        "UnavailableError",
    ]
