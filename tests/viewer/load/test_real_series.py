"""Real series of several scanners into memory."""

import time
from pathlib import Path

import numpy as np
import pydicom
import pytest

from app.viewer.load.loading import SeriesLoader
from app.viewer.load.series import LoadedSeries
from tests.viewer.load.manifests import from_files, remote


def load(manifest, fetch=bytes) -> LoadedSeries:
    return SeriesLoader(
        manifest, fetch, progress=lambda _series: None, cancelled=lambda: False
    ).load()


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


@pytest.fixture
def a_chest(shared_dicom) -> list[Path]:
    return files(shared_dicom / "series" / "ct_chest_1mm_a")


def test_a_ct_lies_in_memory_as_pydicom_reads_it(a_chest):
    series = load(from_files(a_chest))
    assert series.slab is not None
    assert series.slab.shape == (100, 512, 512)
    for index in (0, 50, 99):
        stored = pydicom.dcmread(series.shots[index].source.path).pixel_array
        assert (series.frame(index) == stored).all()


def test_a_ct_from_a_server_is_the_same_as_from_the_disk(a_chest):
    local = from_files(a_chest[:6])
    paths = {each.image.sop_instance_uid: Path(each.path) for each in local.images}
    away = type(local)(local.series, tuple(remote(each) for each in local.images))
    series = load(away, lambda uid: paths[uid].read_bytes())
    assert np.array_equal(series.slab, load(local).slab)


def test_opening_a_ct_is_near_to_reading_its_bytes(a_chest):
    manifest = from_files(a_chest)

    def raw() -> float:
        start = time.process_time()
        for path in a_chest:
            path.read_bytes()
        return time.process_time() - start

    def ours() -> float:
        start = time.process_time()
        load(manifest)
        return time.process_time() - start

    raw(), ours()
    # Of the processor's time, in all threads: it hardly depends on other work on the machine.
    assert min(ours() for _ in range(5)) < 6 * min(raw() for _ in range(5)) + 0.2


@pytest.mark.parametrize(
    ("folder", "shape"),
    [
        ("us_stress_echo", (288, 384, 3)),
        ("mr_enhanced_siemens", (64, 64)),
        ("mr_head_t1_jpegll_series", (128, 128)),
        ("d2n_generic_rgb", (77, 52, 3)),
    ],
)
def test_multi_frame_compressed_and_colour_series_load_whole(shared_dicom, folder, shape):
    series = load(from_files(files(shared_dicom / "series" / folder)))
    assert series.failed == 0
    assert series.loaded == series.count > 0
    assert {series.frame(index).shape for index in range(series.count)} == {shape}
