"""Windows, and planes laid into a view."""

import numpy as np
import pytest

from app.viewer.scene.grey import Placement, Shade, lay


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16])
@pytest.mark.parametrize(("centre", "width"), [(40, 400), (128, 256), (-600, 1500), (100, 1)])
def test_a_window_is_the_linear_function_of_the_standard(dtype, centre, width):
    limits = np.iinfo(dtype)
    values = np.linspace(limits.min, limits.max, 5000).astype(dtype).reshape(50, 100)
    # PS3.3 C.11.2.1.2.1
    x = values.astype(float)
    linear = ((x - (centre - 0.5)) / max(width - 1, 1e-9) + 0.5) * 255
    expected = np.clip(linear, 0, 255)
    assert Shade(centre, width).apply(values).astype(float) == pytest.approx(expected, abs=0.51)


def test_an_inverted_window_shows_high_values_dark():
    values = np.array([[-1000, 40, 3000]], np.int16)
    assert Shade(40, 400, inverted=True).apply(values)[0, [0, 2]].tolist() == [255, 0]


WHOLE = Shade(128, 256)


def test_a_plane_at_its_own_size_is_laid_untouched():
    plane = np.arange(60, dtype=np.uint8).reshape(6, 10)
    view = lay(plane, Placement(2, 1, 1, 1), WHOLE, 14, 9)
    assert np.array_equal(view[1:7, 2:12], plane)
    assert view.sum() == plane.sum()


def test_what_lies_outside_of_the_view_is_cut_off():
    plane = np.arange(60, dtype=np.uint8).reshape(6, 10)
    view = lay(plane, Placement(-4, -2, 1, 1), WHOLE, 3, 2)
    assert np.array_equal(view, plane[2:4, 4:7])


def test_a_plane_beside_the_view_leaves_it_black():
    assert not lay(np.full((4, 4), 200, np.uint8), Placement(50, 0, 1, 1), WHOLE, 20, 20).any()


def test_enlarged_pixels_lie_where_their_centres_belong():
    plane = np.zeros((8, 8), np.int16)
    plane[2, 5] = 255
    view = lay(plane, Placement(10, 20, 8, 8), WHOLE, 120, 120)
    y, x = np.unravel_index(view.argmax(), view.shape)
    assert (x, y) == pytest.approx((10 + 5 * 8, 20 + 2 * 8), abs=1)


def test_a_reduced_plane_keeps_its_mean():
    plane = np.random.default_rng(1).integers(0, 255, (400, 400)).astype(np.int16)
    view = lay(plane, Placement(-0.375, -0.375, 0.25, 0.25), WHOLE, 100, 100)
    assert view.mean() == pytest.approx(plane.mean(), abs=0.5)


def test_colours_are_laid_as_they_are():
    class Same:
        def apply(self, values):
            return values

    plane = np.random.default_rng(2).integers(0, 255, (6, 10, 3)).astype(np.uint8)
    view = lay(plane, Placement(1, 1, 1, 1), Same(), 12, 8)
    assert np.array_equal(view[1:7, 1:11], plane)
