"""What an object says of its scale, read from its header."""

from app.dicom.frames import FunctionalGroups
from app.dicom.values import Values
from app.domain.image import Calibration, UltrasoundRegion

MAX_REGIONS = 64
PIXEL_MEASURES = 0x00289110
PIXEL_SPACING = 0x00280030


def calibration(values: Values, groups: FunctionalGroups) -> Calibration:
    """The scale attributes of an image; impossible spacings are None."""
    measures = groups.first(PIXEL_MEASURES)
    own = _spacing(measures, PIXEL_SPACING) if measures else None
    aspect = values.decimals(0x00280034)
    return Calibration(
        pixel_spacing=own or _spacing(values, PIXEL_SPACING),
        imager_pixel_spacing=_spacing(values, 0x00181164),
        nominal_scanned_pixel_spacing=_spacing(values, 0x00182010),
        calibration_type=values.code(0x00280402)[:16],
        magnification=_positive(values, 0x00181114),
        source_to_detector=_positive(values, 0x00181110),
        source_to_patient=_positive(values, 0x00181111),
        aspect_ratio=(int(aspect[0]), int(aspect[1])) if _is_ratio(aspect) else None,
        regions=_regions(values),
    )


def frame_spacings(
    values: Values, groups: FunctionalGroups, frames: int
) -> tuple[tuple[float, float] | None, ...]:
    """The pixel spacing of each frame, when they are not the same for all."""
    found = tuple(
        (_spacing(measures, PIXEL_SPACING) if measures else None) or _spacing(values, PIXEL_SPACING)
        for measures in groups.of_each(PIXEL_MEASURES, frames)
    )
    return found if len(set(found)) > 1 else ()


def _is_ratio(aspect: tuple[float, ...]) -> bool:
    return len(aspect) == 2 and all(1 <= value < 2**31 for value in aspect)


def _spacing(values: Values, tag: int) -> tuple[float, float] | None:
    found = values.decimals(tag)
    if len(found) == 2 and min(found) > 0 and max(found) < 1e6:
        return (found[0], found[1])
    return None


def _positive(values: Values, tag: int) -> float | None:
    value = values.decimal(tag)
    return value if value and value > 0 else None


def _regions(values: Values) -> tuple[UltrasoundRegion, ...]:
    items = values.items(0x00186011)[:MAX_REGIONS]
    found = (_region(item) for item in items)
    return tuple(region for region in found if region)


def _region(item: Values) -> UltrasoundRegion | None:
    delta_x, delta_y = item.double(0x0018602C), item.double(0x0018602E)
    if not delta_x or not delta_y:
        return None
    return UltrasoundRegion(
        x0=item.integer(0x00186018),
        y0=item.integer(0x0018601A),
        x1=item.integer(0x0018601C),
        y1=item.integer(0x0018601E),
        units_x=item.integer(0x00186024),
        units_y=item.integer(0x00186026),
        delta_x=abs(delta_x),
        delta_y=abs(delta_y),
        spatial_format=item.integer(0x00186012),
        data_type=item.integer(0x00186014),
    )
