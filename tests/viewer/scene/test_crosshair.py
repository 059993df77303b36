"""The MPR's state: crosshair, framing, slab and turned planes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.viewer.scene.crosshair import (
    MOST_SLAB_MM,
    Framing,
    cut_of,
    framed,
    moved,
    opened,
    panned,
    rotated,
    scrolled,
    straightened,
    thickened,
    zoomed,
)
from app.viewer.scene.grey import Shade
from app.viewer.scene.planes import STANDARD, PlaneName, vector
from tests.viewer.scene.volumes import a_noise, placed

SIZE = (400, 300)


@pytest.fixture
def voxels():
    return placed(a_noise((40, 50, 60)), (2.0, 1.0, 1.0), origin=(-30, -25, 100))


@pytest.fixture
def state(voxels):
    return opened(voxels, Shade(40, 400))


def corners_in_view(state, voxels, name):
    cut = cut_of(state, voxels, name, SIZE)
    return np.array([cut.pixel(vector(corner)) for corner in voxels.corners])


@pytest.mark.parametrize("name", PlaneName)
def test_a_volume_opens_with_all_of_it_in_every_view(state, voxels, name):
    pixels = corners_in_view(state, voxels, name)
    assert pixels.min() >= 0
    assert (pixels.max(axis=0) <= np.array(SIZE) - 1).all()


@pytest.mark.parametrize("name", PlaneName)
def test_a_volume_opens_with_the_crosshair_in_the_middle(state, voxels, name):
    cut = cut_of(state, voxels, name, SIZE)
    assert cut.pixel(state.crosshair) == pytest.approx((199.5, 149.5))


def test_a_click_in_one_view_moves_the_planes_of_the_other_two(state, voxels):
    point = (5.0, -10.0, 130.0)
    after = moved(state, voxels, point)
    assert after.crosshair == point
    assert cut_of(after, voxels, PlaneName.CORONAL, SIZE).centre[1] == pytest.approx(-10)
    assert cut_of(after, voxels, PlaneName.SAGITTAL, SIZE).centre[0] == pytest.approx(5)
    assert cut_of(after, voxels, PlaneName.AXIAL, SIZE).centre[2] == pytest.approx(130)


@given(*[st.floats(-1000, 1000)] * 3)
def test_the_crosshair_never_leaves_the_volume(x, y, z):
    voxels = placed(a_noise((40, 50, 60)), (2.0, 1.0, 1.0))
    after = moved(opened(voxels, Shade(40, 400)), voxels, (x, y, z))
    index = voxels.inverse[:3] @ np.array([*after.crosshair, 1])
    assert (index >= -1e-6).all()
    assert (index <= np.array(voxels.values.shape) - 1 + 1e-6).all()


def test_scrolling_pushes_the_crosshair_along_the_view(state, voxels):
    after = scrolled(state, voxels, PlaneName.AXIAL, 6.0)
    assert np.subtract(after.crosshair, state.crosshair) == pytest.approx((0, 0, 6))


def test_scrolling_does_not_move_the_picture_sideways(state, voxels):
    after = scrolled(state, voxels, PlaneName.AXIAL, 6.0)
    cuts = [cut_of(s, voxels, PlaneName.AXIAL, SIZE) for s in (state, after)]
    assert cuts[0].centre[:2] == cuts[1].centre[:2]


def test_zooming_keeps_the_point_under_the_mouse(state, voxels):
    cut = cut_of(state, voxels, PlaneName.CORONAL, SIZE)
    at = (310.0, 40.0)
    after = zoomed(state, cut, PlaneName.CORONAL, 2.5, at)
    closer = cut_of(after, voxels, PlaneName.CORONAL, SIZE)
    assert closer.pitch == pytest.approx(cut.pitch / 2.5)
    assert closer.lps(*at) == pytest.approx(cut.lps(*at))


def test_zooming_stops_at_its_bounds_without_drifting(state, voxels):
    at = (0.0, 0.0)
    for _ in range(30):
        cut = cut_of(state, voxels, PlaneName.AXIAL, SIZE)
        state = zoomed(state, cut, PlaneName.AXIAL, 2, at)
    still = zoomed(state, cut_of(state, voxels, PlaneName.AXIAL, SIZE), PlaneName.AXIAL, 2, at)
    assert still.framings[PlaneName.AXIAL].focus == pytest.approx(
        state.framings[PlaneName.AXIAL].focus
    )


def test_panning_moves_the_picture_with_the_mouse(state, voxels):
    cut = cut_of(state, voxels, PlaneName.SAGITTAL, SIZE)
    point = cut.lps(100, 100)
    after = panned(state, cut, PlaneName.SAGITTAL, 30, -20)
    assert cut_of(after, voxels, PlaneName.SAGITTAL, SIZE).pixel(point) == pytest.approx((130, 80))


def test_framing_one_view_leaves_the_others(state):
    after = framed(state, PlaneName.AXIAL, Framing((0, 0, 0), 3))
    assert after.framings[PlaneName.CORONAL] == state.framings[PlaneName.CORONAL]


@given(st.floats(-3, 3), st.sampled_from(PlaneName))
def test_turning_in_a_view_keeps_it_and_keeps_the_planes_at_right_angles(angle, name):
    voxels = placed(a_noise(), (1, 1, 1))
    after = rotated(opened(voxels, Shade(40, 400)), name, angle)
    assert after.orientations[name] == STANDARD[name]
    normals = np.array([after.orientations[other].normal for other in PlaneName])
    assert np.abs(normals @ normals.T) == pytest.approx(np.eye(3), abs=1e-9)


def test_turned_planes_are_known_and_straightened(state):
    assert not state.turned
    after = rotated(state, PlaneName.AXIAL, 0.3)
    assert after.turned
    assert not straightened(after).turned


def test_the_slab_has_a_least_and_a_most_thickness(state):
    assert thickened(state, -5).slab.thickness_mm == 0
    assert thickened(state, 12.5).slab.thickness_mm == 12.5
    assert thickened(state, 10_000).slab.thickness_mm == MOST_SLAB_MM
