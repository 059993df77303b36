"""What administrators see of the archive's storage, and what everyone is told of it."""

import shutil

import pytest

from app.domain.access import Actor, Role
from app.domain.changes import ChangeKind
from app.domain.errors import ForbiddenError, StorageFullError, UnavailableError
from app.domain.ingest import StoreOutcome
from app.domain.storage import DiskLevel, DiskState
from app.server.core import changes
from app.server.core.storage import Storage
from app.server.store import disk
from tests.server.samples import an_object


@pytest.fixture
def storage(database, objects, clock) -> Storage:
    return Storage(database, objects, clock)


@pytest.fixture
def free(monkeypatch):
    """Sets how many percent of the disk, of a billion bytes, are free."""
    usage = shutil.disk_usage("/")

    def is_free(percent: float) -> None:
        now = usage._replace(free=int(percent * 10**7), total=10**9)
        monkeypatch.setattr(disk.shutil, "disk_usage", lambda _folder: now)

    return is_free


def told(database, doctor) -> list[tuple[ChangeKind, str]]:
    found = changes.since(database, doctor, 0, 100)
    return [(each.kind, each.study_uid) for each in found]


def test_an_administrator_sees_the_disk_and_others_do_not(storage, admin, sign_in_as, free):
    free(50)
    state = DiskState(free=500_000_000, total=10**9, level=DiskLevel.GOOD)
    assert storage.status(admin).disk == state
    for actor in (sign_in_as(Role.DOCTOR), sign_in_as(Role.OPERATOR), Actor("x", frozenset())):
        with pytest.raises(ForbiddenError):
            storage.status(actor)


@pytest.mark.logs("disk-level")
def test_the_feed_is_told_once_of_each_change_of_level(storage, database, doctor, free):
    free(50)
    storage.watch_disk()
    assert told(database, doctor) == []
    for percent, level in ((9, DiskLevel.LOW), (1, DiskLevel.FULL), (50, DiskLevel.GOOD)):
        free(percent)
        storage.watch_disk()
        storage.watch_disk()
        assert storage.disk_level is level
    assert told(database, doctor) == [(ChangeKind.DISK_LEVEL_CHANGED, "")] * 3


def test_a_full_disk_takes_nothing_until_there_is_room(ingest, doctor, source, free):
    free(2)
    with pytest.raises(StorageFullError):
        ingest.store(doctor, source, an_object())
    free(2.1)
    assert ingest.store(doctor, source, an_object()).outcome is StoreOutcome.STORED


@pytest.mark.logs("disk-level")
def test_a_level_that_could_not_be_told_is_told_later(storage, database, doctor, free, monkeypatch):
    def fail(*_arguments):
        raise StorageFullError

    free(1)
    with monkeypatch.context() as broken:
        broken.setattr(changes.changes, "append", fail)
        with pytest.raises(StorageFullError):
            storage.watch_disk()
    assert storage.disk_level is DiskLevel.FULL
    assert told(database, doctor) == []
    storage.watch_disk()
    assert told(database, doctor) == [(ChangeKind.DISK_LEVEL_CHANGED, "")]


def test_a_disk_that_does_not_answer_is_unavailable(storage, monkeypatch):
    def fail(_folder):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(disk.shutil, "disk_usage", fail)
    with pytest.raises(UnavailableError, match="Input/output error"):
        storage.watch_disk()
