"""What holds of objects that are files on this machine."""

import errno
import os
import time
from io import FileIO

import pytest

from app.domain.errors import StorageFullError, UnavailableError
from app.server.store import folder
from app.server.store.objects import LARGE, ObjectStore
from tests.server.store.test_objects import content_of, stage, sync


@pytest.fixture
def store(tmp_path):
    store = ObjectStore(tmp_path)
    yield store
    store.close()


def test_an_object_that_is_moved_while_it_is_opened_is_found(store, monkeypatch):
    staged = stage(store)
    sync(store, staged)

    def late(path):
        if "staging" in str(path):
            store.keep(staged)
        return FileIO(path)

    monkeypatch.setattr(folder, "FileIO", late)
    assert content_of(store, staged) == b"headdata"


def test_the_path_of_an_object_that_is_moved_meanwhile_is_its_place(store, tmp_path, monkeypatch):
    staged = stage(store)
    sync(store, staged)
    monkeypatch.setattr(time, "sleep", lambda _seconds: store.keep(staged))
    assert store.plain_file(staged.key) == tmp_path / "objects" / staged.key


@pytest.mark.parametrize(
    ("number", "expected"), [(errno.ENOSPC, StorageFullError), (errno.EIO, UnavailableError)]
)
def test_a_disk_that_fails_while_syncing_is_told(store, tmp_path, monkeypatch, number, expected):
    def fail(_descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fdatasync", fail)
    staged = stage(store)
    with pytest.raises(expected):
        sync(store, staged)
    with pytest.raises(expected):
        stage(store, bytes(LARGE))
    store.discard(staged)
    assert list((tmp_path / "staging").iterdir()) == []
