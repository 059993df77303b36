"""An archive that encrypts into a bucket: neither it nor copies on this machine show anything."""

import hashlib

import pytest

from app.domain.errors import DamagedError
from app.server.store.data_keys import DataKeys
from app.server.store.engine import Database
from app.server.store.key_encryption import LocalKey
from app.server.store.objects import ObjectStore
from tests.server.store.test_objects import sync

PLAIN = b"PLANTED^NAME" * 50_000


@pytest.fixture
def settings(a_bucket, tmp_path):
    return a_bucket.settings(tmp_path / "archive")


@pytest.fixture
def store(settings):
    database = Database.open(settings)
    store = ObjectStore.of(settings, DataKeys(database, LocalKey.of(bytes(32))))
    yield store
    store.close()
    database.close()


@pytest.fixture
def kept(store):
    staged = store.stage("1", "1.2", "1.2.3", b"", PLAIN, 0)
    sync(store, staged)
    store.keep(staged)
    return staged.kept


def test_what_is_read_is_what_was_stored(store, kept):
    for _ in range(2):  # from the copy, too
        with store.open(kept.key) as file:
            assert file.seek(300_000) == 300_000
            assert file.readall() == PLAIN[300_000:]
    assert store.size(kept.key) == len(PLAIN)
    assert store.digest(kept.key) == kept.sha256 == hashlib.sha256(PLAIN).hexdigest()


def test_nothing_is_to_be_seen_anywhere(store, kept, settings, a_bucket):
    with store.open(kept.key) as file:
        file.readall()
    (path,) = a_bucket.paths()
    contents = [bytes(a_bucket.store.get(path).bytes())]
    contents += [each.read_bytes() for each in settings.data_dir.rglob("*") if each.is_file()]
    assert len(contents) > 2
    assert all(PLAIN[:12] not in each for each in contents)


def test_what_was_changed_in_the_bucket_is_damage(store, kept, a_bucket):
    (path,) = a_bucket.paths()
    content = bytearray(a_bucket.store.get(path).bytes())
    content[-1] ^= 1
    a_bucket.store.put(path, bytes(content))
    with pytest.raises(DamagedError):
        store.digest(kept.key)
