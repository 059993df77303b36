"""What holds for one frame of an image."""

import pytest

from app.domain.image import Calibration, Image, PixelFormat, Window

FORM = PixelFormat("1.2.840.10008.1.2.1", rows=16, columns=12, frames=2)


def an_image(**known) -> Image:
    calibration = Calibration(pixel_spacing=(1.0, 1.0), calibration_type="GEOMETRY")
    return Image("1.2", "1.3", 1, FORM, calibration=calibration, **known)


def test_an_image_whose_frames_are_alike_is_each_of_them():
    image = an_image()
    assert image.of_frame(1) is image


@pytest.mark.parametrize("frame", [0, 1])
def test_a_frame_has_its_own_scales_and_windows(frame):
    windows = ((Window(1, 2),), (Window(3, 4),))
    image = an_image(
        frame_rescales=((2, 0), (3, 1)),
        frame_spacings=((1.0, 1.0), (0.5, 0.25)),
        frame_windows=windows,
        frame_thicknesses_mm=(2.0, None),
    )
    own = image.of_frame(frame)
    assert (own.slope, own.intercept) == image.frame_rescales[frame]
    assert own.calibration.pixel_spacing == image.frame_spacings[frame]
    assert own.calibration.calibration_type == "GEOMETRY"
    assert own.windows == windows[frame]
    assert own.slice_thickness_mm == image.frame_thicknesses_mm[frame]
    assert own.of_frame(frame) is own
