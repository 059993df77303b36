"""Volumes: their place in the patient, their types, their small versions."""

import numpy as np
import pytest

from app.viewer.scene.voxels import Voxels, shrink_factors
from tests.viewer.scene.volumes import a_noise, a_ramp, placed, rotation

TURN = rotation((1, 1, 0), 0.5)


def test_a_volume_knows_its_spacing_centre_and_corners():
    voxels = placed(a_noise((5, 6, 7)), (2.0, 1.0, 0.5), origin=(-10, 0, 100))
    assert voxels.spacing == pytest.approx((2.0, 1.0, 0.5))
    assert voxels.centre == pytest.approx((-10 + 1.5, 2.5, 104))
    assert voxels.corners.max(axis=0) == pytest.approx((-7, 5, 108))


def test_spacing_does_not_depend_on_how_the_patient_lies():
    assert placed(a_noise(), (2, 1, 0.5), TURN).spacing == pytest.approx((2, 1, 0.5))


@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        (np.int8, np.int16),
        (np.uint8, np.uint8),
        (np.int16, np.int16),
        (np.uint16, np.uint16),
        (np.int32, np.float32),
        (np.uint32, np.float32),
        (np.float64, np.float32),
    ],
)
def test_values_are_kept_in_a_type_that_can_be_drawn(stored, kept):
    values = np.arange(24).reshape(2, 3, 4).astype(stored)
    voxels = placed(values, (1, 1, 1))
    assert voxels.values.dtype == kept
    assert np.array_equal(voxels.values, values)


def test_values_that_can_be_drawn_are_not_copied():
    values = a_noise()
    assert np.shares_memory(placed(values, (1, 1, 1)).values, values)


def test_the_range_leaves_out_the_few_brightest():
    values = np.zeros((10, 100, 100), np.int16)
    values[:, :50] = 100
    values[0, 0, :20] = 30000
    voxels = Voxels(values, np.eye(4), slope=2.0, intercept=-10.0)
    assert voxels.range == (-10.0, 190.0)


def test_a_small_version_has_the_same_values_at_the_same_points_of_the_patient():
    gradient = (1.0, -2.0, 0.5)
    voxels = a_ramp((30, 40, 50), (2.0, 1.0, 1.0), gradient, TURN, (5, 6, 7))
    small = voxels.shrunk(8000)
    assert small.values.size <= 8000
    index = np.indices(small.values.shape).reshape(3, -1)
    points = small.affine[:3, :3] @ index + small.affine[:3, 3:]
    assert small.values.ravel() == pytest.approx(np.array(gradient) @ points, abs=1e-3)


def test_a_small_volume_is_its_own_small_version():
    voxels = placed(a_noise(), (1, 1, 1))
    assert voxels.shrunk(10**6) is voxels


def test_the_finest_axis_is_divided_first():
    assert shrink_factors((100, 512, 512), np.array([3.0, 0.7, 0.7]), 7_000_000) == (1, 2, 2)


def test_a_single_slice_is_never_divided_away():
    assert shrink_factors((1, 64, 64), np.array([0.1, 1.0, 1.0]), 1024)[0] == 1
