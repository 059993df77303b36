"""The crosshair as one can take it: its lines in a view, what lies under the mouse, its drags.

Pure geometry in device pixels of a view.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from app.viewer.scene.crosshair import MprState, moved, rotated
from app.viewer.scene.grey import Shade
from app.viewer.scene.planes import Cut, PlaneName, Vector, vector
from app.viewer.scene.voxels import Voxels
from app.viewer.tools.window import CROSSING, DOUBLING

Point = tuple[float, float]

HANDLE_AT = 0.36
"""How far from the crosshair the turning handles sit, in parts of the view's smaller side."""


class Part(StrEnum):
    """What of the crosshair the mouse holds."""

    CENTRE = "centre"
    LINE = "line"
    HANDLE = "handle"


@dataclass(frozen=True, slots=True)
class Grip:
    """A part of the crosshair; `other` is the plane whose line it is."""

    part: Part
    other: PlaneName | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Where plane `other` crosses a view: through `at` along the unit vector `way`."""

    other: PlaneName
    at: Point
    way: Point

    def distance(self, point: Point) -> float:
        """How far a point lies beside the line."""
        dx, dy = point[0] - self.at[0], point[1] - self.at[1]
        return abs(dx * self.way[1] - dy * self.way[0])

    def along(self, distance: float) -> Point:
        """The point of the line that far from the crosshair."""
        return self.at[0] + self.way[0] * distance, self.at[1] + self.way[1] * distance


def lines(state: MprState, cut: Cut, name: PlaneName) -> tuple[Line, ...]:
    """Where the other two planes cross view `name`."""
    at = cut.pixel(state.crosshair)
    normal = np.array(state.orientations[name].normal)
    found = []
    for other in PlaneName:
        if other is name:
            continue
        way = np.cross(normal, state.orientations[other].normal)
        x = float(way @ np.array(cut.orientation.right))
        y = float(way @ np.array(cut.orientation.down))
        length = math.hypot(x, y) or 1.0
        found.append(Line(other, at, (x / length, y / length)))
    return tuple(found)


def handles(line: Line, cut: Cut) -> tuple[Point, Point]:
    """Where the two turning handles of a line sit."""
    reach = HANDLE_AT * min(cut.width, cut.height)
    return line.along(-reach), line.along(reach)


def grip_at(state: MprState, cut: Cut, name: PlaneName, point: Point, reach: float) -> Grip | None:
    """What of the crosshair lies within `reach` of `point`: a handle, the centre or a line."""
    crossing = lines(state, cut, name)
    for line in crossing:
        if any(math.dist(handle, point) <= reach * 1.5 for handle in handles(line, cut)):
            return Grip(Part.HANDLE, line.other)
    if math.dist(crossing[0].at, point) <= reach * 2:
        return Grip(Part.CENTRE)
    nearest = min(crossing, key=lambda line: line.distance(point))
    return Grip(Part.LINE, nearest.other) if nearest.distance(point) <= reach else None


@dataclass(frozen=True, slots=True)
class Pull:
    """One drag in view `name`: the state and cut when the button went down, and both points."""

    state: MprState
    cut: Cut
    name: PlaneName
    start: Point
    now: Point

    @property
    def by(self) -> Point:
        """How far the mouse has come."""
        return self.now[0] - self.start[0], self.now[1] - self.start[1]


def pulled(pull: Pull, grip: Grip, voxels: Voxels) -> MprState:
    """The state after the crosshair's part `grip` was dragged."""
    if grip.part is Part.HANDLE:
        centre = pull.cut.pixel(pull.state.crosshair)
        return rotated(pull.state, pull.name, _angle(centre, pull.start, pull.now))
    step = np.array(_in_patient(pull.cut, pull.by))
    if grip.part is Part.LINE and grip.other is not None:
        normal = np.array(pull.state.orientations[grip.other].normal)
        step = normal * (normal @ step)
    return moved(pull.state, voxels, vector(np.array(pull.state.crosshair) + step))


def put_at(state: MprState, cut: Cut, voxels: Voxels, point: Point) -> MprState:
    """The crosshair under the mouse."""
    return moved(state, voxels, cut.lps(*point))


def windowed(shade: Shade, dx: float, dy: float) -> Shade:
    """The window after dragging by logical px: right is wider, up is brighter (a lower centre)."""
    width = max(shade.width * 2 ** (dx / DOUBLING), 1e-3)
    centre = shade.centre + dy / CROSSING * max(shade.width, width)
    digits = 0 if shade.width >= 10 else 3
    return replace(shade, centre=round(centre, digits), width=max(round(width, digits), 1e-3))


def _angle(centre: Point, start: Point, now: Point) -> float:
    before = math.atan2(start[1] - centre[1], start[0] - centre[0])
    return math.atan2(now[1] - centre[1], now[0] - centre[0]) - before


def _in_patient(cut: Cut, by: Point) -> Vector:
    right, down = np.array(cut.orientation.right), np.array(cut.orientation.down)
    return vector((right * by[0] + down * by[1]) * cut.pitch)


def thickness_after(thickness_mm: float, steps: int) -> float:
    """The slab some wheel steps on: 1 mm each, faster when it is thick, and 0 at the end."""
    step = max(1.0, round(thickness_mm / 10))
    return max(0.0, round(thickness_mm) + steps * step)


CURSORS: Mapping[Part, str] = {
    Part.CENTRE: "SizeAllCursor",
    Part.LINE: "SizeAllCursor",
    Part.HANDLE: "PointingHandCursor",
}
"""The names of Qt's cursors over each part."""
