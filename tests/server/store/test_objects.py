"""Files of objects: staged, synced, kept, and recovered after a crash."""

import errno
import hashlib
import os
import time
from io import FileIO

import pytest

from app.domain.errors import NotFoundError, StorageFullError, UnavailableError
from app.domain.storage import Watermarks
from app.server.store import objects as stores
from app.server.store.objects import ObjectStore


@pytest.fixture
def store(tmp_path):
    store = ObjectStore(tmp_path)
    yield store
    store.close()


def stage(store, data=b"..data", uid="1.2.3"):
    return store.stage("1", "1.2", uid, b"head", data, 2)


def content_of(store, staged):
    with store.open(staged.key) as file:
        return file.readall()


def sync(store, *staged):
    with store.syncing(staged) as wait_for_all:
        wait_for_all()


def test_a_kept_object_is_its_head_and_the_rest_of_the_data(store, tmp_path):
    staged = stage(store)
    sync(store, staged)
    store.keep(staged)
    content = content_of(store, staged)
    assert content == b"headdata"
    assert staged.size == len(content)
    assert staged.sha256 == hashlib.sha256(content).hexdigest()
    assert list((tmp_path / "staging").iterdir()) == []


def test_a_file_is_taken_as_bytes_are(store, tmp_path):
    file = tmp_path / "source"
    file.write_bytes(bytes(2) + b"x" * 3_000_000)
    staged = stage(store, file)
    sync(store, staged)
    assert store.size(staged.key) == 3_000_004


def test_objects_of_a_series_lie_together_and_never_on_each_other(store):
    first, second = stage(store), stage(store)
    assert first.key != second.key
    assert first.key.rsplit("/", 1)[0] == second.key.rsplit("/", 1)[0]
    sync(store, first, second)


def test_an_object_is_found_while_it_waits_for_its_place(store):
    staged = stage(store)
    sync(store, staged)
    assert content_of(store, staged) == b"headdata"
    store.discard(staged)
    with pytest.raises(NotFoundError):
        store.open(staged.key)


def test_an_object_that_is_moved_while_it_is_opened_is_found(store, monkeypatch):
    staged = stage(store)
    sync(store, staged)

    def late(path):
        if "staging" in str(path):
            store.keep(staged)
        return FileIO(path)

    monkeypatch.setattr(stores, "FileIO", late)
    assert content_of(store, staged) == b"headdata"


def test_what_is_open_can_be_read_although_it_is_removed(store):
    staged = stage(store)
    sync(store, staged)
    with store.open(staged.key) as file:
        store.remove(staged.key)
        file.seek(4)
        assert file.readall() == b"data"


def test_the_path_of_an_object_that_is_moved_meanwhile_is_its_place(store, tmp_path, monkeypatch):
    staged = stage(store)
    sync(store, staged)
    monkeypatch.setattr(time, "sleep", lambda _seconds: store.keep(staged))
    assert store.plain_file(staged.key) == tmp_path / "objects" / staged.key


def test_after_a_crash_files_with_a_row_are_kept_and_others_removed(store, tmp_path):
    with_row, without = stage(store), stage(store)
    store.leave(with_row)
    store.leave(without)
    again = ObjectStore(tmp_path)
    assert again.recover(lambda keys: {with_row.key} & set(keys)) == 1
    assert again.plain_file(with_row.key) == tmp_path / "objects" / with_row.key
    assert list((tmp_path / "staging").iterdir()) == []
    again.close()


def test_too_little_space_is_told_before_writing(tmp_path):
    store = ObjectStore(tmp_path, Watermarks(full_percent=100))
    with pytest.raises(StorageFullError):
        stage(store)
    assert list((tmp_path / "staging").iterdir()) == []
    store.close()


@pytest.mark.parametrize(
    ("number", "expected"), [(errno.ENOSPC, StorageFullError), (errno.EIO, UnavailableError)]
)
def test_a_disk_that_fails_while_writing_or_syncing_is_told(store, monkeypatch, number, expected):
    def fail(_descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fdatasync", fail)
    staged = stage(store)
    with pytest.raises(expected):
        sync(store, staged)


def test_a_source_that_vanishes_leaves_nothing(store, tmp_path):
    with pytest.raises(UnavailableError):
        stage(store, tmp_path / "gone")
    assert list((tmp_path / "staging").iterdir()) == []
