"""Cuts show what lies at their points of the patient, whichever way they are made."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.image import Window
from app.viewer.scene.flat import shading
from app.viewer.scene.grey import Shade
from app.viewer.scene.mpr import Slicer
from app.viewer.scene.planes import STANDARD, Cut, Orientation, PlaneName, turned, vector
from app.viewer.scene.slab import Slab, SlabMode
from app.viewer.scene.voxels import Voxels
from tests.viewer.load.manifests import an_image
from tests.viewer.scene.volumes import a_noise, a_ramp, placed, rotation

SHAPE = (40, 50, 60)
SPACING = (1.5, 1.0, 0.8)
LINE = Slab()
angles = st.floats(-np.pi, np.pi)
axes = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


def a_window_over(values):
    low, high = float(values.min()), float(values.max())
    return Shade((low + high) / 2, high - low)


def turned_orientation(orientation, axis, angle):
    unit = vector(np.array(axis) / np.linalg.norm(axis))
    return Orientation(
        turned(orientation.right, unit, angle), turned(orientation.down, unit, angle)
    )


def points_of(cut):
    y, x = np.mgrid[: cut.height, : cut.width]
    return np.array([cut.lps(a, b) for a, b in zip(x.ravel(), y.ravel(), strict=True)])


def expected_grey(cut, gradient, shade):
    values = (points_of(cut) @ np.array(gradient)).reshape(cut.height, cut.width)
    return np.clip((values - shade.centre) / shade.width + 0.5, 0, 1) * 255


@settings(max_examples=25, deadline=None)
@given(axes, angles, axes, angles, st.sampled_from(PlaneName))
def test_every_cut_through_every_volume_shows_the_values_at_its_points(
    volume_axis, volume_angle, cut_axis, cut_angle, name
):
    gradient = (3.0, -2.0, 1.0)
    turn = rotation(volume_axis, volume_angle)
    voxels = a_ramp(SHAPE, SPACING, gradient, turn, (12, -7, 100))
    shade = a_window_over(voxels.values)
    orientation = turned_orientation(STANDARD[name], cut_axis, cut_angle)
    cut = Cut(vector(voxels.centre), orientation, 0.5, 40, 30)
    picture = Slicer(voxels).picture(cut, LINE, shade)
    assert picture.astype(float) == pytest.approx(expected_grey(cut, gradient, shade), abs=2.5)


@pytest.mark.parametrize("name", PlaneName)
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, 1, 1), (1, -1, -1), (-1, -1, 1)])
def test_a_straight_cut_is_right_whichever_way_the_volume_is_stored(name, signs):
    gradient = (3.0, -2.0, 1.0)
    voxels = a_ramp(SHAPE, np.array(SPACING) * signs, gradient)
    shade = a_window_over(voxels.values)
    cut = Cut(vector(voxels.centre), STANDARD[name], 0.25, 80, 60)
    picture = Slicer(voxels).picture(cut, LINE, shade)
    # Planes are not interpolated along the normal: half a plane of the steepest gradient.
    assert picture.astype(float) == pytest.approx(expected_grey(cut, gradient, shade), abs=2.5)


@settings(max_examples=15, deadline=None)
@given(axes, angles, st.sampled_from(PlaneName))
def test_native_planes_and_the_reslice_filter_agree_on_an_oblique_volume(axis, angle, name):
    """The same view, once exactly along the voxels and once a fifth of a degree beside them."""
    turn = rotation(axis, angle)
    voxels = a_ramp(SHAPE, SPACING, (3.0, -2.0, 1.0), turn, (5, 5, 5))
    along = STANDARD[name]
    straight = Orientation(vector(turn @ along.right), vector(turn @ along.down))
    beside = turned_orientation(straight, straight.normal, 0.0035)
    shade = a_window_over(voxels.values)
    centre = vector(voxels.affine[:3] @ (20, 25, 30, 1))
    pictures = [
        Slicer(voxels).picture(Cut(centre, way, 0.4, 64, 48), LINE, shade).astype(float)
        for way in (straight, beside)
    ]
    assert pictures[0] == pytest.approx(pictures[1], abs=2.5)


@pytest.mark.parametrize("name", PlaneName)
def test_a_turned_volume_under_a_turned_view_looks_as_before(name):
    turn = rotation((1, 2, -1), 0.8)
    values = a_noise(SHAPE)
    still, other = placed(values, SPACING), placed(values, SPACING, turn)
    shade = Shade(500, 3000)
    centres = [vector(v.affine[:3] @ (20, 25, 30, 1)) for v in (still, other)]
    cut = Cut(centres[0], STANDARD[name], 0.37, 120, 90)
    way = Orientation(vector(turn @ cut.orientation.right), vector(turn @ cut.orientation.down))
    again = Cut(centres[1], way, 0.37, 120, 90)
    pictures = [
        Slicer(v).picture(c, LINE, shade).astype(int) for v, c in ((still, cut), (other, again))
    ]
    assert np.abs(pictures[0] - pictures[1]).max() <= 1


NUMPY = {
    SlabMode.MIP: np.max,
    SlabMode.MINIP: np.min,
    SlabMode.MEAN: lambda values, axis: np.rint(np.mean(values, axis=axis, dtype=np.float64)),
}


@pytest.mark.parametrize("mode", SlabMode)
@pytest.mark.parametrize("name", PlaneName)
def test_a_straight_slab_is_the_reduction_of_its_planes(name, mode):
    voxels = placed(a_noise((31, 41, 51)), (1, 1, 1))
    axis = {PlaneName.AXIAL: 0, PlaneName.CORONAL: 1, PlaneName.SAGITTAL: 2}[name]
    middle = (voxels.values.shape[axis] - 1) // 2
    plane = NUMPY[mode](voxels.values.take(range(middle - 3, middle + 4), axis=axis), axis=axis)
    plane = plane if name is PlaneName.AXIAL else plane[::-1]  # the head is up, at the last slice
    cut = Cut(vector(voxels.centre), STANDARD[name], 1.0, plane.shape[1], plane.shape[0])
    shade = Shade(500, 3000)
    picture = Slicer(voxels).picture(cut, Slab(7.0, mode), shade)
    assert np.array_equal(picture, shade.apply(plane.astype(np.int16)))


@pytest.mark.parametrize("mode", SlabMode)
def test_an_oblique_slab_agrees_with_the_straight_one(mode):
    voxels = a_ramp(SHAPE, (1, 1, 1), (0.2, 0.1, 30.0))
    shade = a_window_over(voxels.values)
    straight = STANDARD[PlaneName.AXIAL]
    beside = turned_orientation(straight, (1, 0, 0), 0.002)
    pictures = [
        Slicer(voxels)
        .picture(Cut(vector(voxels.centre), way, 0.5, 40, 30), Slab(9.0, mode), shade)
        .astype(float)
        for way in (straight, beside)
    ]
    assert pictures[0] == pytest.approx(pictures[1], abs=6)


def test_outside_of_the_volume_is_black():
    voxels = placed(a_noise(), (1, 1, 1))
    far = Cut((0, 0, 500), STANDARD[PlaneName.AXIAL], 1.0, 20, 20)
    beside = replace(far, centre=(500, 0, 10))
    tilted = replace(beside, orientation=turned_orientation(beside.orientation, (1, 1, 0), 0.4))
    for cut in (far, beside, tilted):
        assert not Slicer(voxels).picture(cut, LINE, Shade(500, 2000)).any()


def test_rescaled_values_are_windowed_in_modality_units():
    values = a_noise()
    rescaled = Voxels(values, np.eye(4), slope=2.0, intercept=-1024.0)
    plain = Voxels(values, np.eye(4))
    cut = Cut(vector(plain.centre), STANDARD[PlaneName.AXIAL], 1.0, 20, 20)
    wanted = Slicer(plain).picture(cut, LINE, Shade(300, 800))
    got = Slicer(rescaled).picture(cut, LINE, Shade(300 * 2 - 1024 - 0.5, 1599))
    assert np.array_equal(got, wanted)


@pytest.mark.parametrize("function", ["SIGMOID", "LINEAR_EXACT"])
def test_a_plane_is_as_grey_as_the_picture_of_its_slice(function):
    values = a_noise()
    voxels = Voxels(values, np.eye(4), slope=2.0, intercept=-1024.0, voi_function=function)
    cut = Cut(vector(voxels.centre), STANDARD[PlaneName.AXIAL], 1.0, 20, 20)
    found = Slicer(voxels).picture(cut, LINE, Shade(0, 500))
    image = an_image(1, voi_function=function, slope=2.0, intercept=-1024.0)
    linear = Slicer(replace(voxels, voi_function="LINEAR")).picture(cut, LINE, Shade(0, 500))
    assert not np.array_equal(found, linear)
    shades = shading(image, Window(0, 500), inverted=False).apply(values)
    assert set(np.unique(found)) <= set(np.unique(shades))


def test_a_window_on_floats_is_exact():
    suv = Voxels(np.array([[[0, 1.5, 3, 6, 9]]], np.float32), np.eye(4))
    # Index axes are LPS here: columns go to the head.
    way = Orientation((0, 0, 1), (0, 1, 0))
    picture = Slicer(suv).picture(Cut((0, 0, 2), way, 1.0, 5, 1), LINE, Shade(3, 6))
    assert picture.tolist() == [[0, 64, 128, 255, 255]]


def test_a_negative_slope_turns_grey_over():
    values = a_noise()
    falling = Voxels(values, np.eye(4), slope=-1.0)
    cut = Cut(vector(falling.centre), STANDARD[PlaneName.AXIAL], 1.0, 20, 20)
    picture = Slicer(falling).picture(cut, LINE, Shade(-500, 3000)).astype(int)
    upright = Slicer(Voxels(values, np.eye(4))).picture(cut, LINE, Shade(500, 3000)).astype(int)
    assert np.abs(picture + upright - 255).max() <= 1


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint32, np.float64])
def test_volumes_of_every_stored_type_can_be_cut_both_ways(dtype):
    voxels = placed(np.abs(a_noise()).clip(0, 120).astype(dtype), (1, 1, 1))
    cut = Cut(vector(voxels.centre), STANDARD[PlaneName.CORONAL], 0.5, 50, 50)
    tilted = replace(cut, orientation=turned_orientation(cut.orientation, (1, 1, 0), 0.4))
    for way in (cut, tilted):
        assert Slicer(voxels).picture(way, Slab(5.0), Shade(60, 120)).any()


def test_a_draft_shows_the_same_as_the_full_picture():
    voxels = a_ramp((80, 100, 100), (1, 1, 1), (3.0, -2.0, 1.0))
    shade = a_window_over(voxels.values)
    way = turned_orientation(STANDARD[PlaneName.AXIAL], (1, 1, 0), 0.4)
    cut = Cut(vector(voxels.centre), way, 0.1, 500, 400)
    slicer = Slicer(voxels)
    full, draft = (
        slicer.picture(cut, Slab(12), shade, draft=d).astype(float) for d in (False, True)
    )
    assert full == pytest.approx(draft, abs=4)


def test_an_oblique_slab_that_is_no_longer_wanted_is_left_half_drawn():
    voxels = a_ramp((80, 100, 100), (1, 1, 1), (3.0, -2.0, 1.0))
    way = turned_orientation(STANDARD[PlaneName.AXIAL], (1, 1, 0), 0.4)
    cut = Cut(vector(voxels.centre), way, 0.7, 600, 600)
    asked = []

    def stop():
        asked.append(True)
        return len(asked) > 2

    assert Slicer(voxels).picture(cut, Slab(60), Shade(0, 100), stop) is None
    assert len(asked) == 3


def test_one_step_of_the_wheel_is_one_plane_of_the_volume():
    voxels = placed(a_noise(), (2.5, 1.0, 0.5))
    slicer = Slicer(voxels)
    steps = [slicer.step_mm(Cut((0, 0, 0), STANDARD[name], 1.0, 9, 9)) for name in PlaneName]
    assert steps == pytest.approx([2.5, 1.0, 0.5])
