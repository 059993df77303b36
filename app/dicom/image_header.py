"""What a viewer needs to know of an image before it has its pixels."""

from dataclasses import dataclass, replace

from app.dicom import frames, part10, suv
from app.dicom.calibration_header import PIXEL_MEASURES, calibration, frame_spacings
from app.dicom.values import Values
from app.domain.image import Image, PixelFormat, Window

PIXEL_DATA = 0x7FE00010
FLOAT_PIXEL_DATA = 0x7FE00008
DOUBLE_PIXEL_DATA = 0x7FE00009
VIDEO = "1.2.840.10008.1.2.4.10"  # MPEG2 to HEVC: ...4.100 to ...4.108
TRANSFORMATION = 0x00289145
FRAME_VOI_LUT = 0x00289132
WINDOW_CENTER = 0x00281050
MAX_FRAMES = 1_000_000
MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
LOSSY_SYNTAXES = frozenset(
    f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 81, 91, 93, 203, 112)
)


@dataclass(frozen=True, slots=True)
class PixelLocation:
    """Where native pixel data lies in the data set's buffer, in bytes."""

    offset: int = -1
    length: int = 0
    is_direct: bool = False

    @classmethod
    def of(cls, values: Values, form: PixelFormat) -> "PixelLocation":
        """The place of PixelData; direct when its values can be used as they lie there."""
        element = values.elements.elements.get(PIXEL_DATA)
        if element is None or element.items >= 0:
            return cls()
        is_direct = (
            form.transfer_syntax_uid in (part10.IMPLICIT, part10.EXPLICIT)
            and form.photometric_interpretation in MONOCHROME
            and form.samples_per_pixel == 1
            and form.bits_allocated in (8, 16, 32)
            and _bits_are_plain(values, form)
            and 0 < frame_bytes(form) * form.frames <= element.length
        )
        return cls(element.start, element.length, is_direct)


def _bits_are_plain(values: Values, form: PixelFormat) -> bool:
    """Whether unused high bits need no masking and no sign has to be extended."""
    if form.bits_stored == form.bits_allocated:
        return True
    if form.pixel_representation or not 0 < form.bits_stored < form.bits_allocated:
        return False
    high_bit = values.integer(0x00280102, form.bits_stored - 1)
    overlay_in_pixels = any(
        values.integer(0x60000102 + (group << 17))
        and 0x60003000 + (group << 17) not in values.elements
        for group in range(16)
    )
    return high_bit == form.bits_stored - 1 and not overlay_in_pixels


def frame_bytes(form: PixelFormat) -> int:
    """The bytes of one native frame, rounded up (PS3.5 8.1.1); 4:2:2 shares its chroma."""
    samples = 2 if form.photometric_interpretation == "YBR_FULL_422" else form.samples_per_pixel
    return (form.rows * form.columns * samples * form.bits_allocated + 7) // 8


def pixel_format(values: Values, transfer_syntax_uid: str) -> PixelFormat:
    """How the pixels lie, as declared; `frames` is what the object can really hold."""
    bits = values.integer(0x00280100, 16)
    form = PixelFormat(
        transfer_syntax_uid=transfer_syntax_uid,
        rows=values.integer(0x00280010),
        columns=values.integer(0x00280011),
        samples_per_pixel=values.integer(0x00280002, 1),
        photometric_interpretation=values.code(0x00280004)[:16] or "MONOCHROME2",
        bits_allocated=bits,
        bits_stored=values.integer(0x00280101, bits),
        pixel_representation=values.integer(0x00280103) & 1,
        planar_configuration=values.integer(0x00280006) & 1,
        frames=max(1, min(values.number(0x00280008) or 1, MAX_FRAMES)),
    )
    return with_frames(form, possible_frames(values, form))


def with_frames(form: PixelFormat, most: int) -> PixelFormat:
    """`form` with at most `most` frames, at least one."""
    return form if form.frames <= most else replace(form, frames=max(1, most))


def possible_frames(values: Values, form: PixelFormat) -> int:
    """The most frames the pixel data can hold, whatever NumberOfFrames claims."""
    held = values.elements.elements
    element = held.get(PIXEL_DATA) or held.get(FLOAT_PIXEL_DATA) or held.get(DOUBLE_PIXEL_DATA)
    if element is None:
        return 1
    if element.items < 0:
        bits = form.rows * form.columns * form.samples_per_pixel * form.bits_allocated
        if form.bits_allocated == 1:
            return element.length * 8 // bits if bits else 1
        return element.length // frame_bytes(form) if bits else 1
    return form.frames if form.transfer_syntax_uid.startswith(VIDEO) else element.items - 1


def image(
    values: Values, transfer_syntax_uid: str, sop_class_uid: str, sop_instance_uid: str
) -> Image | None:
    """The image in an object, or None when it has no pixels."""
    held = values.elements
    if PIXEL_DATA not in held and FLOAT_PIXEL_DATA not in held and DOUBLE_PIXEL_DATA not in held:
        return None
    form = pixel_format(values, transfer_syntax_uid)
    groups = frames.FunctionalGroups.of(values)
    slope, intercept, unit = _rescale(values, groups)
    return Image(
        sop_instance_uid=sop_instance_uid,
        sop_class_uid=sop_class_uid,
        instance_number=values.number(0x00200013),
        format=form,
        modality=values.code(0x00080060)[:16],
        planes=frames.planes(values, groups, form.frames),
        slope=slope,
        intercept=intercept,
        rescale_unit=unit,
        frame_rescales=_frame_rescales(groups, form.frames),
        frame_spacings=frame_spacings(values, groups, form.frames),
        frame_windows=_frame_windows(values, groups, form.frames),
        frame_thicknesses_mm=_frame_thicknesses(values, groups, form.frames),
        windows=_windows(values, groups),
        voi_function=_voi_function(values, groups),
        has_luts=0x00283000 in held or 0x00283010 in held,
        calibration=calibration(values, groups),
        slice_thickness_mm=_thickness(values, groups),
        frame_time_ms=_frame_time(values),
        patient_orientation=values.codes(0x00200020)[:2],
        acquired=_acquired(values, groups),
        lossy=values.code(0x00282110) == "01" or transfer_syntax_uid in LOSSY_SYNTAXES,
        suv_factor=suv.factor(values),
    )


def _rescale(values: Values, groups: frames.FunctionalGroups) -> tuple[float, float, str]:
    source = groups.first(TRANSFORMATION) or values
    return (*_slope_and_intercept(source), source.code(0x00281054)[:16])


def _slope_and_intercept(source: Values) -> tuple[float, float]:
    return source.decimal(0x00281053) or 1.0, source.decimal(0x00281052) or 0.0


def _frame_rescales(groups: frames.FunctionalGroups, count: int) -> tuple[tuple[float, float], ...]:
    """(slope, intercept) of each frame, when they are not the same for all."""
    items = [group.first_item(TRANSFORMATION) for group in groups.per_frame[:count]]
    found = tuple(_slope_and_intercept(item) for item in items if item)
    return found if len(found) == count and len(set(found)) > 1 else ()


def _windows(values: Values, groups: frames.FunctionalGroups) -> tuple[Window, ...]:
    return _windows_of(_window_source(values, groups))


def _window_source(values: Values, groups: frames.FunctionalGroups) -> Values:
    return values if WINDOW_CENTER in values.elements else groups.first(FRAME_VOI_LUT) or values


def _frame_windows(
    values: Values, groups: frames.FunctionalGroups, count: int
) -> tuple[tuple[Window, ...], ...]:
    """The windows of each frame, when they are not the same for all."""
    if WINDOW_CENTER in values.elements:
        return ()
    items = groups.of_each(FRAME_VOI_LUT, count)
    found = tuple(_windows_of(item) if item else () for item in items)
    return found if len(set(found)) > 1 else ()


def _windows_of(source: Values) -> tuple[Window, ...]:
    centres, widths = source.decimals(WINDOW_CENTER), source.decimals(0x00281051)
    names = source.text(0x00281055).split("\\")
    names += [""] * len(centres)
    return tuple(
        Window(centre, width, name.strip())
        for centre, width, name in zip(centres[:64], widths[:64], names, strict=False)
        if width > 0
    )


def _voi_function(values: Values, groups: frames.FunctionalGroups) -> str:
    function = _window_source(values, groups).code(0x00281056)
    return function if function in ("LINEAR_EXACT", "SIGMOID") else "LINEAR"


def _thickness(values: Values, groups: frames.FunctionalGroups) -> float | None:
    measures = groups.first(PIXEL_MEASURES)
    return (_thickness_of(measures) if measures else None) or _thickness_of(values)


def _thickness_of(source: Values) -> float | None:
    thickness = source.decimal(0x00180050)
    return thickness if thickness and thickness > 0 else None


def _frame_thicknesses(
    values: Values, groups: frames.FunctionalGroups, count: int
) -> tuple[float | None, ...]:
    """The slice thickness of each frame, when they are not the same for all."""
    items = groups.of_each(PIXEL_MEASURES, count)
    found = tuple(
        (_thickness_of(item) if item else None) or _thickness_of(values) for item in items
    )
    return found if len(set(found)) > 1 else ()


def _frame_time(values: Values) -> float | None:
    """Milliseconds a frame: FrameTime, the mean of FrameTimeVector, or a display rate."""
    time = values.decimal(0x00181063)
    if time and time > 0:
        return time
    vector = values.decimals(0x00181065)[1:]
    if vector and sum(vector) > 0:
        return sum(vector) / len(vector)
    rate = values.decimal(0x00082144) or values.decimal(0x00180040)
    return 1000 / rate if rate and rate > 0 else None


def _acquired(values: Values, groups: frames.FunctionalGroups) -> str:
    """`YYYYMMDDHHMMSS.FFFFFF` of the acquisition, as far as the object tells it."""
    content = groups.first(0x00209111)
    moment = values.code(0x0008002A) or (content.code(0x00189074) if content else "")
    if moment:
        return moment[:26]
    day = values.code(0x00080022) or values.code(0x00080023)
    time = values.code(0x00080032) or values.code(0x00080033)
    return (day[:10] + time[:16]) if day else ""
