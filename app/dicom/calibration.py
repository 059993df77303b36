"""Lengths on an image, and what their unit rests on.

The order of precedence: the reader's own calibration, ultrasound regions, detector and projection
attributes, pixel spacing, film digitisers, nothing. A length on a projection is never given as
plain millimetres when only the detector's spacing is known.
"""

import math
from dataclasses import dataclass

from app.domain.image import Calibration, Image, UltrasoundRegion
from app.language import mark

Point = tuple[float, float]

CROSS_SECTIONAL = mark("Pixel spacing")
AT_DETECTOR = mark("At detector")
MAGNIFICATION = mark("Magnification corrected")
ESTIMATED_MAGNIFICATION = mark("Estimated magnification")
FIDUCIAL = mark("Calibrated by a fiducial")
UNKNOWN_CALIBRATION = mark("Unknown calibration")
ULTRASOUND_REGION = mark("Ultrasound region")
OUTSIDE_REGION = mark("Outside a calibrated region")
DIGITISED_FILM = mark("Digitised film")
USER_CALIBRATION = mark("User calibration")
NO_CALIBRATION = mark("No calibration")

PROJECTION_MODALITIES = frozenset({"CR", "DX", "IO", "MG", "PX", "RF", "RG", "XA"})
SPATIAL_DATA_TYPES = frozenset({1, 2, 3, 4})  # tissue, colour flow, PW and CW spectral
CENTIMETRES = 3
RELATIVE_DIFFERENCE = 1e-6


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with its unit (`mm` or `px`) and the mark()ed note that says what it rests on."""

    value: float
    unit: str
    note: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Units a pixel along (row index, column index)."""

    per_row: float
    per_column: float
    unit: str
    note: str


def distance(
    image: Image, frame: int, p0: Point, p1: Point, *, user_spacing: Point | None = None
) -> Measured:
    """The length from `p0` to `p1`, both (column, row) in px, on `frame` of `image`.

    `user_spacing` is the reader's own calibration, (row, column) mm a pixel, which overrides all.
    """
    found = scale(image, frame, (p0, p1), user_spacing=user_spacing)
    across = (p1[0] - p0[0]) * found.per_column
    down = (p1[1] - p0[1]) * found.per_row
    return Measured(math.hypot(across, down), found.unit, found.note)


def scale(
    image: Image,
    frame: int,
    points: tuple[Point, ...] = (),
    *,
    user_spacing: Point | None = None,
) -> Scale:
    """The scale that holds for all of `points` on `frame` of `image`."""
    known = image.of_frame(frame).calibration
    if user_spacing:
        return _millimetres(user_spacing, USER_CALIBRATION)
    if known.regions:
        return _region_scale(known.regions, points)
    if image.modality in PROJECTION_MODALITIES or known.imager_pixel_spacing:
        return _projection_scale(known)
    if known.pixel_spacing:
        return _millimetres(known.pixel_spacing, CROSS_SECTIONAL)
    if known.nominal_scanned_pixel_spacing:
        return _millimetres(known.nominal_scanned_pixel_spacing, DIGITISED_FILM)
    return _pixels(NO_CALIBRATION, known)


def _millimetres(spacing: tuple[float, float], note: str) -> Scale:
    return Scale(spacing[0], spacing[1], "mm", note)


def _pixels(note: str, known: Calibration) -> Scale:
    """Pixels; where they are not square, in units of the pixel's width."""
    down, across = known.aspect_ratio or (1, 1)
    return Scale(down / across, 1.0, "px", note)


def _projection_scale(known: Calibration) -> Scale:
    spacing, imager = known.pixel_spacing, known.imager_pixel_spacing
    if spacing and known.calibration_type == "GEOMETRY":
        return _millimetres(spacing, MAGNIFICATION)
    if spacing and known.calibration_type == "FIDUCIAL":
        return _millimetres(spacing, FIDUCIAL)
    if imager:
        return _detector_scale(known, imager)
    if spacing:
        return _millimetres(spacing, UNKNOWN_CALIBRATION)
    if known.nominal_scanned_pixel_spacing:
        return _millimetres(known.nominal_scanned_pixel_spacing, DIGITISED_FILM)
    return _pixels(NO_CALIBRATION, known)


def _detector_scale(known: Calibration, imager: tuple[float, float]) -> Scale:
    """Imager spacing: divided by a magnification when one is known, else said as it is."""
    factor, note = _magnification(known)
    if factor > 1:
        return _millimetres((imager[0] / factor, imager[1] / factor), note)
    spacing = known.pixel_spacing
    if spacing and imager[0] > spacing[0] * (1 + RELATIVE_DIFFERENCE):
        return _millimetres(spacing, MAGNIFICATION)
    return _millimetres(imager, AT_DETECTOR)


def _magnification(known: Calibration) -> tuple[float, str]:
    """(factor, note): the object's own factor, or the one its distances make; 1 if unknown."""
    if known.magnification and known.magnification > 1:
        return known.magnification, MAGNIFICATION
    detector, patient = known.source_to_detector, known.source_to_patient
    if detector and patient and patient < detector:
        return detector / patient, ESTIMATED_MAGNIFICATION
    return 1.0, AT_DETECTOR


def _region_scale(regions: tuple[UltrasoundRegion, ...], points: tuple[Point, ...]) -> Scale:
    """Only a spatial region that holds every point gives millimetres (PS3.3 C.8.5.5)."""
    for region in regions:
        if all(_inside(region, point) for point in points) and _is_spatial(region):
            spacing = (region.delta_y * 10, region.delta_x * 10)
            return _millimetres(spacing, ULTRASOUND_REGION)
    return Scale(1.0, 1.0, "px", OUTSIDE_REGION)


def _is_spatial(region: UltrasoundRegion) -> bool:
    return (
        region.units_x == region.units_y == CENTIMETRES and region.data_type in SPATIAL_DATA_TYPES
    )


def _inside(region: UltrasoundRegion, point: Point) -> bool:
    return region.x0 <= point[0] <= region.x1 and region.y0 <= point[1] <= region.y1
