"""Directions, letters and the way between pixels and the patient."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.viewer.scene.planes import (
    STANDARD,
    Cut,
    Orientation,
    PlaneName,
    edge_letters,
    turned,
    vector,
)

coordinates = st.floats(-500, 500)


@pytest.mark.parametrize(
    ("name", "edges"),
    [
        (PlaneName.AXIAL, ("R", "L", "A", "P")),
        (PlaneName.CORONAL, ("R", "L", "H", "F")),
        (PlaneName.SAGITTAL, ("A", "P", "H", "F")),
    ],
)
def test_standard_views_have_the_letters_radiologists_expect(name, edges):
    assert edge_letters(STANDARD[name]) == edges


def test_a_turned_view_has_letters_for_both_of_its_parts():
    way = Orientation(turned((1, 0, 0), (0, 0, 1), 0.5), (0, 0, -1))
    assert edge_letters(way) == ("RA", "LP", "H", "F")


@given(coordinates, coordinates, st.floats(-3, 3), st.floats(0.1, 5))
def test_a_pixel_and_its_point_of_the_patient_name_each_other(x, y, angle, pitch):
    right = turned((1, 0, 0), (0, 0, 1), angle)
    down = turned((0, 1, 0), (0, 0, 1), angle)
    cut = Cut((10, -20, 30), Orientation(right, down), pitch, 300, 200)
    assert cut.pixel(cut.lps(x, y)) == pytest.approx((x, y), abs=1e-6)


def test_a_scaled_cut_shows_the_same_corners():
    cut = Cut((0, 0, 0), STANDARD[PlaneName.AXIAL], 0.5, 400, 200)
    half = cut.scaled(0.5)
    assert (half.width, half.height) == (200, 100)
    assert half.lps(-0.5, -0.5) == pytest.approx(cut.lps(-0.5, -0.5))
    assert half.lps(199.5, 99.5) == pytest.approx(cut.lps(399.5, 199.5))


@given(st.floats(-6, 6))
def test_a_turn_keeps_lengths_and_its_own_axis(angle):
    axis = vector(np.array((1, 2, 2)) / 3)
    assert turned(axis, axis, angle) == pytest.approx(axis)
    assert np.linalg.norm(turned((3, -1, 2), axis, angle)) == pytest.approx(14**0.5)


def test_a_quarter_turn_about_the_head_brings_left_to_the_back():
    assert turned((1, 0, 0), (0, 0, 1), np.pi / 2) == pytest.approx((0, 1, 0), abs=1e-12)
