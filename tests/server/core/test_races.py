"""Two who work on the same object at once, on PostgreSQL, whose writers go side by side."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.dicom.encoders import JPEG_LS
from app.domain.access import Role
from app.domain.deletion import DeletionRequest
from app.domain.ingest import StoreOutcome
from app.server.core.deletions import Deletions
from app.server.core.packing import KEPT_FOR, Packing
from app.server.core.quarantine import Quarantine
from app.server.store import quarantine as quarantined
from app.server.store import removal
from tests.conftest import PATIENCE_S
from tests.server.samples import an_object, series_uid, study_uid

pytestmark = pytest.mark.parametrize("server_settings", ["postgresql"], indirect=True)


@pytest.fixture
def store(ingest, doctor, source):
    return lambda data: ingest.store(doctor, source, data).outcome


@pytest.fixture
def packing(database, objects, clock) -> Packing:
    return Packing(database, objects, clock, JPEG_LS)


@pytest.fixture
def packed_meanwhile(database, packing, clock, monkeypatch):
    """While a block takes objects out of the index, they are compressed, as far as that can go.

    Then the hour passes after which files go that others took the place of.
    """

    @contextmanager
    def packed_meanwhile():
        take_out = removal.take_out
        packs = threading.Thread(target=packing.pack, args=(series_uid(1, 1), lambda: False))

        def after_it_began(connection, objects) -> None:
            packs.start()
            _wait_until_it_waits_or_ends(database, packs)
            take_out(connection, objects)

        with monkeypatch.context() as slow:
            slow.setattr(removal, "take_out", after_it_began)
            yield
        packs.join(PATIENCE_S)
        clock.ahead += KEPT_FOR + timedelta(minutes=1)
        packing.remove_replaced()

    return packed_meanwhile


def at_once(work, count: int) -> list:
    """What `work` answers in as many threads."""
    with ThreadPoolExecutor(count) as pool:
        return [each.result() for each in [pool.submit(work) for _ in range(count)]]


def _wait_until_it_waits_or_ends(database, thread: threading.Thread) -> None:
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    end = time.monotonic() + PATIENCE_S
    while thread.is_alive() and time.monotonic() < end:
        with database.read() as connection:
            if connection.scalar(waiting):
                return
        time.sleep(0.01)


def test_a_study_that_is_compressed_while_it_is_deleted_can_be_restored(
    store, packed_meanwhile, database, objects, clock, admin, sign_in_as
):
    for number in (1, 2):
        store(an_object(number=number, side=64, value=number))
    deletions = Deletions(database, objects, clock)
    asked = deletions.request(admin, DeletionRequest(study_uid(1), "a mistake"))
    second = sign_in_as(Role.DOCTOR)
    with packed_meanwhile():
        deletions.confirm(second, asked.id)
    deletions.restore(admin, asked.id)
    for number in (1, 2):
        again = store(an_object(number=number, side=64, value=number))
        assert again is StoreOutcome.DUPLICATE


@pytest.mark.logs("object-conflict")
def test_an_object_that_is_compressed_while_another_replaces_it_is_kept_aside(
    store, packed_meanwhile, database, objects, clock, admin
):
    for value in (1, 2):
        store(an_object(side=64, value=value))
    quarantine = Quarantine(database, objects, clock)
    (aside,) = quarantine.page(admin).objects
    with packed_meanwhile():
        quarantine.accept(admin, aside.id)
    (replaced,) = quarantine.page(admin).objects
    with objects.open(quarantine.kept(admin, replaced.id).key) as file:
        assert file.readall()


@pytest.mark.logs("object-conflict")
def test_the_same_other_object_twice_at_once_is_put_aside_once(
    store, database, objects, clock, admin, server_settings, monkeypatch
):
    look_up, both, seen = quarantined.known, threading.Barrier(2), set()

    def looked_up_at_once(*arguments):
        known = look_up(*arguments)
        if threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            both.wait(PATIENCE_S)
        return known

    store(an_object(value=1))
    monkeypatch.setattr(quarantined, "known", looked_up_at_once)
    outcomes = at_once(lambda: store(an_object(value=2)), 2)
    assert outcomes == [StoreOutcome.CONFLICT] * 2
    assert len(Quarantine(database, objects, clock).page(admin).objects) == 1
    assert list((server_settings.data_dir / "staging").iterdir()) == []
