"""A loaded series as a volume."""

from dataclasses import replace

import numpy as np
import pytest

from app.domain.image import Calibration, Plane
from app.viewer.controller.volume import INCOMPLETE, refusal, volume
from app.viewer.load.loading import SeriesLoader
from app.viewer.load.series import LoadedSeries
from tests.viewer.load.manifests import a_manifest, an_image, stored

SPACED = Calibration(pixel_spacing=(2.0, 1.0))


def loaded(tmp_path, images) -> LoadedSeries:
    sources = [
        stored(tmp_path, image, np.full((8, 6), index * 10, np.int16))
        for index, image in enumerate(images)
    ]
    return SeriesLoader(
        a_manifest(*sources), bytes, progress=lambda _s: None, cancelled=lambda: False
    ).load()


def images(count: int = 4, step: float = 3.0, **changes):
    return [
        an_image(
            index,
            planes=(Plane((1, 2, index * step), (1, 0, 0), (0, 1, 0)),),
            calibration=SPACED,
            **changes,
        )
        for index in range(count)
    ]


def test_a_stack_in_order_is_a_volume_without_a_copy(tmp_path):
    series = loaded(tmp_path, images(slope=2.0, intercept=-1000.0))
    found = volume(series)
    assert np.shares_memory(found.voxels.values, series.slab)
    assert (found.voxels.slope, found.voxels.intercept) == (2.0, -1000.0)
    assert found.voxels.affine @ [3, 1, 1, 1] == pytest.approx([2, 4, 9, 1])


@pytest.mark.parametrize("own", [{}, {"slope": 2.0}])
def test_a_volume_keeps_the_voi_function_that_its_pictures_share(tmp_path, own):
    bent = images(voi_function="SIGMOID")
    assert volume(loaded(tmp_path, [*bent[:3], replace(bent[3], **own)])).voxels.voi_function == (
        "SIGMOID"
    )
    mixed = [*bent[:3], replace(bent[3], voi_function="LINEAR", **own)]
    assert volume(loaded(tmp_path, mixed)).voxels.voi_function == "LINEAR"


@pytest.mark.parametrize("step", [3.0, -3.0])
def test_every_voxel_lies_where_its_picture_says(tmp_path, step):
    series = loaded(tmp_path, images(step=step))
    voxels = volume(series).voxels
    for index in range(4):
        place = voxels.inverse @ [1, 2, index * step, 1]
        assert voxels.values[round(place[0]), 0, 0] == index * 10
    assert np.shares_memory(voxels.values, series.slab)


def test_pictures_in_no_order_are_copied_into_one(tmp_path):
    shuffled = [images()[index] for index in (2, 0, 3, 1)]
    voxels = volume(loaded(tmp_path, shuffled)).voxels
    assert [
        voxels.values[round((voxels.inverse @ [1, 2, z, 1])[0]), 0, 0] for z in (0, 3, 6, 9)
    ] == [
        10,
        30,
        0,
        20,
    ]


def test_slices_with_scales_of_their_own_become_modality_values(tmp_path):
    scaled = [replace(image, slope=0.5 + index) for index, image in enumerate(images())]
    voxels = volume(loaded(tmp_path, scaled)).voxels
    assert voxels.slope == 1.0
    assert sorted(voxels.values[:, 0, 0].tolist()) == [0.0, 15.0, 50.0, 105.0]


def test_a_series_that_is_no_volume_says_why(tmp_path):
    series = loaded(tmp_path, images(2))
    assert refusal(series) == "too-few-slices"
    assert volume(series).refusal == "too-few-slices"


def test_a_series_with_a_missing_picture_is_no_volume(tmp_path):
    series = loaded(tmp_path, images())
    assert refusal(series) == ""
    assert volume(LoadedSeries(series.manifest)).refusal == INCOMPLETE
