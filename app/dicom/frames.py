"""Places of frames in the patient: plain images, multi-frame functional groups, dose grids."""

import math
from dataclasses import dataclass

from app.dicom.values import Values
from app.domain.image import Plane, Vector

SHARED = 0x52009229
PER_FRAME = 0x52009230


@dataclass(frozen=True, slots=True)
class FunctionalGroups:
    """The functional groups of an enhanced multi-frame object (PS3.3 C.7.6.16); empty if none."""

    shared: Values | None
    per_frame: tuple[Values, ...]

    @classmethod
    def of(cls, values: Values) -> "FunctionalGroups":
        """The groups of an object; a classic object has none."""
        if SHARED not in values.elements and PER_FRAME not in values.elements:
            return cls(None, ())
        return cls(values.first_item(SHARED), tuple(values.items(PER_FRAME)))

    def first(self, macro: int) -> Values | None:
        """The item of a macro's sequence that holds for all frames, or for the first one."""
        return self.of_frame(macro, 0)

    def of_frame(self, macro: int, frame: int) -> Values | None:
        """The item of a macro's sequence for one frame; its own goes before the shared one."""
        if frame < len(self.per_frame):
            own = self.per_frame[frame].first_item(macro)
            if own:
                return own
        return self.shared.first_item(macro) if self.shared else None

    def of_each(self, macro: int, frames: int) -> "tuple[Values | None, ...]":
        """The item for each of `frames` frames; none at all where one holds for all of them."""
        groups = self.per_frame[:frames]
        if len(groups) < frames or not any(macro in group.elements for group in groups):
            return ()
        return tuple(self.of_frame(macro, frame) for frame in range(frames))


def planes(values: Values, groups: FunctionalGroups, frames: int) -> tuple[Plane, ...]:
    """The planes of an image: none, one for all frames, or one for each frame."""
    if groups.per_frame:
        return _group_planes(groups, frames)
    base = plane(values.decimals(0x00200032), values.decimals(0x00200037))
    if base is None:
        return _detector_planes(values, frames)
    offsets = values.decimals(0x3004000C)
    if frames > 1 and len(offsets) == frames:
        return _grid_planes(base, offsets)
    return (base,)


def plane(position: tuple[float, ...], orientation: tuple[float, ...]) -> Plane | None:
    """A plane of unit directions at right angles, or None when the numbers make none."""
    if len(position) != 3 or len(orientation) != 6:
        return None
    row, column = _unit(orientation[:3]), _unit(orientation[3:])
    if row is None or column is None:
        return None
    if abs(sum(a * b for a, b in zip(row, column, strict=True))) > 0.01:
        return None
    return Plane((position[0], position[1], position[2]), row, column)


def _unit(vector: tuple[float, ...]) -> Vector | None:
    norm = math.hypot(*vector)
    if not 0.5 < norm < 2:
        return None
    return (vector[0] / norm, vector[1] / norm, vector[2] / norm)


def _group_planes(groups: FunctionalGroups, frames: int) -> tuple[Plane, ...]:
    found: list[Plane] = []
    shared_position = groups.shared.first_item(0x00209113) if groups.shared else None
    shared_orientation = groups.shared.first_item(0x00209116) if groups.shared else None
    for group in groups.per_frame[:frames]:
        position = group.first_item(0x00209113) or shared_position
        orientation = group.first_item(0x00209116) or shared_orientation
        if position is None or orientation is None:
            return ()
        own = plane(position.decimals(0x00200032), orientation.decimals(0x00200037))
        if own is None:
            return ()
        found.append(own)
    return tuple(found) if len(found) == frames else ()


def _grid_planes(base: Plane, offsets: tuple[float, ...]) -> tuple[Plane, ...]:
    """A dose grid (PS3.3 C.8.8.3.2): offsets along the normal, or absolute z when not from 0."""
    (rx, ry, rz), (cx, cy, cz) = base.row_direction, base.column_direction
    normal = (ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx)
    start = offsets[0]
    x, y, z = base.position
    return tuple(
        Plane(
            (
                x + normal[0] * (offset - start),
                y + normal[1] * (offset - start),
                z + normal[2] * (offset - start),
            ),
            base.row_direction,
            base.column_direction,
        )
        for offset in offsets
    )


def _detector_planes(values: Values, frames: int) -> tuple[Plane, ...]:
    """Nuclear medicine keeps its plane in the detector (PS3.3 C.8.4.11), slices in one object."""
    detector = values.first_item(0x00540022)
    if detector is None:
        return ()
    base = plane(detector.decimals(0x00200032), detector.decimals(0x00200037))
    spacing = values.decimal(0x00180088)
    if base is None or frames == 1 or not spacing:
        return (base,) if base and frames == 1 else ()
    return _grid_planes(base, tuple(spacing * index for index in range(frames)))
