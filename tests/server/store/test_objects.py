"""Objects wherever they are kept: staged, made safe, kept, read, and recovered after a crash."""

import hashlib
import os

import pytest

from app.domain.errors import DamagedError, NotFoundError, StorageFullError, UnavailableError
from app.server.store.objects import ObjectStore
from app.settings import Settings


@pytest.fixture(params=["files", "bucket"])
def settings(request, tmp_path):
    if request.param == "files":
        return Settings(data_dir=tmp_path / "archive")
    return request.getfixturevalue("a_bucket").settings(tmp_path / "archive")


@pytest.fixture
def store(settings):
    store = ObjectStore.of(settings)
    yield store
    store.close()


@pytest.fixture
def staged_names(settings):
    return lambda: [path.name for path in (settings.data_dir / "staging").iterdir()]


def stage(store, data=b"..data", uid="1.2.3"):
    return store.stage("1", "1.2", uid, b"head", data, 2)


def sync(store, *staged):
    with store.syncing(staged) as wait_for_all:
        wait_for_all()


def kept(store, data=b"..data"):
    staged = stage(store, data)
    sync(store, staged)
    store.keep(staged)
    return staged


def content_of(store, staged):
    with store.open(staged.key) as file:
        return file.readall()


def test_a_kept_object_is_its_head_and_the_rest_of_the_data(store, staged_names):
    staged = kept(store)
    content = content_of(store, staged)
    assert content == b"headdata"
    assert staged.size == store.size(staged.key) == len(content)
    assert staged.sha256 == store.digest(staged.key) == hashlib.sha256(content).hexdigest()
    assert staged_names() == []


def test_a_file_is_taken_as_bytes_are(store, tmp_path):
    file = tmp_path / "source"
    file.write_bytes(bytes(2) + os.urandom(20_000_000))
    staged = stage(store, file)
    sync(store, staged)
    assert store.size(staged.key) == 20_000_004
    assert content_of(store, staged) == b"head" + file.read_bytes()[2:]
    assert store.digest(staged.key) == staged.sha256


def test_objects_of_a_series_lie_together_and_never_on_each_other(store):
    first, second = stage(store), stage(store)
    assert first.key != second.key
    assert first.key.rsplit("/", 1)[0] == second.key.rsplit("/", 1)[0]
    sync(store, first, second)


def test_an_object_is_found_while_its_row_is_committed(store):
    staged = stage(store)
    sync(store, staged)
    assert content_of(store, staged) == b"headdata"
    store.discard(staged)
    store.tidy()
    with pytest.raises(NotFoundError):
        store.open(staged.key)


def test_what_is_open_can_be_read_although_it_is_removed(store):
    staged = kept(store)
    with store.open(staged.key) as file:
        store.remove(staged.key)
        file.seek(4)
        assert file.readall() == b"data"
    for look in (store.open, store.size, store.digest):
        with pytest.raises(NotFoundError):
            look(staged.key)
    store.remove(staged.key)


def test_a_damaged_object_is_set_apart_until_it_is_removed(store):
    staged = kept(store)
    store.set_apart(staged.key)
    for look in (store.open, store.size, store.digest, store.set_apart):
        with pytest.raises(DamagedError):
            look(staged.key)
    store.remove(staged.key)
    with pytest.raises(NotFoundError) as gone:
        store.open(staged.key)
    assert not isinstance(gone.value, DamagedError)


def test_after_a_crash_objects_with_a_row_are_kept_and_others_dropped(
    settings, store, staged_names
):
    with_row, without, never_safe = stage(store), stage(store), stage(store)
    sync(store, with_row, without)
    for each in (with_row, without, never_safe):
        store.leave(each)
    again = ObjectStore.of(settings)
    assert again.recover(lambda keys: {with_row.key} & set(keys)) == 1
    again.tidy()
    assert content_of(again, with_row) == b"headdata"
    for each in (without, never_safe):
        with pytest.raises(NotFoundError):
            again.open(each.key)
    assert staged_names() == []
    again.close()


def test_too_little_space_is_told_before_writing(settings, staged_names):
    full = settings.model_copy(update={"disk_full_percent": 100})
    store = ObjectStore.of(full)
    with pytest.raises(StorageFullError):
        stage(store)
    assert staged_names() == []
    store.close()


def test_a_source_that_vanishes_leaves_nothing(store, tmp_path, staged_names):
    with pytest.raises(UnavailableError):
        stage(store, tmp_path / "gone")
    assert staged_names() == []
