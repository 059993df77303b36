"""A length says what it rests on, and never claims more than the object does."""

import pytest

from app.dicom import calibration
from app.dicom.calibration import distance
from app.dicom.header import read_object
from app.domain.image import Calibration, Image, PixelFormat, UltrasoundRegion


def an_image(modality: str, **known) -> Image:
    form = PixelFormat("1.2.840.10008.1.2.1", rows=512, columns=512)
    return Image("1.2", "1.3", 1, form, modality=modality, calibration=Calibration(**known))


def ten_across(image: Image, **options):
    return distance(image, 0, (10, 20), (20, 20), **options)


def test_a_ct_is_measured_by_its_pixel_spacing():
    measured = ten_across(an_image("CT", pixel_spacing=(2.0, 0.5)))
    assert (measured.value, measured.unit) == (5.0, "mm")
    assert measured.note == calibration.CROSS_SECTIONAL


def test_rows_and_columns_have_their_own_spacing():
    image = an_image("CT", pixel_spacing=(2.0, 0.5))
    assert distance(image, 0, (0, 0), (0, 10)).value == 20
    assert distance(image, 0, (0, 0), (6, 2)).value == 5


@pytest.mark.parametrize(
    ("known", "value", "note"),
    [
        (
            {"pixel_spacing": (0.5, 0.5), "calibration_type": "GEOMETRY"},
            5,
            calibration.MAGNIFICATION,
        ),
        ({"pixel_spacing": (0.5, 0.5), "calibration_type": "FIDUCIAL"}, 5, calibration.FIDUCIAL),
        ({"imager_pixel_spacing": (1.0, 1.0)}, 10, calibration.AT_DETECTOR),
        (
            {"imager_pixel_spacing": (1.0, 1.0), "pixel_spacing": (1.0, 1.0)},
            10,
            calibration.AT_DETECTOR,
        ),
        (
            {"imager_pixel_spacing": (1.0, 1.0), "pixel_spacing": (0.8, 0.8)},
            8,
            calibration.MAGNIFICATION,
        ),
        (
            {"imager_pixel_spacing": (1.0, 1.0), "magnification": 1.25},
            8,
            calibration.MAGNIFICATION,
        ),
        (
            {
                "imager_pixel_spacing": (1.0, 1.0),
                "source_to_detector": 1000.0,
                "source_to_patient": 800.0,
            },
            8,
            calibration.ESTIMATED_MAGNIFICATION,
        ),
        (
            {
                "imager_pixel_spacing": (1.0, 1.0),
                "source_to_detector": 800.0,
                "source_to_patient": 1000.0,
            },
            10,
            calibration.AT_DETECTOR,
        ),
        ({"pixel_spacing": (0.5, 0.5)}, 5, calibration.UNKNOWN_CALIBRATION),
        ({"nominal_scanned_pixel_spacing": (0.5, 0.5)}, 5, calibration.DIGITISED_FILM),
    ],
)
@pytest.mark.parametrize("modality", ["CR", "DX", "MG", "IO", "XA", "RF"])
def test_a_projection_says_where_its_millimetres_hold(modality, known, value, note):
    measured = ten_across(an_image(modality, **known))
    assert measured.value == pytest.approx(value)
    assert (measured.unit, measured.note) == ("mm", note)


def test_without_any_spacing_a_length_is_in_pixels():
    measured = ten_across(an_image("OT"))
    assert (measured.value, measured.unit, measured.note) == (10, "px", calibration.NO_CALIBRATION)


def test_pixels_that_are_not_square_count_by_their_width():
    image = an_image("OT", aspect_ratio=(2, 1))
    assert distance(image, 0, (0, 0), (0, 10)).value == 20


def test_user_calibration_overrides_all():
    image = an_image("CT", pixel_spacing=(2.0, 0.5))
    measured = ten_across(image, user_spacing=(0.1, 0.3))
    assert measured.value == pytest.approx(3)
    assert measured.note == calibration.USER_CALIBRATION


TISSUE = UltrasoundRegion(0, 0, 100, 100, 3, 3, 0.01, 0.02, spatial_format=1, data_type=1)
DOPPLER = UltrasoundRegion(0, 110, 100, 200, 4, 7, 0.01, 0.02, spatial_format=3, data_type=3)


def test_an_ultrasound_region_gives_millimetres_inside_it():
    image = an_image("US", regions=(TISSUE, DOPPLER))
    assert distance(image, 0, (10, 10), (20, 10)).value == pytest.approx(1)
    measured = distance(image, 0, (10, 10), (10, 20))
    assert measured.value == pytest.approx(2)
    assert (measured.unit, measured.note) == ("mm", calibration.ULTRASOUND_REGION)


@pytest.mark.parametrize(
    ("p0", "p1"),
    [((10, 10), (10, 150)), ((10, 120), (20, 150)), ((10, 105), (20, 106))],
    ids=["across regions", "in a spectrum", "in no region"],
)
def test_elsewhere_in_an_ultrasound_image_a_length_is_in_pixels(p0, p1):
    image = an_image("US", regions=(TISSUE, DOPPLER), pixel_spacing=(0.5, 0.5))
    measured = distance(image, 0, p0, p1)
    assert (measured.unit, measured.note) == ("px", calibration.OUTSIDE_REGION)


def test_real_ultrasound_has_its_regions(shared_dicom):
    file = shared_dicom / "photometric" / "pydicom__test_files__examples_palette.dcm"
    image = read_object(file).image
    assert image is not None
    region = image.calibration.regions[0]
    centre = ((region.x0 + region.x1) / 2, (region.y0 + region.y1) / 2)
    measured = distance(image, 0, centre, (centre[0] + 10, centre[1]))
    assert measured.value == pytest.approx(region.delta_x * 100)
    assert measured.unit == "mm"
