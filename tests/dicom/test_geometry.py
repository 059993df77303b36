"""Slices in space: order, affine, and the series that make no honest volume."""

import math
import random
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dicom.geometry import display_order, normal, volume_layout
from app.dicom.header import read_object
from app.domain.image import Calibration, Image, PixelFormat, Plane

FORM = PixelFormat("1.2.840.10008.1.2.1", rows=16, columns=12)


def rotation(angles) -> np.ndarray:
    """A rotation by three Euler angles in radians."""
    (sa, ca), (sb, cb), (sc, cc) = ((math.sin(angle), math.cos(angle)) for angle in angles)
    about_x = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]])
    about_y = np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
    about_z = np.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def a_stack(count=10, *, turn=None, step=2.0, spacing=(0.7, 0.5), tilt=0.0) -> list[Image]:
    """`count` parallel slices, `step` mm apart, optionally turned and tilted (degrees)."""
    turn = np.eye(3) if turn is None else turn
    across = turn @ [0, math.tan(math.radians(tilt)) * step, step]
    images = []
    for index in range(count):
        position = tuple(map(float, turn @ [-50, -60, -70] + across * index))
        plane = Plane(position, tuple(turn[:, 0]), tuple(turn[:, 1]))
        calibration = Calibration(pixel_spacing=spacing)
        images.append(
            Image(
                f"1.2.{index}",
                "1.3",
                index + 1,
                FORM,
                modality="CT",
                planes=(plane,),
                calibration=calibration,
            )
        )
    return images


angles = st.tuples(*[st.floats(-math.pi, math.pi)] * 3)
steps = st.floats(0.2, 12)


@given(angles, steps, st.tuples(st.floats(0.1, 4), st.floats(0.1, 4)))
def test_the_affine_leads_from_any_voxel_to_its_place_and_back(turning, step, spacing):
    stack = a_stack(turn=rotation(turning), step=step, spacing=spacing)
    layout = volume_layout(stack)
    assert not layout.refusal
    voxel = np.array([3, 5, 7, 1.0])
    image = stack[layout.order[3][0]]
    plane = image.planes[0]
    expected = (
        np.array(plane.position)
        + np.multiply(plane.column_direction, 5 * spacing[0])
        + np.multiply(plane.row_direction, 7 * spacing[1])
    )
    place = layout.affine @ voxel
    assert np.allclose(place[:3], expected, atol=1e-6)
    assert np.allclose(np.linalg.inv(layout.affine) @ place, voxel, atol=1e-6)


@given(angles, steps, st.randoms(use_true_random=False))
def test_order_and_layout_do_not_depend_on_the_order_of_arrival(turning, step, chance):
    stack = a_stack(turn=rotation(turning), step=step)
    shuffled = stack[:]
    chance.shuffle(shuffled)
    assert [shuffled[i] for i in display_order(shuffled)] == stack
    straight, mixed = volume_layout(stack), volume_layout(shuffled)
    assert np.allclose(straight.affine, mixed.affine)
    assert [stack[i] for i, _ in straight.order] == [shuffled[i] for i, _ in mixed.order]


def test_a_stack_is_read_in_the_direction_of_its_numbers():
    backwards = [replace(image, instance_number=100 - i) for i, image in enumerate(a_stack())]
    assert [backwards[i].instance_number for i in display_order(backwards)] == list(range(91, 101))


def test_phases_at_the_same_places_keep_their_numbers():
    first = a_stack(4)
    second = [replace(i, instance_number=i.instance_number + 4) for i in a_stack(4)]
    images = second + first
    assert [images[i].instance_number for i in display_order(images)] == list(range(1, 9))
    assert volume_layout(images).refusal == "repeated-positions"


def test_stacks_of_several_orientations_follow_each_other():
    axial = a_stack(3)
    coronal = [
        replace(image, instance_number=10 + i)
        for i, image in enumerate(a_stack(3, turn=rotation((math.pi / 2, 0, 0))))
    ]
    images = [image for pair in zip(axial, coronal, strict=True) for image in pair]
    numbers = [images[i].instance_number for i in display_order(images)]
    assert numbers == [1, 2, 3, 10, 11, 12]
    assert volume_layout(images).refusal == "mixed-orientation"


def test_slices_whose_orientation_trembles_stay_in_one_stack():
    chance = random.Random(3)
    trembling = [a_stack(40, turn=rotation((1, chance.uniform(0, 4e-4), 1)))[i] for i in range(40)]
    random.Random(5).shuffle(trembling)
    numbers = [trembling[i].instance_number for i in display_order(trembling)]
    assert numbers in (list(range(1, 41)), list(range(40, 0, -1)))


def test_as_many_orientations_as_images_take_no_time_to_speak_of():
    turned = [
        replace(a_stack(1, turn=rotation((0, 0, i / 700)))[0], instance_number=i)
        for i in range(2000)
    ]
    began = time.thread_time()
    assert display_order(turned) == list(range(2000))
    assert time.thread_time() - began < 1


def test_images_without_a_place_go_by_number():
    loose = [replace(image, planes=()) for image in a_stack()]
    random.Random(7).shuffle(loose)
    assert [loose[i].instance_number for i in display_order(loose)] == list(range(1, 11))
    assert volume_layout(loose).refusal == "no-geometry"


def test_gantry_tilt_is_kept_in_the_affine_and_said():
    layout = volume_layout(a_stack(tilt=18.5))
    assert layout.warnings == ("gantry-tilt",)
    step = layout.affine[:3, 0]
    assert math.degrees(math.atan2(step[1], step[2])) == pytest.approx(18.5)


def moved(stack: list[Image], index: int, by_mm: float) -> list[Image]:
    plane = stack[index].planes[0]
    across = np.array(normal(plane)) * by_mm
    place = tuple(map(float, np.add(plane.position, across)))
    changed = replace(stack[index], planes=(replace(plane, position=place),))
    return [*stack[:index], changed, *stack[index + 1 :]]


def test_uneven_slices_are_bearable_or_refused():
    stack = a_stack()
    assert volume_layout(moved(stack, 4, 0.01)).warnings == ()
    assert volume_layout(moved(stack, 4, 0.1)).warnings == ("irregular-spacing",)
    assert volume_layout(moved(stack, 4, 0.8)).refusal == "uneven-spacing"
    assert volume_layout(stack[:4] + stack[6:]).refusal == "missing-slices"


def test_what_can_not_be_stacked_is_refused_by_name():
    stack = a_stack()
    form = replace(FORM, rows=8)
    colour = replace(FORM, samples_per_pixel=3, photometric_interpretation="RGB")
    other = Calibration(pixel_spacing=(0.9, 0.5))
    assert volume_layout([]).refusal == "no-images"
    assert volume_layout(stack[:2]).refusal == "too-few-slices"
    assert volume_layout([*stack[1:], replace(stack[0], format=form)]).refusal == "mixed-matrix"
    assert volume_layout([replace(i, format=colour) for i in stack]).refusal == "colour"
    assert volume_layout([*stack[1:], replace(stack[0], calibration=other)]).refusal == (
        "mixed-spacing"
    )
    unknown = [replace(i, calibration=Calibration()) for i in stack]
    assert volume_layout(unknown).refusal == "no-spacing"


def test_frames_of_one_object_make_a_volume():
    planes = tuple(image.planes[0] for image in a_stack(5))
    image = replace(a_stack(1)[0], planes=planes[::-1], format=replace(FORM, frames=5))
    layout = volume_layout([image])
    assert layout.shape == (5, 16, 12)
    assert layout.order == ((0, 4), (0, 3), (0, 2), (0, 1), (0, 0))


@pytest.mark.parametrize(
    ("folder", "verdict"),
    [
        ("ct_chest_1mm_a", ""),
        ("mr_brain_pd_oblique", ""),
        ("mr_head_t1_cor_ge", ""),
        ("pet_wb_a", ""),
        ("phantom_orientation", ""),
        ("syn_shuffled_numbers", ""),
        ("ct_head_ge_tilt_varspacing", "uneven-spacing"),
        ("failing_sliceorientation", "mixed-spacing"),
        ("mr_enhanced_siemens", "repeated-positions"),
        ("d2n_generic_rgb", "colour"),
        ("syn_gap", "missing-slices"),
        ("syn_jitter", "uneven-spacing"),
        ("syn_mixed_matrix", "mixed-matrix"),
        ("us_stress_echo", "colour"),
    ],
)
def test_real_series_get_their_verdict(shared_dicom: Path, folder, verdict):
    files = sorted((shared_dicom / "series" / folder).iterdir())
    images = [image for file in files if (image := read_object(file).image)]
    layout = volume_layout(images)
    assert layout.refusal == verdict
    if not verdict:
        assert layout.shape[0] == len(images)
        assert layout.warnings == ()
