"""Pictures of frames: greys by a window, a part of the image, fitted into a box."""

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEGLSLossless

from app.dicom.transcode import transcode
from app.domain.errors import InvalidError, NotFoundError
from app.server.core.greys import VoiFunction, VoiWindow
from app.server.core.rendering import (
    PictureType,
    Rendering,
    Viewport,
    render,
)
from tests.server.samples import an_object

RAMP = np.repeat(np.arange(16, dtype=np.uint16)[None] * 100, 16, axis=0)
PNG = Rendering(PictureType.PNG)


@pytest.fixture
def picture(tmp_path):
    """The pixels of the picture of an object."""

    def picture(data, rendering=PNG, frame=None):
        file = tmp_path / "object"
        file.write_bytes(data)
        encoded = np.frombuffer(render(file, frame, rendering), np.uint8)
        return cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)

    return picture


def a_ramp(**elements):
    """Values 0 to 1500 from left to right."""
    given = {"RescaleIntercept": 0, "PixelData": RAMP.tobytes(), **elements}
    return an_object(**given)


def by(function, centre, width):
    return Rendering(PictureType.PNG, VoiWindow(centre, width, function))


@pytest.mark.parametrize(
    ("rendering", "greys"),
    [
        (by(VoiFunction.LINEAR, 500.5, 1001), {0: 0, 5: 127, 10: 255, 15: 255}),
        (by(VoiFunction.LINEAR_EXACT, 500, 1000), {0: 0, 5: 127, 10: 255}),
        (by(VoiFunction.SIGMOID, 500, 1000), {0: 30, 5: 127, 10: 224}),
        (by(VoiFunction.LINEAR, 500.5, 1), {0: 0, 5: 127, 6: 255}),
    ],
)
def test_greys_follow_the_window(picture, rendering, greys):
    row = picture(a_ramp(), rendering)[0]
    assert {column: row[column] for column in greys} == pytest.approx(greys, abs=1)


def test_without_a_window_the_images_own_is_used(picture):
    row = picture(a_ramp(WindowCenter=500, WindowWidth=1000))[0]
    assert (row[0], row[5], row[10]) == (0, 127, 255)
    assert (picture(a_ramp(PhotometricInterpretation="MONOCHROME1"))[0, 15]) == 0


def test_an_image_is_shown_by_its_own_voi_function(picture):
    said = {"WindowCenter": 500, "WindowWidth": 1000, "VOILUTFunction": "SIGMOID"}
    row = picture(a_ramp(**said))[0]
    assert [int(row[column]) for column in (0, 5, 10)] == pytest.approx([30, 127, 224], abs=1)


def a_table(first, bits, *entries):
    """A Modality LUT or VOI LUT: the entries of the values `first`, `first` + 1, …"""
    item = pydicom.Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, bits])
    item.add_new("LUTData", "OW", np.array(entries, np.uint16).tobytes())
    return [item]


def test_an_images_voi_lut_goes_before_its_window_and_after_the_one_that_is_asked_for(picture):
    table = a_table(0, 12, *(4095 if value < 500 else 0 for value in range(1600)))
    data = a_ramp(VOILUTSequence=table, WindowCenter=500, WindowWidth=1000)
    assert picture(data)[0, [4, 5]].tolist() == [255, 0]
    asked = picture(data, by(VoiFunction.LINEAR, 500.5, 1001))
    assert asked[0, [0, 10]].tolist() == [0, 255]


def test_a_window_takes_what_the_modality_lut_gives(picture):
    table = a_table(0, 16, *(1600 - value for value in range(1600)))
    data = a_ramp(ModalityLUTSequence=table, WindowCenter=800, WindowWidth=1600)
    row = picture(data)[0]
    assert (row[0], row[15]) == (255, pytest.approx(16, abs=1))


def test_colours_stay_colours(picture):
    rgb = np.zeros((16, 16, 3), np.uint8)
    rgb[..., 0] = 200
    data = an_object(
        SamplesPerPixel=3,
        PhotometricInterpretation="RGB",
        PlanarConfiguration=0,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelData=rgb.tobytes(),
    )
    assert picture(data)[0, 0].tolist() == [0, 0, 200]  # OpenCV reads BGR


def test_a_frame_is_chosen_by_its_number_else_the_middle_one(picture):
    frames = np.stack([np.full((16, 16), value, np.uint16) for value in (0, 100, 200)])
    data = a_ramp(NumberOfFrames=3, PixelData=frames.tobytes(), WindowCenter=100, WindowWidth=200)
    assert [int(picture(data, frame=number)[0, 0]) for number in (1, 3, None)] == [0, 255, 128]
    compressed = transcode(data, JPEGLSLossless)
    assert picture(compressed, frame=3)[0, 0] == 255
    for number in (0, 4):
        with pytest.raises(NotFoundError):
            picture(data, frame=number)


def test_an_object_without_pixels_has_no_picture(picture):
    with pytest.raises(NotFoundError):
        picture(an_object(PixelData=None))


@pytest.mark.parametrize(
    ("viewport", "shape", "first", "last"),
    [
        (Viewport((32, 32)), (32, 32), 0, 255),
        (Viewport((8, 100)), (8, 8), 8, 247),
        (Viewport((8, 8), (0, 0, 8, 8)), (8, 8), 0, 119),
        (Viewport((8, 8), (0, 0, -8, 8)), (8, 8), 119, 0),
        (Viewport((16, 16), (0, 0, 0, -16)), (16, 16), 0, 255),
        (Viewport((4, 4), (8, 0, 4, 4)), (4, 4), 136, 187),
    ],
)
def test_a_part_is_fitted_into_the_box(picture, viewport, shape, first, last):
    rendering = Rendering(PictureType.PNG, VoiWindow(750, 1500, VoiFunction.LINEAR_EXACT), viewport)
    found = picture(a_ramp(), rendering)
    assert found.shape == shape
    assert (found[0, 0], found[0, -1]) == pytest.approx((first, last), abs=1)


def test_pixels_that_are_no_squares_are_shown_in_their_shape(picture):
    data = a_ramp(PixelSpacing=[2, 1])
    assert picture(data).shape == (32, 16)
    assert picture(data, Rendering(PictureType.PNG, None, Viewport((16, 16)))).shape == (16, 8)


@pytest.mark.parametrize("part", [(-1, 0, 0, 0), (16, 0, 0, 0), (0, 0, 17, 1), (8, 8, 9, 1)])
def test_a_part_outside_the_image_is_invalid(picture, part):
    with pytest.raises(InvalidError):
        picture(a_ramp(), Rendering(PictureType.PNG, None, Viewport((8, 8), part)))


def test_a_jpeg_of_less_quality_is_smaller(tmp_path):
    file = tmp_path / "object"
    file.write_bytes(a_ramp())
    fine, coarse = (render(file, None, Rendering(quality=quality)) for quality in (95, 5))
    assert fine[:2] == coarse[:2] == b"\xff\xd8"
    assert len(coarse) < len(fine)
