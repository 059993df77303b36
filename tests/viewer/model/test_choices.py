"""What the number keys give a picture of each modality."""

import pytest

from app.domain.image import Image, PixelFormat, Window
from app.viewer.model.choices import choice_of, choices_for
from app.viewer.model.windows import AUTOMATIC, NARROW, WIDE, preset_window


def an_image(modality: str, **changes) -> Image:
    return Image("1.2", "1.3", 1, PixelFormat("1.2", 8, 8), modality=modality, **changes)


def test_ct_has_its_presets():
    image = an_image("CT", windows=(Window(1, 2),))
    for key in "123456789":
        assert choice_of(image, key).window == preset_window("CT", key)


@pytest.mark.parametrize("modality", ["MR", "CR", "DX", "US", "XA", "PT", "MG"])
def test_the_rest_has_its_own_window_and_those_by_its_values(modality):
    image = an_image(modality)
    assert choice_of(image, "1").is_own
    assert [choice_of(image, key).percent for key in "234"] == [AUTOMATIC, NARROW, WIDE]
    assert choice_of(image, "5") is None


def test_further_windows_of_the_image_follow():
    windows = (Window(0, 1), Window(3, 4, "BONE"), Window(0, 1), Window(5, 0), Window(6, 7))
    image = an_image("DX", windows=windows)
    assert choice_of(image, "5").window == Window(3, 4, "BONE")
    assert choice_of(image, "6").window == Window(6, 7)
    assert choice_of(image, "7") is None


def test_a_pet_with_suv_has_ranges_of_suv():
    image = an_image("PT", suv_factor=0.5)
    assert choice_of(image, "1").window == Window(6, 12)
    assert choice_of(image, "6").window == Window(20, 40)
    assert [choice_of(image, key).percent for key in "789"] == [AUTOMATIC, NARROW, WIDE]
    assert len(choices_for(image)) == 9
