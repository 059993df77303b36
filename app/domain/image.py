"""Images as the viewer needs them: format, place in space, display and calibration.

Coordinates are DICOM patient coordinates, LPS, in millimetres.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.study import SeriesSummary

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """How pixels lie in the object (PS3.3 C.7.6.3)."""

    transfer_syntax_uid: str
    rows: int
    columns: int
    frames: int = 1
    samples_per_pixel: int = 1
    photometric_interpretation: str = "MONOCHROME2"
    bits_allocated: int = 16
    bits_stored: int = 16
    pixel_representation: int = 0
    planar_configuration: int = 0


@dataclass(frozen=True, slots=True)
class Plane:
    """Where one frame lies: centre of its first pixel and directions of its row and column index.

    `row_direction` is the direction in which the column index rises (first triple of
    ImageOrientationPatient), `column_direction` the one in which the row index rises.
    """

    position: Vector
    row_direction: Vector
    column_direction: Vector


@dataclass(frozen=True, slots=True)
class Window:
    """A window in modality units; `explanation` is the scanner's name for it."""

    centre: float
    width: float
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class UltrasoundRegion:
    """One calibrated region (PS3.3 C.8.5.5), bounds in px, deltas in `units` a px."""

    x0: int
    y0: int
    x1: int
    y1: int
    units_x: int
    units_y: int
    delta_x: float
    delta_y: float
    spatial_format: int = 0
    data_type: int = 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the object says of its scale; spacings are (row, column) in mm."""

    pixel_spacing: tuple[float, float] | None = None
    imager_pixel_spacing: tuple[float, float] | None = None
    nominal_scanned_pixel_spacing: tuple[float, float] | None = None
    calibration_type: str = ""
    magnification: float | None = None
    source_to_detector: float | None = None
    source_to_patient: float | None = None
    aspect_ratio: tuple[int, int] | None = None
    regions: tuple[UltrasoundRegion, ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """One image object. `planes` has no entry, one for all frames, or one for each frame.

    The fields `frame_…` have an entry for each frame when frames differ, else none:
    `frame_rescales` (slope, intercept), `frame_spacings` (row, column) in mm or None where a frame
    has none. `of_frame` gives what holds for one of them.
    """

    sop_instance_uid: str
    sop_class_uid: str
    instance_number: int | None
    format: PixelFormat
    modality: str = ""
    planes: tuple[Plane, ...] = ()
    slope: float = 1.0
    intercept: float = 0.0
    rescale_unit: str = ""
    frame_rescales: tuple[tuple[float, float], ...] = ()
    frame_spacings: tuple[tuple[float, float] | None, ...] = ()
    frame_windows: tuple[tuple[Window, ...], ...] = ()
    frame_thicknesses_mm: tuple[float | None, ...] = ()
    windows: tuple[Window, ...] = ()
    voi_function: str = "LINEAR"
    has_luts: bool = False
    calibration: Calibration = field(default_factory=Calibration)
    slice_thickness_mm: float | None = None
    frame_time_ms: float | None = None
    patient_orientation: tuple[str, ...] = ()
    acquired: str = ""
    lossy: bool = False
    suv_factor: float | None = None

    def of_frame(self, frame: int) -> "Image":
        """The image with the scales and windows of `frame`, for all of it when they are alike."""
        changes: dict[str, Any] = {}
        if frame < len(self.frame_rescales):
            slope, intercept = self.frame_rescales[frame]
            changes |= {"slope": slope, "intercept": intercept, "frame_rescales": ()}
        if frame < len(self.frame_spacings):
            spacing = self.frame_spacings[frame]
            calibration = replace(self.calibration, pixel_spacing=spacing)
            changes |= {"calibration": calibration, "frame_spacings": ()}
        if frame < len(self.frame_windows):
            changes |= {"windows": self.frame_windows[frame], "frame_windows": ()}
        if frame < len(self.frame_thicknesses_mm):
            thickness = self.frame_thicknesses_mm[frame]
            changes |= {"slice_thickness_mm": thickness, "frame_thicknesses_mm": ()}
        return replace(self, **changes) if changes else self


@dataclass(frozen=True, slots=True)
class ImageSource:
    """An image and where its bytes are.

    `pixel_offset` and `pixel_length` give the value of PixelData inside the stored file when it is
    native and little endian, so that frames can be read straight; else `pixel_offset` is -1.
    `path` is set only for a client on the server's machine that proved the embedded secret.
    """

    image: Image
    pixel_offset: int = -1
    pixel_length: int = 0
    file_size: int = 0
    path: str = ""


@dataclass(frozen=True, slots=True)
class SeriesManifest:
    """A series' images in display order; `others` counts its objects without pixels."""

    series: SeriesSummary
    images: tuple[ImageSource, ...]
    others: int = 0
