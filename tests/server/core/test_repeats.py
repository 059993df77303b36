"""What comes once more: it heals what was lost, and what differs is put aside within bounds."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.domain.errors import StorageFullError, UnavailableError
from app.domain.ingest import StoreOutcome
from app.server.core import repeats
from app.server.core.packing import Packing
from app.server.store import tables
from app.server.store.objects import ObjectStore
from tests.server.samples import an_object, sop_uid
from tests.server.stored import files, object_file


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.logs("object-restored")
def test_an_object_that_was_cut_off_is_healed_and_what_is_left_of_it_goes_later(
    store, database, objects, doctor, server_settings
):
    store(an_object())
    (broken,) = files(server_settings, "objects")
    whole = broken.read_bytes()
    broken.write_bytes(whole[:-1])
    assert store(an_object()).outcome is StoreOutcome.DUPLICATE
    assert object_file(database, objects, doctor, sop_uid(1, 1, 1)).read_bytes() == whole
    Packing(database, objects, lambda: now() + timedelta(hours=2), "").remove_replaced()
    assert broken not in files(server_settings, "objects")
    assert len(files(server_settings, "objects")) == 1


def test_where_nobody_can_look_for_the_first_one_nothing_is_taken_for_repeated(
    store, monkeypatch, server_settings
):
    def refuse(_objects, _key, _size):
        raise PermissionError(13, "Permission denied")

    store(an_object())
    monkeypatch.setattr(ObjectStore, "is_whole", refuse)
    with pytest.raises(UnavailableError):
        store(an_object())


@pytest.mark.logs("object-conflict", "object-not-put-aside")
def test_a_sender_that_changes_its_object_at_each_try_does_not_fill_the_quarantine(
    store, server_settings, database, monkeypatch
):
    monkeypatch.setattr(repeats, "MOST_VERSIONS", 2)
    store(an_object())
    for value in range(1, 5):
        assert store(an_object(value=value)).outcome is StoreOutcome.CONFLICT
    with database.read() as connection:
        assert len(connection.scalars(sa.select(tables.quarantined.c.id)).all()) == 2
    assert len(files(server_settings, "objects")) == 3
    assert files(server_settings, "staging") == []


@pytest.mark.logs("object-restored")
def test_who_heals_a_lost_object_second_leaves_it_to_the_first(store, server_settings, monkeypatch):
    store(an_object())
    (lost,) = files(server_settings, "objects")
    lost.unlink()
    by_uid = repeats.fixity.by_uid

    def healed_meanwhile(connection, uid):
        found = by_uid(connection, uid)
        monkeypatch.setattr(repeats.fixity, "by_uid", by_uid)
        assert store(an_object()).outcome is StoreOutcome.DUPLICATE
        return found

    monkeypatch.setattr(repeats.fixity, "by_uid", healed_meanwhile)
    assert store(an_object()).outcome is StoreOutcome.DUPLICATE
    assert len(files(server_settings, "objects")) == 1
    assert files(server_settings, "staging") == []


def test_what_was_deleted_while_it_came_again_is_not_missed(store, server_settings, monkeypatch):
    store(an_object())
    monkeypatch.setattr(repeats.fixity, "by_uid", lambda *_arguments: None)
    assert store(an_object()).outcome is StoreOutcome.DUPLICATE
    assert files(server_settings, "staging") == []


def full(*_arguments):
    raise StorageFullError


@pytest.mark.logs("object-conflict")
def test_what_can_not_be_put_aside_is_told_and_leaves_nothing(store, server_settings, monkeypatch):
    store(an_object(value=1))
    monkeypatch.setattr(repeats.quarantine, "insert", full)
    with pytest.raises(StorageFullError):
        store(an_object(value=2))
    assert files(server_settings, "staging") == []


def test_what_can_not_be_put_back_is_told_and_leaves_nothing(store, server_settings, monkeypatch):
    store(an_object())
    (lost,) = files(server_settings, "objects")
    lost.unlink()
    monkeypatch.setattr(repeats.fixity, "mended", full)
    with pytest.raises(StorageFullError):
        store(an_object())
    assert files(server_settings, "staging") == []
