"""What a viewer is told of an image before it has its pixels."""

from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ImplicitVRLittleEndian

from app.dicom.calibration import distance
from app.dicom.geometry import volume_layout
from app.dicom.header import read_object
from app.domain.image import Image, Window
from tests.dicom.objects import a_ct, encoded


def image_of(dataset: Dataset) -> Image:
    explicit = read_object(encoded(dataset)).image
    implicit = read_object(encoded(dataset, ImplicitVRLittleEndian)).image
    assert explicit is not None
    assert implicit is not None
    assert explicit.calibration == implicit.calibration
    assert explicit.windows == implicit.windows
    assert explicit.planes == implicit.planes
    return explicit


def item(**values) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def test_a_ct_slice_tells_its_place_scale_and_units():
    image = image_of(a_ct())
    (plane,) = image.planes
    assert plane.position == (-10, -20, 30)
    assert plane.row_direction == (1, 0, 0)
    assert plane.column_direction == (0, 1, 0)
    assert image.calibration.pixel_spacing == (0.5, 0.75)
    assert (image.slope, image.intercept) == (1, -1024)
    assert (image.format.rows, image.format.columns) == (16, 12)


def test_windows_keep_their_names_and_lose_impossible_widths():
    ct = a_ct()
    ct.WindowCenter, ct.WindowWidth = [40, -600, 0], [400, 1500, 0]
    ct.WindowCenterWidthExplanation = ["Weichteil", "Lunge", "Nichts"]
    assert image_of(ct).windows == (Window(40, 400, "Weichteil"), Window(-600, 1500, "Lunge"))


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("ImageOrientationPatient", [0, 0, 0, 0, 0, 0]),
        ("ImageOrientationPatient", [1, 0, 0, 1, 0, 0]),
        ("ImagePositionPatient", [1, 2]),
    ],
)
def test_an_impossible_plane_is_no_plane(keyword, value):
    ct = a_ct()
    setattr(ct, keyword, value)
    assert image_of(ct).planes == ()


@pytest.mark.parametrize("spacing", [[0, 0], [0.5, -1]])
def test_an_impossible_spacing_is_no_spacing(spacing):
    ct = a_ct()
    ct.PixelSpacing = spacing
    assert image_of(ct).calibration.pixel_spacing is None


def an_enhanced_ct(frames: int = 3) -> Dataset:
    ct = a_ct(frames=frames)
    for keyword in (
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "RescaleSlope",
        "RescaleIntercept",
    ):
        delattr(ct, keyword)
    ct.SharedFunctionalGroupsSequence = [
        item(
            PixelMeasuresSequence=[item(PixelSpacing=[0.6, 0.7], SliceThickness=2)],
            PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 0, -1])],
            PixelValueTransformationSequence=[
                item(RescaleSlope=2, RescaleIntercept=-5, RescaleType="HU")
            ],
            FrameVOILUTSequence=[item(WindowCenter=40, WindowWidth=400)],
        )
    ]
    ct.PerFrameFunctionalGroupsSequence = [
        item(PlanePositionSequence=[item(ImagePositionPatient=[0, 2 * i, 5])])
        for i in range(frames)
    ]
    return ct


def test_functional_groups_give_each_frame_its_place():
    image = image_of(an_enhanced_ct())
    assert [plane.position for plane in image.planes] == [(0, 0, 5), (0, 2, 5), (0, 4, 5)]
    assert image.planes[0].column_direction == (0, 0, -1)
    assert image.calibration.pixel_spacing == (0.6, 0.7)
    assert image.slice_thickness_mm == 2
    assert (image.slope, image.intercept, image.rescale_unit) == (2, -5, "HU")
    assert image.windows == (Window(40, 400),)


def test_frames_with_scales_of_their_own_keep_them():
    ct = an_enhanced_ct()
    del ct.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence
    for number, group in enumerate(ct.PerFrameFunctionalGroupsSequence):
        scale = item(RescaleSlope=number + 1, RescaleIntercept=0, RescaleType="US")
        group.PixelValueTransformationSequence = [scale]
    image = image_of(ct)
    assert image.frame_rescales == ((1, 0), (2, 0), (3, 0))
    assert image_of(an_enhanced_ct()).frame_rescales == ()


def test_frames_with_spacings_windows_and_thicknesses_of_their_own_keep_them():
    ct = an_enhanced_ct()
    for number, group in enumerate(ct.PerFrameFunctionalGroupsSequence[:2], 1):
        measures = item(PixelSpacing=[number, number], SliceThickness=number)
        group.PixelMeasuresSequence = [measures]
        group.FrameVOILUTSequence = [item(WindowCenter=number, WindowWidth=10)]
    image = image_of(ct)
    assert image.frame_spacings == ((1, 1), (2, 2), (0.6, 0.7))
    assert image.frame_thicknesses_mm == (1, 2, 2)
    assert image.frame_windows == ((Window(1, 10),), (Window(2, 10),), (Window(40, 400),))
    assert distance(image, 0, (0, 0), (2, 0)).value == 2
    assert distance(image, 1, (0, 0), (2, 0)).value == 4
    assert volume_layout([image]).refusal == "mixed-spacing"


def test_frames_that_say_the_same_need_no_entry_each():
    ct = an_enhanced_ct()
    for group in ct.PerFrameFunctionalGroupsSequence:
        group.PixelMeasuresSequence = [item(PixelSpacing=[1, 1], SliceThickness=1)]
        group.FrameVOILUTSequence = [item(WindowCenter=40, WindowWidth=10)]
    image = image_of(ct)
    assert image.calibration.pixel_spacing == (1, 1)
    assert (image.frame_spacings, image.frame_windows, image.frame_thicknesses_mm) == ((), (), ())
    assert volume_layout([image]).refusal == ""


def test_a_frame_without_a_place_leaves_all_without():
    ct = an_enhanced_ct()
    del ct.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence
    assert image_of(ct).planes == ()


def test_a_dose_grid_has_a_plane_for_each_offset(shared_dicom: Path):
    image = read_object(shared_dicom / "objects" / "pydicom__test_files__rtdose.dcm").image
    assert image is not None
    heights = [plane.position[2] for plane in image.planes]
    assert len(heights) == image.format.frames == 15
    assert heights[1] - heights[0] == pytest.approx(5)


def test_an_ultrasound_tells_its_regions_and_its_tempo(shared_dicom: Path):
    file = shared_dicom / "syntaxes" / "pydicom__test_files__examples_ybr_color.dcm"
    image = read_object(file).image
    assert image is not None
    (region,) = image.calibration.regions
    assert (region.x0, region.y0, region.units_x, region.data_type) == (84, 31, 3, 1)
    assert region.delta_x == pytest.approx(0.0510497)
    assert image.frame_time_ms == pytest.approx(33.333)
    assert image.lossy


@pytest.mark.parametrize(
    ("keyword", "value", "milliseconds"),
    [
        ("FrameTime", 40, 40),
        ("FrameTimeVector", [0, 30, 50], 40),
        ("RecommendedDisplayFrameRate", 20, 50),
        ("CineRate", 10, 100),
        ("FrameTime", 0, None),
    ],
)
def test_the_time_of_a_frame_comes_from_what_is_told(keyword, value, milliseconds):
    ct = a_ct(frames=3)
    setattr(ct, keyword, value)
    assert image_of(ct).frame_time_ms == milliseconds


def test_a_count_of_frames_the_pixels_can_not_hold_is_not_believed():
    ct = a_ct(frames=3)
    ct.NumberOfFrames = 999_999_999
    assert image_of(ct).format.frames == 3


def a_pet(**changes) -> Dataset:
    pet = a_ct()
    pet.Modality = "PT"
    pet.Units = "BQML"
    pet.CorrectedImage = ["ATTN", "DECY"]
    pet.DecayCorrection = "START"
    pet.PatientWeight = 70
    pet.SeriesDate = pet.AcquisitionDate = "20260131"
    pet.SeriesTime = "110000"
    pet.AcquisitionTime = "110500"
    drug = item(
        RadiopharmaceuticalStartTime="100000",
        RadionuclideTotalDose=350e6,
        RadionuclideHalfLife=6600,
    )
    pet.RadiopharmaceuticalInformationSequence = Sequence([drug])
    for keyword, value in changes.items():
        setattr(pet, keyword, value)
    return pet


def test_suv_counts_the_decay_from_injection_to_scan():
    expected = 70_000 / (350e6 * 2 ** (-3600 / 6600))
    assert image_of(a_pet()).suv_factor == pytest.approx(expected)


def test_suv_of_pixels_corrected_to_the_injection_needs_no_decay():
    assert image_of(a_pet(DecayCorrection="ADMIN")).suv_factor == pytest.approx(70_000 / 350e6)


def test_a_series_dated_after_its_acquisition_counts_from_the_acquisition():
    late = image_of(a_pet(SeriesTime="150000")).suv_factor
    expected = 70_000 / (350e6 * 2 ** (-3900 / 6600))
    assert late == pytest.approx(expected)


def test_an_injection_before_midnight_is_understood():
    pet = a_pet(SeriesTime="003000", AcquisitionTime="003000")
    pet.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartTime = "233000"
    assert image_of(pet).suv_factor == pytest.approx(70_000 / (350e6 * 2 ** (-3600 / 6600)))


@pytest.mark.parametrize(
    "changes",
    [
        {"PatientWeight": None},
        {"Units": "CNTS"},
        {"CorrectedImage": ["DECY"]},
        {"DecayCorrection": "NONE"},
        {"RadiopharmaceuticalInformationSequence": Sequence([])},
        {"Modality": "CT"},
    ],
)
def test_no_suv_is_better_than_a_wrong_one(changes):
    assert image_of(a_pet(**changes)).suv_factor is None


def test_grams_a_millilitre_are_suv_already():
    assert image_of(a_pet(Units="GML")).suv_factor == 1
    assert image_of(a_pet(Units="GML", SUVType="BW")).suv_factor == 1


@pytest.mark.parametrize("kind", ["LBM", "LBMJAMES128", "BSA", "IBW"])
def test_suv_of_anything_but_the_body_weight_is_not_taken_for_it(kind):
    assert image_of(a_pet(Units="GML", SUVType=kind)).suv_factor is None


@pytest.mark.parametrize(
    ("creator", "expected"), [("Philips PET Private Group", 0.5), ("ANOTHER MAKER", None)]
)
def test_a_private_factor_is_believed_of_its_own_maker_alone(creator, expected):
    pet = a_pet(Units="CNTS")
    pet.private_block(0x7053, creator, create=True).add_new(0x00, "DS", "0.5")
    assert image_of(pet).suv_factor == expected


def test_a_real_pet_has_its_factor(shared_dicom: Path):
    file = sorted((shared_dicom / "series" / "pet_wb_a").iterdir())[0]
    image = read_object(file).image
    assert image is not None
    assert image.suv_factor == pytest.approx(2.9448e-4, rel=1e-4)
