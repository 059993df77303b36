"""The spool: whole objects out of pieces, and never more of the disk than is left beside it."""

import shutil
import stat
import sys
import threading

import pytest

from app.domain.errors import StorageFullError
from app.domain.storage import Watermarks
from app.server.store import disk
from app.server.store import spool as module
from app.server.store.spool import Spool

KIB = 1024


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(module, "PIECE", KIB)


@pytest.fixture
def free(monkeypatch):
    """Sets the free bytes of the disk."""

    def is_free(size: int) -> None:
        usage = shutil.disk_usage("/")._replace(free=size, total=100 * KIB)
        monkeypatch.setattr(disk.shutil, "disk_usage", lambda _folder: usage)

    return is_free


def receive(incoming, *pieces: bytes):
    for piece in pieces:
        incoming.append(piece)
        if incoming.wants_to_write:
            incoming.write()


def test_a_small_object_stays_in_memory(folder):
    incoming = Spool(folder).incoming(10 * KIB, b"head")
    receive(incoming, b"a", b"b")
    assert incoming.content() == b"headab"
    assert list(folder.iterdir()) == []


def test_a_large_object_lies_whole_in_the_folder_until_it_is_forgotten(folder, small_pieces):
    incoming = Spool(folder).incoming(10 * KIB, b"head")
    receive(incoming, b"a" * KIB, b"b" * KIB, b"c")
    file = incoming.content()
    assert file.read_bytes() == b"head" + b"a" * KIB + b"b" * KIB + b"c"
    assert sys.platform == "win32" or stat.S_IMODE(folder.stat().st_mode) == 0o700
    incoming.close()
    assert list(folder.iterdir()) == []


def test_what_comes_beyond_the_limit_is_dropped(folder):
    incoming = Spool(folder).incoming(3)
    receive(incoming, b"abc")
    assert not incoming.is_too_large
    receive(incoming, b"d", bytes(KIB))
    assert incoming.is_too_large
    assert incoming.content() == b"abc"


def test_what_a_crash_left_is_removed(folder):
    folder.mkdir()
    (folder / "half").write_bytes(b"half an object")
    Spool(folder)
    assert list(folder.iterdir()) == []


def test_the_reserve_of_the_disk_is_left_alone(folder, small_pieces, free):
    free(100 * KIB)
    incoming = Spool(folder, Watermarks(full_percent=99)).incoming(10 * KIB)
    with pytest.raises(StorageFullError):
        receive(incoming, b"a" * 2 * KIB)
    incoming.close()
    assert list(folder.iterdir()) == []


def test_all_together_hold_no_more_than_could_be_stored_and_give_it_back(
    folder, small_pieces, free
):
    free(100 * KIB)
    spool = Spool(folder, Watermarks(full_percent=0))
    held = [spool.incoming(100 * KIB) for _ in range(6)]
    for each in held[:5]:
        receive(each, b"a" * 10 * KIB)
    with pytest.raises(StorageFullError):
        receive(held[5], b"a" * 60 * KIB)
    for each in held:
        each.close()
    last = spool.incoming(50 * KIB)
    receive(last, b"a" * 50 * KIB)
    last.close()


def test_who_write_at_the_same_time_are_counted_together(folder, free):
    free(100 * KIB)
    spool = Spool(folder, Watermarks(full_percent=60))
    refused = []

    def ask() -> None:
        try:
            with spool.room(15 * KIB):
                asked.wait(10)
        except StorageFullError as error:
            refused.append(error)
            asked.wait(10)

    asked = threading.Barrier(4)
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3


def test_a_folder_that_is_gone_is_a_full_spool(folder, small_pieces):
    incoming = Spool(folder).incoming(10 * KIB)
    folder.rmdir()
    with pytest.raises(StorageFullError):
        receive(incoming, b"a" * 2 * KIB)
