"""The window a picture opens with."""

import numpy as np
import pytest

from app.domain.image import Image, PixelFormat, Window
from app.viewer.model.windows import (
    auto_window,
    full_window,
    own_window,
    preset_window,
    presets_for,
)


def an_image(**changes) -> Image:
    return Image("1.2", "1.3", 1, PixelFormat("1.2", 8, 8), **changes)


@pytest.mark.parametrize(
    ("key", "window"),
    [
        ("1", Window(40, 400)),
        ("2", Window(-600, 1500)),
        ("3", Window(350, 2000)),
        ("4", Window(40, 80)),
        ("5", Window(90, 150)),
        ("6", Window(50, 350)),
        ("7", Window(200, 600)),
        ("8", Window(40, 40)),
    ],
)
def test_the_number_keys_give_the_usual_windows_of_ct(key, window):
    assert preset_window("CT", key) == window


def test_every_number_key_of_ct_has_exactly_one_preset():
    assert sorted(preset.key for preset in presets_for("CT") if preset.key) == list("123456789")


def test_other_modalities_have_no_presets():
    assert preset_window("MR", "1") is None


def test_a_picture_opens_with_its_first_usable_window():
    image = an_image(windows=(Window(0, 0), Window(100, 200, "BONE"), Window(1, 2)))
    assert own_window(image) == Window(100, 200, "BONE")
    assert own_window(an_image()) is None


def test_a_pet_with_suv_opens_with_suv_0_to_6():
    image = an_image(modality="PT", suv_factor=0.0003, windows=(Window(5, 10),))
    window = own_window(image)
    assert window is not None
    assert (window.centre, window.width) == pytest.approx((10_000, 20_000))


def test_an_automatic_window_leaves_the_outliers_out():
    values = np.concatenate([np.linspace(0, 1000, 10_000), [30_000] * 20]).astype(np.int16)
    window = auto_window(values.reshape(-1, 10), 1.0, 0.0)
    assert window.centre == pytest.approx(500, abs=20)
    assert window.width == pytest.approx(1000, abs=40)


def test_windows_by_values_are_in_modality_units():
    values = np.array([[0, 100]], np.uint16)
    window = full_window(values, 2.0, -1000.0)
    assert (window.centre - 0.5, window.width - 1) == (-900, 200)


def test_a_falling_scale_and_a_flat_picture_have_a_window_too():
    assert full_window(np.array([[0, 100]], np.int16), -1.0, 0.0).width == 101
    assert full_window(np.full((4, 4), 7, np.int16), 1.0, 0.0).width == 2


def test_values_that_are_no_numbers_are_left_out():
    values = np.array([[np.nan, 1.0, 2.0, np.inf]], np.float32)
    assert full_window(values, 1.0, 0.0).width == 2
    assert full_window(np.full((2, 2), np.nan, np.float32), 1.0, 0.0).width == 2
