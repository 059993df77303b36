"""Taking and dragging the crosshair, as geometry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.volume.grips import (
    Grip,
    Part,
    Pull,
    grip_at,
    handles,
    lines,
    pulled,
    put_at,
    thickness_after,
    windowed,
)
from app.viewer.scene.crosshair import cut_of, opened, rotated
from app.viewer.scene.grey import Shade
from app.viewer.scene.planes import PlaneName
from tests.viewer.scene.volumes import a_noise, placed

SIZE = (400, 300)
AXIAL, CORONAL, SAGITTAL = PlaneName
VOXELS = placed(a_noise((40, 50, 60)), (1.5, 1.0, 1.0))
STATE = opened(VOXELS, Shade(40, 400))


def cut(state, name=AXIAL):
    return cut_of(state, VOXELS, name, SIZE)


def pull(state, start, now, name=AXIAL):
    return Pull(state, cut(state, name), name, start, now)


def test_the_coronal_plane_crosses_the_axial_view_from_side_to_side():
    crossing = {line.other: line for line in lines(STATE, cut(STATE), AXIAL)}
    assert set(crossing) == {CORONAL, SAGITTAL}
    assert abs(crossing[CORONAL].way[0]) == pytest.approx(1)
    assert abs(crossing[SAGITTAL].way[1]) == pytest.approx(1)


def test_what_lies_under_the_mouse_is_taken():
    line = lines(STATE, cut(STATE), AXIAL)[0]
    (x, y) = line.at
    assert grip_at(STATE, cut(STATE), AXIAL, (x + 3, y - 2), 6) == Grip(Part.CENTRE)
    assert grip_at(STATE, cut(STATE), AXIAL, (x + 60, y + 4), 6) == Grip(Part.LINE, CORONAL)
    assert grip_at(STATE, cut(STATE), AXIAL, (x - 4, y + 60), 6) == Grip(Part.LINE, SAGITTAL)
    assert grip_at(STATE, cut(STATE), AXIAL, handles(line, cut(STATE))[0], 6) == Grip(
        Part.HANDLE, line.other
    )
    assert grip_at(STATE, cut(STATE), AXIAL, (x + 60, y + 60), 6) is None


def test_dragging_a_line_moves_only_its_plane():
    after = pulled(pull(STATE, (300, 150), (310, 170)), Grip(Part.LINE, CORONAL), VOXELS)
    moved = np.subtract(after.crosshair, STATE.crosshair)
    assert moved == pytest.approx((0, 20 * cut(STATE).pitch, 0))


def test_dragging_the_centre_moves_both_lines():
    after = pulled(pull(STATE, (200, 150), (210, 140)), Grip(Part.CENTRE), VOXELS)
    moved = np.subtract(after.crosshair, STATE.crosshair)
    assert moved == pytest.approx((10 * cut(STATE).pitch, -10 * cut(STATE).pitch, 0))


@given(st.floats(-3, 3), st.sampled_from(PlaneName))
def test_a_dragged_handle_stays_under_the_mouse(angle, name):
    view = cut(STATE, name)
    centre = view.pixel(STATE.crosshair)
    line = lines(STATE, view, name)[0]
    start = handles(line, view)[1]
    radius = np.subtract(start, centre)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    now = tuple(turn @ radius + centre)
    after = pulled(pull(STATE, start, now, name), Grip(Part.HANDLE, line.other), VOXELS)
    turned = next(each for each in lines(after, view, name) if each.other is line.other)
    assert turned.distance(now) < 1e-6


def test_a_turned_line_is_moved_along_its_own_normal():
    state = rotated(STATE, AXIAL, 0.6)
    after = pulled(pull(state, (300, 150), (300, 190)), Grip(Part.LINE, CORONAL), VOXELS)
    moved = np.subtract(after.crosshair, state.crosshair)
    normal = np.array(state.orientations[CORONAL].normal)
    assert np.linalg.norm(np.cross(moved, normal)) == pytest.approx(0, abs=1e-9)


def test_a_click_puts_the_crosshair_at_the_point_under_the_mouse():
    after = put_at(STATE, cut(STATE), VOXELS, (230, 120))
    assert cut(after).pixel(after.crosshair) == pytest.approx((230, 120))


def test_dragging_right_widens_and_up_brightens():
    wider = windowed(Shade(40, 400), 150, 0)
    assert (wider.centre, wider.width) == (40, 800)
    brighter = windowed(Shade(40, 400), 0, -40)
    assert (brighter.centre, brighter.width) == (0, 400)


def test_a_narrow_window_of_suv_is_changed_in_small_steps():
    assert windowed(Shade(3, 6), 10, 0).width == pytest.approx(6.284, abs=1e-3)
    assert windowed(Shade(3, 6), -100_000, 0).width > 0


def test_the_slab_grows_by_a_millimetre_and_faster_when_thick():
    assert [thickness_after(t, 1) for t in (0, 1, 40)] == [1, 2, 44]
    assert thickness_after(3, -5) == 0
