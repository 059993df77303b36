"""The eye of the volume view."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.viewer.model.orientation import letters
from app.viewer.scene.camera import SIDES, Camera, Side, closer, shifted, spun


@pytest.mark.parametrize("side", Side)
def test_each_side_looks_from_its_letter(side):
    assert letters(SIDES[side].towards_eye) == side.value


def test_from_the_front_the_patients_left_is_at_the_right_and_the_head_up():
    camera = SIDES[Side.ANTERIOR]
    assert (letters(camera.right), letters(camera.up)) == ("L", "H")


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_a_turned_eye_keeps_right_angles(dx, dy):
    axes = spun(SIDES[Side.LEFT], dx, dy).axes()
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-9)


def test_dragging_to_the_right_brings_the_patients_right_side_to_the_front():
    assert letters(spun(Camera(), 0.5, 0.0).towards_eye) == "R"


def test_dragging_down_shows_the_patient_from_above():
    assert letters(spun(Camera(), 0.0, 0.5).towards_eye) == "H"


def test_the_zoom_has_bounds():
    assert closer(Camera(), 1000).zoom == 20
    assert closer(Camera(), 0.0001).zoom == 0.3


def test_shifts_add_up():
    assert shifted(shifted(Camera(), 0.1, 0.2), 0.1, 0.0).shift == pytest.approx((0.2, 0.2))
