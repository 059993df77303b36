"""Copies of objects: the last ones read stay, within their limit and the disk's."""

from io import BytesIO

import pytest

from app.domain.storage import DiskLevel, DiskState
from app.server.store.read_cache import KEPT_S, ReadCache

SIZE = 100


class ADisk:
    """A disk as large as a test says."""

    level = DiskLevel.GOOD

    def state(self) -> DiskState:
        return DiskState(0, 0, self.level)


@pytest.fixture
def disk():
    return ADisk()


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def cache(tmp_path, disk, now):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "of-an-earlier-run").touch()
    return ReadCache(tmp_path / "cache", 4 * SIZE, disk, lambda: now[0])


@pytest.fixture
def names(tmp_path):
    return lambda: sorted(path.name for path in (tmp_path / "cache").iterdir())


def fill(cache, key, data=bytes(SIZE)):
    file = cache.fill(key, BytesIO(data), len(data))
    if file:
        file.close()
    return file


def content_of(cache, key):
    file = cache.open(key)
    if file is None:
        return None
    with file:
        return file.readall()


def test_copies_of_an_earlier_run_are_not_trusted(cache, names):
    assert names() == []


def test_the_one_read_longest_ago_goes_first(cache, names):
    for key in "abcd":
        fill(cache, key)
    content_of(cache, "a")
    fill(cache, "e")
    assert names() == ["a", "c", "d", "e"]
    assert content_of(cache, "b") is None
    assert (cache.size("a"), cache.size("b")) == (SIZE, None)


def test_a_file_is_taken_over_or_dropped(cache, tmp_path, names):
    for key, size in (("x/y", SIZE), ("large", SIZE + 1)):
        file = tmp_path / "file"
        file.write_bytes(bytes(size))
        cache.adopt(file, key)
        assert not file.exists()
    assert names() == ["x+y"]
    assert content_of(cache, "x/y") == bytes(SIZE)


def test_a_copy_made_again_counts_once(cache):
    for _ in range(5):
        fill(cache, "a")
    for key in "bcd":
        fill(cache, key)
    assert content_of(cache, "a") == bytes(SIZE)


def test_what_is_too_large_is_not_copied(cache, names):
    assert fill(cache, "a", bytes(SIZE + 1)) is None
    assert names() == []


def test_a_source_or_disk_that_fails_leaves_nothing(cache, names):
    class Failing(BytesIO):
        def __init__(self, error):
            super().__init__(bytes(SIZE))
            self.error = error

        def read(self, _size=-1):
            raise self.error

    assert cache.fill("a", Failing(OSError(28, "No space left on device")), SIZE) is None
    with pytest.raises(RuntimeError):
        cache.fill("a", Failing(RuntimeError()), SIZE)
    assert names() == []
    assert content_of(cache, "a") is None


def test_a_low_disk_gets_its_room_back(cache, disk, names):
    fill(cache, "a")
    disk.level = DiskLevel.LOW
    assert fill(cache, "b") is None
    cache.trim()
    assert names() == []


def test_copies_are_used_for_a_day(cache, now, names):
    for key in "ab":
        fill(cache, key)
    now[0] = KEPT_S
    assert content_of(cache, "a") is None
    assert cache.size("b") is None
    fill(cache, "c")
    cache.trim()
    assert names() == ["c"]


def test_a_copy_somebody_removed_is_none(cache, tmp_path):
    fill(cache, "a")
    (tmp_path / "cache" / "a").unlink()
    assert cache.open("a") is None
    assert content_of(cache, "a") is None
