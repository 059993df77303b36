"""What holds of objects in a bucket: shared by servers, away at times, and copied here."""

import hashlib
import os
from io import BufferedReader

import pytest

from app.domain.errors import ConfigurationError, StorageFullError, UnavailableError
from app.server.store import bucket
from app.server.store.bucket import PART, RemoteObject
from app.server.store.objects import ObjectStore
from app.settings import Settings
from tests.s3 import SECRET
from tests.server.store.test_objects import content_of, kept, stage, sync


@pytest.fixture
def settings(a_bucket, tmp_path):
    return a_bucket.settings(tmp_path / "archive")


@pytest.fixture
def store(settings):
    store = ObjectStore.of(settings)
    yield store
    store.close()


def copies(settings):
    return sum(path.stat().st_size for path in (settings.data_dir / "cache").iterdir())


def test_no_file_of_it_is_promised(store):
    assert store.plain_file(kept(store).key) is None


def test_it_lies_under_the_prefix(store, a_bucket):
    staged = kept(store)
    assert a_bucket.paths() == [f"archive/objects/{staged.key}"]


def test_a_start_drops_only_what_this_server_staged(store, a_bucket, tmp_path):
    theirs = stage(store)
    sync(store, theirs)
    other = ObjectStore.of(a_bucket.settings(tmp_path / "other"))
    assert other.recover(lambda _keys: set()) == 0
    other.tidy()
    assert content_of(other, theirs) == b"headdata"
    other.close()


def test_a_staged_file_that_a_power_cut_spoiled_is_no_copy(settings, store):
    staged = stage(store)
    sync(store, staged)
    store.leave(staged)
    staged.path.write_bytes(bytes(staged.size))  # its bytes were never synced here
    again = ObjectStore.of(settings)
    assert again.recover(set) == 1
    assert content_of(again, staged) == b"headdata"
    assert list((settings.data_dir / "staging").iterdir()) == []
    again.close()


def test_what_was_to_be_deleted_is_deleted_after_a_restart(settings, store, a_bucket):
    staged = stage(store)
    sync(store, staged)
    store.discard(staged)
    assert a_bucket.paths() != []
    again = ObjectStore.of(settings)
    again.tidy()
    assert a_bucket.paths() == []
    assert list((settings.data_dir / "dropped").iterdir()) == []
    again.close()


def test_what_one_server_stored_another_reads(store, a_bucket, tmp_path):
    staged = kept(store, os.urandom(PART + 7))
    other = ObjectStore.of(a_bucket.settings(tmp_path / "other"))
    for _ in range(2):  # from the bucket, and from the copy
        assert hashlib.sha256(content_of(other, staged)).hexdigest() == staged.sha256
    other.close()


def test_what_is_read_again_asks_nothing_of_the_bucket(store, a_bucket):
    stored, fetched = kept(store), kept(store)
    store._shelf._cache.forget(fetched.key)
    content_of(store, fetched)
    a_bucket.store.delete(a_bucket.paths())
    for each in (stored, fetched):
        assert (content_of(store, each), store.size(each.key)) == (b"headdata", 8)


def test_without_room_for_a_copy_it_is_read_piece_by_piece(a_bucket, tmp_path):
    settings = a_bucket.settings(tmp_path / "archive", object_cache_mb=1)
    store = ObjectStore.of(settings)
    data = os.urandom(2 * PART)
    staged = kept(store, data)
    with BufferedReader(store.open(staged.key)) as file:
        file.seek(PART - 5)
        assert file.read(20) == data[PART - 7 : PART + 13]
        assert file.tell() == PART + 15
        assert file.seek(-3, os.SEEK_END) == staged.size - 3
        assert file.read() == data[-3:]
        assert file.read(1) == b""
    assert hashlib.sha256(content_of(store, staged)).hexdigest() == staged.sha256
    assert copies(settings) == 0
    store.close()


def test_a_bucket_that_is_away_is_told_and_nothing_is_left_behind(store, a_bucket, settings):
    before = kept(store)
    content_of(store, before)
    unread = kept(store)
    store._shelf._cache.forget(unread.key)
    a_bucket.service.stop()
    try:
        with pytest.raises(UnavailableError) as told:
            stage(store)
        for ask in (store.open, store.size, store.remove, store.set_apart):
            with pytest.raises(UnavailableError):
                ask(unread.key)
        with pytest.raises(UnavailableError):
            store.tidy()
        assert content_of(store, before) == b"headdata"
    finally:
        a_bucket.service.start()
    store.tidy()
    assert list((settings.data_dir / "staging").iterdir()) == []
    assert list((settings.data_dir / "dropped").iterdir()) == []
    assert content_of(store, unread) == b"headdata"
    assert SECRET not in str(told.value.__dict__) + repr(told.value.__context__)


def test_a_bucket_that_is_not_there_is_no_lost_object(settings):
    store = ObjectStore.of(settings.model_copy(update={"object_store": "s3://no-such-bucket"}))
    for ask in (lambda: stage(store), lambda: store.open("00/00/1.2.3")):
        with pytest.raises(UnavailableError):
            ask()
    store.close()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Server returned error: <Code>QuotaExceeded</Code>", StorageFullError),
        ("507 Insufficient Storage", StorageFullError),
        ("<Code>SlowDown</Code>", UnavailableError),
    ],
)
def test_a_bucket_that_is_full_is_told_so(store, monkeypatch, said, expected):
    def refuse(*_arguments, **_options):
        raise bucket.BaseError(said)

    monkeypatch.setattr(bucket.obstore, "put", refuse)
    with pytest.raises(expected):
        sync(store, stage(store))


@pytest.mark.parametrize("address", ["file:///tmp", "s3://", "bucket"])
def test_what_names_no_bucket_is_refused(address, tmp_path):
    with pytest.raises(ConfigurationError):
        ObjectStore.of(Settings(data_dir=tmp_path, object_store=address))


def test_the_secret_is_not_shown(settings):
    assert SECRET not in repr(settings)


def test_a_part_is_fetched_once_however_it_is_read():
    asked = []

    def fetch(start, end):
        asked.append((start, end))
        return bytes(end - start), 2 * PART

    with RemoteObject(fetch) as remote:
        while remote.read(PART // 3):
            continue
    assert asked == [(0, PART), (PART, 2 * PART)]
