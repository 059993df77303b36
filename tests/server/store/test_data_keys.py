"""Data keys: one for a study, stored with its first object, rewrapped, and gone with its last."""

import threading

import pytest
import sqlalchemy as sa

from app.domain.errors import ConfigurationError, DamagedError, UnavailableError
from app.server.store import data_keys
from app.server.store.data_keys import DataKeys, remove_unused, secure
from app.server.store.key_encryption import LocalKey
from app.server.store.tables import data_key
from app.settings import Settings
from tests.conftest import PATIENCE_S

OLD, NEW = LocalKey.of(bytes(32)), LocalKey.of(bytes(range(32)))


@pytest.fixture
def keys(database) -> DataKeys:
    return DataKeys(database, OLD)


def stored(keys, *study_uids):
    """The keys of these studies."""
    return [keys.of_study(uid) for uid in study_uids]


def rows(database):
    with database.read() as connection:
        return connection.execute(sa.select(data_key).order_by(data_key.c.study_uid)).all()


def test_each_study_has_one_key_that_only_its_wrapping_is_kept_of(database, keys):
    one, other = stored(keys, "1.1", "1.2")
    stored(keys, "1.1")
    assert one.secret != other.secret
    found = rows(database)
    assert [(each.id, each.study_uid, each.wrapped_by) for each in found] == [
        (one.id, "1.1", OLD.id),
        (other.id, "1.2", OLD.id),
    ]
    assert one.secret not in found[0].wrapped


def test_objects_of_a_study_that_come_together_share_a_key(keys):
    barrier, found = threading.Barrier(4), []

    def ask():
        barrier.wait()
        found.append(keys.of_study("1.1").id)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(set(found)) == 1


def test_who_waits_for_a_key_holds_up_no_study_whose_key_is_known(database, monkeypatch):
    asked, answered = threading.Event(), threading.Event()
    keys = DataKeys(database, OLD)
    (known,) = stored(keys, "1.1")

    def slowly(_key, secret, _name):
        asked.set()
        answered.wait(PATIENCE_S)
        return secret

    monkeypatch.setattr(LocalKey, "wrap", slowly)
    waits = threading.Thread(target=stored, args=(keys, "1.2"))
    waits.start()
    assert asked.wait(PATIENCE_S)
    assert keys.of_study("1.1") == known
    assert waits.is_alive()
    answered.set()
    waits.join()
    assert keys.of_study("1.2").wrapped == keys.of_study("1.2").secret


def test_no_more_keys_are_kept_in_memory_than_fit(keys, monkeypatch):
    monkeypatch.setattr(data_keys, "MOST", 2)
    found = stored(keys, "1.1", "1.2", "1.3")
    assert stored(keys, "1.1", "1.2", "1.3") == found


def test_another_start_finds_the_key(database, keys):
    (key,) = stored(keys, "1.1")
    again = DataKeys(database, OLD)
    assert again.of_study("1.1") == key
    assert DataKeys(database, OLD).secret(key.id) == key.secret


def test_what_is_no_key_opens_nothing(keys):
    with pytest.raises(DamagedError):
        keys.secret("00" * 16)


def test_the_key_of_a_study_without_objects_goes_and_is_never_used_again(database, keys):
    (key,) = stored(keys, "1.1")
    with database.write() as connection:
        assert remove_unused(connection, "1.1")
        assert not remove_unused(connection, "1.2")
    assert rows(database) == []
    keys.forget()
    with pytest.raises(DamagedError):
        keys.secret(key.id)
    assert keys.of_study("1.1").id != key.id


def test_an_object_that_was_staged_before_its_key_was_removed_brings_it_back(database, keys):
    (key,) = stored(keys, "1.1")
    with database.write() as connection:
        remove_unused(connection, "1.1")
    with database.write() as connection:
        secure(connection, [key, None])
    assert DataKeys(database, OLD).secret(key.id) == key.secret


def test_a_new_key_wraps_all_anew(database, keys, monkeypatch):
    monkeypatch.setattr(data_keys, "AT_ONCE", 2)
    uids = ["1.1", "1.2", "1.3", "1.4", "1.5"]
    before = stored(keys, *uids)
    assert DataKeys(database, NEW, [OLD]).rewrap() == 5
    assert {each.wrapped_by for each in rows(database)} == {NEW.id}
    after = DataKeys(database, NEW)
    assert [after.secret(each.id) for each in before] == [each.secret for each in before]
    assert after.rewrap() == 5


def test_a_server_that_does_not_know_the_new_key_says_so(database, keys):
    (key,) = stored(keys, "1.1")
    DataKeys(database, NEW, [OLD]).rewrap()
    with pytest.raises(UnavailableError, match=NEW.id):
        DataKeys(database, OLD).secret(key.id)


def settings_with(tmp_path, monkeypatch, **keys) -> Settings:
    """Settings whose keys are variables with these names."""
    for name, value in {"OLD": "A" * 43 + "=", "OTHER": "B" * 43 + "="}.items():
        monkeypatch.setenv(name, value)
    return Settings(data_dir=tmp_path, **keys)


def test_an_archive_that_never_encrypted_needs_no_key(database, tmp_path, monkeypatch):
    assert DataKeys.open(settings_with(tmp_path, monkeypatch), database) is None


def test_no_server_starts_without_the_keys_of_its_objects(database, keys, tmp_path, monkeypatch):
    def opened(**settings):
        return DataKeys.open(settings_with(tmp_path, monkeypatch, **settings), database)

    (key,) = stored(keys, "1.1")
    for settings in ({}, {"encryption_key": "env:OTHER"}):
        with pytest.raises(ConfigurationError, match=f"{OLD.id}.*encryption_former_keys"):
            opened(**settings)
    rotated = {"encryption_key": "env:OTHER", "encryption_former_keys": ["env:OLD"]}
    for settings in ({"encryption_key": "env:OLD"}, rotated):
        assert opened(**settings).secret(key.id) == key.secret


def test_a_key_that_does_not_open_what_it_should_is_told_at_the_start(
    database, keys, tmp_path, monkeypatch
):
    stored(keys, "1.1")
    with database.write() as connection:
        connection.execute(sa.update(data_key).values(wrapped=bytes(60)))
    with pytest.raises(DamagedError, match="does not open a data key"):
        DataKeys.open(settings_with(tmp_path, monkeypatch, encryption_key="env:OLD"), database)
