"""A volume opens as its series was shown in 2D."""

from dataclasses import replace

import numpy as np
import pytest

from app.domain.image import Calibration, Plane, Window
from app.domain.study import StudySummary
from app.viewer.controller.opening import opening
from app.viewer.controller.shown import shown
from app.viewer.controller.volume import volume
from app.viewer.load.loading import SeriesLoader
from app.viewer.model.state import Tile
from app.viewer.scene.crosshair import cut_of, moved, opened
from app.viewer.scene.grey import Shade
from app.viewer.scene.mpr import Slicer
from app.viewer.scene.planes import PlaneName
from tests.viewer.load.manifests import a_manifest, an_image, stored

STUDY = StudySummary("1.2")
SIZE = (60, 80)


def loaded(tmp_path, **changes):
    """Five slices of (8, 6); slice n has values 10 n to 10 n + 47."""
    sources = []
    for index in range(5):
        image = an_image(
            index,
            planes=(Plane((1, 2, index * 3.0), (1, 0, 0), (0, 1, 0)),),
            calibration=Calibration(pixel_spacing=(2.0, 2.0)),
            **changes,
        )
        pixels = np.arange(48, dtype=np.int16).reshape(8, 6) + index * 10
        sources.append(stored(tmp_path, image, pixels))
    return SeriesLoader(
        a_manifest(*sources), bytes, progress=lambda _s: None, cancelled=lambda: False
    ).load()


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("slope", [1.0, 2.0])
def test_a_slice_has_one_grey_in_2d_and_in_the_axial_plane(tmp_path, photometric, inverted, slope):
    series = loaded(tmp_path, photometric_interpretation=photometric, slope=slope)
    tile = Tile("1.2", 5, 3, Window(50, 100), inverted=inverted)
    flat = shown(series, tile, SIZE, 1.0).picture()
    how, voxels = opening(series, tile, "", STUDY), volume(series).voxels
    shade = Shade(how.window.centre, how.window.width, how.inverted)
    state = moved(opened(voxels, shade), voxels, how.point)
    cut = replace(cut_of(state, voxels, PlaneName.AXIAL, SIZE), pitch=0.2)
    solid = Slicer(voxels).picture(cut, state.slab, state.shade)
    assert np.abs(flat[40, 30].astype(int) - solid[40, 30]) <= 1
    assert np.ptp(flat) > 50


def test_the_crosshair_begins_in_the_middle_of_what_the_tile_shows(tmp_path):
    series = loaded(tmp_path)
    assert opening(series, Tile("1.2", 5, 4), "", STUDY).point == (6, 9, 12)
    corner = replace(Tile("1.2", 5, 1), focus=(0.5 / 6, 0.5 / 8))
    assert opening(series, corner, "", STUDY).point == pytest.approx((1, 2, 3))


def test_a_pet_is_in_suv_where_all_its_images_share_a_factor(tmp_path):
    series = loaded(tmp_path, modality="PT", suv_factor=0.25)
    assert opening(series, Tile("1.2", 5, 1), "", STUDY).suv_factor == 0.25
    assert opening(loaded(tmp_path), Tile("1.2", 5, 1), "", STUDY).suv_factor is None
