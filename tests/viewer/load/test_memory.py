"""One budget of memory for all series."""

from dataclasses import replace

import numpy as np
import pytest

from app.dicom import part10
from app.viewer.load.loading import NO_MEMORY, SeriesLoader
from app.viewer.load.memory import Memory, memory_limit
from tests.viewer.load.manifests import a_manifest, an_image, from_files, remote, stored

PIXELS = 8 * 6 * 2


def a_loader(manifest, memory, fetch=bytes) -> SeriesLoader:
    return SeriesLoader(
        manifest, fetch, progress=lambda _s: None, cancelled=lambda: False, memory=memory
    )


@pytest.fixture
def a_ct(tmp_path):
    values = np.zeros((8, 6), np.int16)
    return a_manifest(*(stored(tmp_path, an_image(index), values) for index in range(4)))


def test_all_series_share_the_memory_and_give_it_back(a_ct):
    memory = Memory(6 * PIXELS)
    first = a_loader(a_ct, memory).load()
    assert memory.taken == first.size == 4 * PIXELS
    second = a_loader(a_ct, memory).load()
    assert second.loaded == 2
    assert NO_MEMORY in {second.failure(index) for index in range(4)}
    del first
    assert memory.taken == second.size
    again = a_loader(a_ct, memory).load()
    assert again.failed == 0
    del second, again
    assert memory.taken == 0


def test_fetched_objects_count_until_their_pixels_were_taken(tmp_path):
    source = stored(tmp_path, an_image(0), np.zeros((8, 6), np.int16))
    data = (tmp_path / "1.2.1.dcm").read_bytes()
    memory, seen = Memory(1000), []

    def fetch(_uid):
        seen.append(memory.taken)
        return data

    series = a_loader(a_manifest(remote(source)), memory, fetch).load()
    assert seen == [PIXELS]
    assert series.loaded == 1
    assert memory.taken == PIXELS
    short = a_loader(a_manifest(remote(source)), Memory(PIXELS + len(data) - 1), fetch).load()
    assert short.failure(0) == NO_MEMORY


def test_a_half_of_a_large_picture_counts_too(tmp_path):
    large = np.zeros((2000, 2000), np.int16)
    source = stored(tmp_path, an_image(0, rows=2000, columns=2000), large)
    memory = Memory(large.nbytes * 5 // 4)
    series = a_loader(a_manifest(source), memory).load()
    assert series.half(0) is not None
    assert memory.taken == series.size == memory.limit
    short = a_loader(a_manifest(source), Memory(large.nbytes)).load()
    assert short.half(0) is None


def test_the_memory_is_half_of_the_machines_or_what_an_ordinary_one_has(monkeypatch):
    monkeypatch.setattr("os.sysconf", lambda name: 4096 if "SIZE" in name else 4 << 20)
    assert memory_limit() == 8 << 30

    def silent(_name):
        raise ValueError

    monkeypatch.setattr("os.sysconf", silent)
    assert memory_limit() == 4 << 30


def test_an_object_of_many_frames_is_scanned_once(shared_dicom, monkeypatch):
    folder = shared_dicom / "series" / "us_stress_echo"
    manifest = from_files(sorted(folder.iterdir()))
    source = next(each for each in manifest.images if each.image.format.frames > 1)
    scans, scan = [], part10.data_set
    monkeypatch.setattr(part10, "data_set", lambda buffer: scans.append(1) or scan(buffer))
    series = a_loader(replace(manifest, images=(source,)), Memory(1 << 30)).load()
    assert series.loaded == source.image.format.frames
    assert len(scans) == 1
