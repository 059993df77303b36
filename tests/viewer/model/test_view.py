"""Where an image lies in its viewport."""

import itertools

import pytest

from app.domain.image import Calibration, Image, PixelFormat
from app.viewer.model.turn import Turn
from app.viewer.model.view import View, focus_for, pixel_aspect


def a_view(**changes) -> View:
    return View(**{"width": 400, "height": 300, "columns": 100, "rows": 100, **changes})


def test_a_fitted_image_fills_the_shorter_side_and_lies_in_the_middle():
    view = a_view()
    assert view.scale == 3
    assert view.to_view((-0.5, -0.5)) == pytest.approx((49.5, -0.5))
    assert view.to_view((99.5, 99.5)) == pytest.approx((349.5, 299.5))


def test_a_fitted_image_lying_on_its_side_fits_too():
    view = a_view(columns=200, rows=100, turn=Turn(1))
    assert view.scale == 1.5
    assert view.to_view((-0.5, -0.5)) == pytest.approx((274.5, -0.5))


def test_pixels_that_are_not_square_keep_their_shape():
    view = a_view(aspect=2.0)
    assert view.steps == (1.5, 3.0)


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_view_point_and_its_image_point_are_each_others_inverse(quarters, mirrored):
    view = a_view(aspect=1.4, turn=Turn(quarters, mirrored), zoom=2.3, focus=(0.2, 0.7))
    for point in itertools.product((0.0, 12.5, 99.0), repeat=2):
        assert view.to_image(view.to_view(point)) == pytest.approx(point)


def test_turning_right_brings_the_first_row_to_the_right_edge():
    x, y = a_view(turn=Turn(1)).to_view((50, 0))
    assert x > 300
    assert y == pytest.approx(150, abs=2)


def test_mirroring_exchanges_left_and_right_only():
    plain, mirrored = a_view(), a_view(turn=Turn(0, mirrored=True))
    x, y = plain.to_view((10, 20))
    assert mirrored.to_view((10, 20)) == pytest.approx((399 - x, y))


def test_a_focus_puts_an_image_point_under_a_view_point():
    view = a_view(zoom=3.0, turn=Turn(3, mirrored=True), aspect=1.3)

    def make(focus):
        return View(**{**{f: getattr(view, f) for f in View.__slots__}, "focus": focus})

    found = make(focus_for(make, (30, 40), (10, 20)))
    assert found.to_view((30, 40)) == pytest.approx((10, 20))


def test_the_image_ends_at_the_outer_edges_of_its_pixels():
    view = a_view()
    assert view.inside((-0.5, 99.5))
    assert not view.inside((-0.6, 50))
    assert not view.inside((50, 99.6))


@pytest.mark.parametrize(
    ("calibration", "aspect"),
    [
        (Calibration(), 1.0),
        (Calibration(pixel_spacing=(2.0, 1.0)), 2.0),
        (Calibration(imager_pixel_spacing=(0.1, 0.2)), 0.5),
        (Calibration(aspect_ratio=(6, 5)), 1.2),
        (Calibration(pixel_spacing=(0.0, 1.0), aspect_ratio=(6, 5)), 1.2),
        (Calibration(aspect_ratio=(10_000, 1)), 1.0),
    ],
)
def test_the_shape_of_a_pixel_comes_from_what_the_object_says(calibration, aspect):
    image = Image("1.2", "1.3", 1, PixelFormat("1", 10, 10), calibration=calibration)
    assert pixel_aspect(image) == pytest.approx(aspect)
