"""Letters of the patient at the edges."""

import pytest

from app.domain.image import Image, PixelFormat, Plane
from app.viewer.model.orientation import frame_plane, image_edges, letters, opposite
from app.viewer.model.turn import UPRIGHT, Turn

AXIAL = Plane((0, 0, 0), (1, 0, 0), (0, 1, 0))
CORONAL = Plane((0, 0, 0), (1, 0, 0), (0, 0, -1))


def an_image(*planes: Plane, frames: int = 1, patient=()) -> Image:
    form = PixelFormat("1.2", 8, 8, frames=frames)
    return Image("1.2", "1.3", 1, form, planes=planes, patient_orientation=patient)


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ((1, 0, 0), "L"),
        ((0, -3, 0), "A"),
        ((0, 0, 1), "H"),
        ((0.8, 0.6, 0), "LP"),
        ((1, 0.1, 0), "L"),
    ],
)
def test_a_direction_has_the_letters_of_its_strong_parts(direction, expected):
    assert letters(direction) == expected


def test_opposite_letters():
    assert opposite("LPH") == "RAF"


def test_an_axial_picture_has_the_right_on_the_left_and_the_front_above():
    assert image_edges(an_image(AXIAL), 0, UPRIGHT) == ("R", "L", "A", "P")


@pytest.mark.parametrize(
    ("turn", "edges"),
    [
        (Turn(1), ("P", "A", "R", "L")),
        (Turn(2), ("L", "R", "P", "A")),
        (Turn(3), ("A", "P", "L", "R")),
        (Turn(0, mirrored=True), ("L", "R", "A", "P")),
        (Turn().flipped_down(), ("R", "L", "P", "A")),
    ],
)
def test_letters_follow_the_turned_picture(turn, edges):
    assert image_edges(an_image(AXIAL), 0, turn) == edges


def test_a_projection_takes_its_letters_from_patient_orientation():
    assert image_edges(an_image(patient=("L", "F")), 0, UPRIGHT) == ("R", "L", "H", "F")


@pytest.mark.parametrize("patient", [(), ("L",), ("L", "")])
def test_without_an_orientation_there_are_no_letters(patient):
    assert image_edges(an_image(patient=patient), 0, UPRIGHT) is None


def test_each_frame_has_its_own_plane_or_shares_the_only_one():
    many = an_image(AXIAL, CORONAL, frames=2)
    assert frame_plane(many, 1) == CORONAL
    assert frame_plane(an_image(AXIAL, frames=2), 1) == AXIAL
    assert frame_plane(an_image(), 0) is None
