"""One frame in one viewport."""

import numpy as np
import pytest

from app.domain.image import Image, PixelFormat, Window
from app.viewer.model.turn import Turn
from app.viewer.model.view import View
from app.viewer.scene.flat import Plain, Table, draw, shading
from app.viewer.scene.grey import Shade, Sigmoid


def an_image(**changes) -> Image:
    form = PixelFormat("1.2", 8, 8, photometric_interpretation=changes.pop("photo", "MONOCHROME2"))
    return Image("1.2", "1.3", 1, form, **changes)


def grey_of(image: Image, values, window: Window, *, inverted: bool = False) -> list[int]:
    shade = shading(image, window, inverted=inverted)
    return shade.apply(np.array([values], np.int16))[0].tolist()


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_every_pixel_lies_where_the_view_says(quarters, mirrored):
    values = np.zeros((10, 16), np.uint8)
    values[2, 11] = 255
    view = View(
        161, 103, 16, 10, aspect=1.4, turn=Turn(quarters, mirrored), zoom=1.2, focus=(0.6, 0.4)
    )
    picture = draw(values, view, Plain())
    assert picture.shape == (103, 161)
    y, x = np.unravel_index(picture.argmax(), picture.shape)
    assert view.to_view((11, 2)) == pytest.approx((x, y), abs=2.0)


def test_at_one_to_one_the_pixels_are_the_images_own():
    values = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert draw(values, View(8, 8, 8, 8), Plain()).tolist() == values.tolist()
    turned = draw(values, View(8, 8, 8, 8, turn=Turn(1, mirrored=True)), Plain())
    assert turned.tolist() == np.rot90(np.fliplr(values), -1).tolist()


def test_colours_keep_their_samples_and_black_lies_around_them():
    values = np.full((8, 8, 3), (10, 20, 30), np.uint8)
    picture = draw(values, View(16, 8, 8, 8), Plain())
    assert picture.shape == (8, 16, 3)
    assert picture[4, 8].tolist() == [10, 20, 30]
    assert picture[4, 0].tolist() == [0, 0, 0]
    assert draw(values, View(8, 8, 8, 8), Plain(inverted=True))[0, 0].tolist() == [245, 235, 225]


def test_a_window_is_in_modality_units():
    image = an_image(slope=2.0, intercept=-1000.0)
    grey = grey_of(image, [350, 400, 500, 600, 700], Window(0.5, 401))
    assert grey == pytest.approx([0, 0, 127.5, 255, 255], abs=0.6)


def test_low_values_are_bright_in_monochrome1_and_when_inverted_but_not_in_both():
    window = Window(50.5, 101)
    film = an_image(photo="MONOCHROME1")
    assert grey_of(an_image(), [0, 100], window) == [0, 255]
    assert grey_of(an_image(), [0, 100], window, inverted=True) == [255, 0]
    assert grey_of(film, [0, 100], window) == [255, 0]
    assert grey_of(film, [0, 100], window, inverted=True) == [0, 255]


def test_a_falling_scale_shows_the_higher_modality_value_brighter():
    assert grey_of(an_image(slope=-1.0), [0, -100], Window(50.5, 101)) == [0, 255]


def test_the_exact_linear_function_spans_the_whole_width():
    image = an_image(voi_function="LINEAR_EXACT")
    assert grey_of(image, [0, 50, 100], Window(50, 100)) == [0, 128, 255]


@pytest.mark.parametrize("kind", [np.int16, np.uint16, np.uint8, np.float32])
def test_the_sigmoid_is_half_at_its_centre_and_never_falls(kind):
    values = np.array([[0, 10, 100, 190, 255]], kind)
    grey = Sigmoid(100, 50).apply(values)[0].astype(int)
    assert grey[2] == pytest.approx(128, abs=1)
    assert (np.diff(grey) >= 0).all()
    assert (Sigmoid(100, 50, inverted=True).apply(values)[0] == 255 - grey).all()


def test_a_table_gives_its_ends_to_what_lies_outside():
    table = Table(10, np.array([0, 50, 255], np.uint8))
    values = np.array([[-5, 10, 11, 12, 500]], np.int16)
    assert table.apply(values).tolist() == [[0, 0, 50, 255, 255]]
    dark = Table(10, table.entries, inverted=True)
    assert dark.apply(values).tolist() == [[255, 255, 205, 0, 0]]


def test_the_shade_of_a_sigmoid_image_is_its_sigmoid():
    assert shading(an_image(voi_function="SIGMOID"), Window(1, 2), inverted=False) == Sigmoid(1, 2)
    assert isinstance(shading(an_image(), Window(1, 2), inverted=False), Shade)
