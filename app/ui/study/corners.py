"""The texts in the four corners of a viewport."""

from dataclasses import dataclass

from app.domain.image import Image, Window
from app.domain.study import SeriesSummary, StudySummary
from app.language import current_language, tr
from app.report.wording import age_text, date_text, sex_text
from app.ui.amounts import amount, plain_number, window_text
from app.ui.patients import patient_lines
from app.viewer.controller.shown import Shown
from app.viewer.model.orientation import frame_plane
from app.viewer.model.state import Overlay

Lines = tuple[str, ...]

SHORT_BELOW, LEAST_BELOW = 430, 250
"""Widths in logical pixels under which the corners thin out."""


@dataclass(frozen=True, slots=True)
class Corners:
    """Lines of the corners, each from the outer edge of the viewport inwards as they are read."""

    top_left: Lines = ()
    top_right: Lines = ()
    bottom_left: Lines = ()
    bottom_right: Lines = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tile is in its series: picture `number` of `count`, `loaded` of them here.

    They come from `images` images; `missing` more have reached the archive since.
    """

    number: int
    count: int
    loaded: int
    pixel: str = ""
    images: int = 0
    missing: int = 0


def amount_for(chosen: Overlay, width: int) -> Overlay:
    """How much text a viewport of `width` logical pixels takes."""
    if width < LEAST_BELOW:
        return Overlay.LEAST
    return max(chosen, Overlay.SHORT) if width < SHORT_BELOW else chosen


def corners(
    study: StudySummary, series: SeriesSummary | None, shown: Shown, place: Place, much: Overlay
) -> Corners:
    """The texts for one picture. Name, number and birth date are always among them."""
    return Corners(
        _patient(study, much),
        _study(study) if much is Overlay.FULL else (),
        _image(shown, place, much),
        _series(series, shown.image, place, much),
    )


def _patient(study: StudySummary, much: Overlay) -> Lines:
    lines = patient_lines(study)
    if much is not Overlay.FULL:
        return lines
    language = current_language()
    age = age_text(study.birth_date, study.study_date, language)
    more = _joined(age, sex_text(study.sex, language))
    if study.birth_date is None:
        return _filled(*lines, more)
    return (*lines[:-1], _joined(lines[-1], more))


def _study(study: StudySummary) -> Lines:
    day = date_text(study.study_date, current_language())
    clock = f"{study.study_time:%H:%M}" if study.study_time else ""
    description = study.description.replace("^", " ")
    return _filled(study.institution, description, _joined(day, clock), study.accession_number)


def _image(shown: Shown, place: Place, much: Overlay) -> Lines:
    if much is Overlay.LEAST:
        return (f"{place.number} / {place.count}",)
    window = window_line(shown.window, shown.image)
    if much is Overlay.SHORT:
        return _filled(window, f"{place.number} / {place.count}")
    number = tr("Image {number} of {count}", number=place.number, count=place.count)
    percent = f"{shown.view.scale * 100:.0f}"
    zoom = tr("Zoom {percent} %", percent=percent)
    return _filled(place.pixel, position_line(shown), zoom, window, number)


def _series(series: SeriesSummary | None, image: Image, place: Place, much: Overlay) -> Lines:
    lossy = tr("Lossy compression") if image.lossy else ""
    loading = _loading(place)
    if much is Overlay.LEAST:
        return _filled(loading if place.missing else "", lossy)
    name = series_name(series) if series else image.modality
    if much is Overlay.SHORT:
        return _filled(loading, lossy, name)
    thickness = ""
    if image.slice_thickness_mm:
        thickness = tr("Slice {thickness} mm", thickness=plain_number(image.slice_thickness_mm))
    size = f"{image.format.columns} × {image.format.rows}"
    return _filled(loading, lossy, _joined(size, thickness), name)


def _loading(place: Place) -> str:
    if place.missing:
        count = place.images + place.missing
        return tr("{listed} of {count} images", listed=place.images, count=count)
    if place.loaded < place.count:
        return tr("Loaded {loaded} of {count}", loaded=place.loaded, count=place.count)
    return ""


def series_name(series: SeriesSummary) -> str:
    """`CT 3 · Thorax lung`: modality, number and description."""
    number = "" if series.number is None else str(series.number)
    head = " ".join(part for part in (series.modality, number) if part)
    return _joined(head, series.description or series.body_part)


def window_line(window: Window | None, image: Image) -> str:
    """The window in use; nothing for colour."""
    return "" if window is None else window_text(window, image.modality, image.suv_factor)


def position_line(shown: Shown) -> str:
    """Where the slice lies along the axis it runs across, as `H 12.5 mm` or `F 12.5 mm`."""
    plane = frame_plane(shown.image, shown.shot.frame)
    if plane is None:
        return ""
    (rx, ry, rz), (cx, cy, cz) = plane.row_direction, plane.column_direction
    normal = (ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx)
    axis = max(range(3), key=lambda i: abs(normal[i]))
    value = plane.position[axis]
    letter = ("LR", "PA", "HF")[axis][value < 0]
    return f"{letter} {amount(abs(value), 'mm')}"


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _filled(*lines: str) -> Lines:
    return tuple(line for line in lines if line)
