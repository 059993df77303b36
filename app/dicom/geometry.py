"""Order of images in space, and whether they make an honest volume. LPS millimetres throughout.

No DICOM library here: everything follows from `app.domain.image` values, whatever their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image, Plane, Vector

Affine = NDArray[np.float64]

SAME_DIRECTION = 1e-3  # of a unit vector, about 0.06°
SAME_PLACE_MM = 1e-3
EXACT_STEP = 0.02  # of the step: rounding of positions
BEARABLE_STEP = 0.1  # of the step: shown with a warning; beyond it the picture would lie
TILT_DEGREES = 0.5
MIN_SLICES = 3


@dataclass(frozen=True, slots=True, eq=False)
class VolumeLayout:
    """How frames stack into a volume, or why they don't.

    `affine` takes (slice, row, column, 1) to LPS mm; its slice axis may be oblique to the others
    (gantry tilt). `order` names image index and frame index of each slice. `refusal` is empty or
    one of: no-images, colour, mixed-matrix, mixed-format, no-geometry, no-spacing, mixed-spacing,
    mixed-orientation, too-few-slices, repeated-positions, missing-slices, uneven-spacing.
    `warnings` may hold: irregular-spacing, gantry-tilt.
    """

    affine: Affine
    shape: tuple[int, int, int]
    order: tuple[tuple[int, int], ...]
    refusal: str = ""
    warnings: tuple[str, ...] = ()


def normal(plane: Plane) -> Vector:
    """The unit vector across a plane: row direction × column direction."""
    (rx, ry, rz), (cx, cy, cz) = plane.row_direction, plane.column_direction
    return (ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx)


def display_order(images: Sequence[Image]) -> list[int]:
    """Indices of `images` in reading order.

    Stacks of one orientation follow each other; each runs along its normal, in the direction in
    which the scanner numbered it. Images without a place, and stacks that visit a place more than
    once (phases, echoes), keep the scanner's numbering.
    """
    numbered = sorted(range(len(images)), key=lambda i: _number_key(images[i]))
    placed = [index for index in numbered if _only_plane(images[index])]
    loose = [index for index in numbered if not _only_plane(images[index])]
    stacks = _stacks([images[index].planes[0] for index in placed])
    ordered = [_along_normal(images, [placed[rank] for rank in stack]) for stack in stacks]
    return [index for stack in ordered for index in stack] + loose


def affine_of(plane: Plane, spacing: tuple[float, float], step: Vector | None = None) -> Affine:
    """(slice, row, column, 1) to LPS for a stack that starts at `plane`.

    `spacing` is (between rows, between columns) in mm; `step` leads from slice to slice, by default
    1 mm along the normal.
    """
    affine = np.eye(4)
    affine[:3, 0] = step or normal(plane)
    affine[:3, 1] = np.multiply(plane.column_direction, spacing[0])
    affine[:3, 2] = np.multiply(plane.row_direction, spacing[1])
    affine[:3, 3] = plane.position
    return affine


def volume_layout(images: Sequence[Image]) -> VolumeLayout:
    """Stack all frames of `images`, or say why they make no volume."""
    refusal = _format_refusal(images) or _geometry_refusal(images)
    if refusal:
        return _refused(refusal)
    frames = [
        (image_index, frame, plane)
        for image_index, image in enumerate(images)
        for frame, plane in enumerate(image.planes)
    ]
    across = np.array(normal(frames[0][2]))
    places = np.array([plane.position for _, _, plane in frames])
    along = places @ across
    ranks = _ascending(along, places)
    along, places = along[ranks], places[ranks]
    refusal, warnings = _step_verdict(along)
    step = (places[-1] - places[0]) / (len(places) - 1)
    if not refusal and _bends(places, step):
        refusal = "uneven-spacing"
    if refusal:
        return _refused(refusal)
    if _tilt_degrees(step, across) > TILT_DEGREES:
        warnings += ("gantry-tilt",)
    spacing = images[0].calibration.pixel_spacing or (1.0, 1.0)
    form = images[0].format
    return VolumeLayout(
        affine=affine_of(frames[ranks[0]][2], spacing, (step[0], step[1], step[2])),
        shape=(len(frames), form.rows, form.columns),
        order=tuple((frames[rank][0], frames[rank][1]) for rank in ranks),
        warnings=warnings,
    )


def _refused(reason: str) -> VolumeLayout:
    return VolumeLayout(np.eye(4), (0, 0, 0), (), refusal=reason)


def _number_key(image: Image) -> tuple[bool, int, str, str]:
    number = image.instance_number
    return (number is None, number or 0, image.acquired, image.sop_instance_uid)


def _only_plane(image: Image) -> Plane | None:
    return image.planes[0] if image.planes and image.format.frames == 1 else None


def _stacks(planes: list[Plane]) -> list[list[int]]:
    """Ranks of `planes` by orientation: each joins the first stack whose first plane is like it.

    Most planes repeat an orientation to the last digit and are found by it; only a new one is
    compared, with the first planes of all stacks at once.
    """
    stacks: list[list[int]] = []
    known: dict[tuple[float, ...], int] = {}
    firsts = np.empty((len(planes), 6))
    for rank, plane in enumerate(planes):
        directions = plane.row_direction + plane.column_direction
        found = known.get(directions)
        if found is None:
            near = np.abs(firsts[: len(stacks)] - directions).max(axis=1) <= SAME_DIRECTION
            found = int(np.argmax(near)) if near.any() else len(stacks)
            known[directions] = found
        if found == len(stacks):
            firsts[found] = directions
            stacks.append([])
        stacks[found].append(rank)
    return stacks


def _same_directions(first: Plane, second: Plane) -> bool:
    pairs = zip(
        first.row_direction + first.column_direction,
        second.row_direction + second.column_direction,
        strict=True,
    )
    return all(abs(a - b) <= SAME_DIRECTION for a, b in pairs)


def _along_normal(images: Sequence[Image], stack: list[int]) -> list[int]:
    """`stack`, given in the scanner's numbering, by place along its normal."""
    across = np.array(normal(images[stack[0]].planes[0]))
    along = [float(np.dot(images[index].planes[0].position, across)) for index in stack]
    ordered = sorted(range(len(stack)), key=lambda rank: along[rank])
    if any(along[b] - along[a] < SAME_PLACE_MM for a, b in pairwise(ordered)):
        return stack
    rises = sum(1 if b > a else -1 for a, b in pairwise(along))
    return [stack[rank] for rank in (ordered if rises >= 0 else reversed(ordered))]


def _ascending(along: NDArray[np.float64], places: NDArray[np.float64]) -> list[int]:
    return sorted(range(len(along)), key=lambda i: (float(along[i]), tuple(places[i].tolist())))


def _format_refusal(images: Sequence[Image]) -> str:
    if not images:
        return "no-images"
    formats = [image.format for image in images]
    if any(form.samples_per_pixel != 1 for form in formats) or any(
        form.photometric_interpretation not in ("MONOCHROME1", "MONOCHROME2") for form in formats
    ):
        return "colour"
    if len({(form.rows, form.columns) for form in formats}) > 1 or not formats[0].rows:
        return "mixed-matrix"
    if len({form.photometric_interpretation for form in formats}) > 1:
        return "mixed-format"
    return ""


def _geometry_refusal(images: Sequence[Image]) -> str:
    if any(len(image.planes) != image.format.frames for image in images):
        return "no-geometry"
    spacings = {
        spacing
        for image in images
        for spacing in image.frame_spacings or (image.calibration.pixel_spacing,)
    }
    first = images[0].calibration.pixel_spacing
    if first is None or None in spacings:
        return "no-spacing"
    if any(s and not np.allclose(s, first, rtol=1e-3) for s in spacings):
        return "mixed-spacing"
    base = images[0].planes[0]
    if not all(_same_directions(base, plane) for image in images for plane in image.planes):
        return "mixed-orientation"
    if sum(image.format.frames for image in images) < MIN_SLICES:
        return "too-few-slices"
    return ""


def _step_verdict(along: NDArray[np.float64]) -> tuple[str, tuple[str, ...]]:
    """(refusal, warnings) of positions that ascend along the normal."""
    steps = np.diff(along)
    usual = float(np.median(steps))
    if float(np.min(steps)) < SAME_PLACE_MM:
        return "repeated-positions", ()
    deviation = float(np.abs(steps / usual - 1).max())
    if deviation <= EXACT_STEP:
        return "", ()
    if deviation <= BEARABLE_STEP:
        return "", ("irregular-spacing",)
    multiples = steps / usual
    if float(np.abs(multiples - np.round(multiples)).max()) <= BEARABLE_STEP:
        return "missing-slices", ()
    return "uneven-spacing", ()


def _bends(places: NDArray[np.float64], step: NDArray[np.float64]) -> bool:
    """Whether slices leave the straight line from the first to the last."""
    ideal = places[0] + np.arange(len(places))[:, None] * step
    worst = float(np.linalg.norm(places - ideal, axis=1).max())
    return worst > max(0.5 * float(np.linalg.norm(step)), 0.5)


def _tilt_degrees(step: NDArray[np.float64], across: NDArray[np.float64]) -> float:
    cosine = abs(float(step @ across)) / float(np.linalg.norm(step))
    return float(np.degrees(np.arccos(min(1.0, cosine))))
