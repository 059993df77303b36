"""Length measurements: two points of one frame, and where the mouse takes hold of them."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from app.viewer.model.view import Point, View

GRIP = 8.0
"""How near the mouse must come, in logical pixels."""


class Part(StrEnum):
    """What of a measurement the mouse holds."""

    START = "start"
    END = "end"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Length:
    """A line between two points (column, row) in px of one frame; `number` tells lines apart."""

    number: int
    sop_instance_uid: str
    frame: int
    start: Point
    end: Point

    def moved(self, part: Part, by: Point) -> "Length":
        """The line with one end, or the whole of it, shifted by px."""
        start = self.start if part is Part.END else _plus(self.start, by)
        end = self.end if part is Part.START else _plus(self.end, by)
        return replace(self, start=start, end=end)


@dataclass(frozen=True, slots=True)
class Hold:
    """A measurement under the mouse, and which part of it."""

    number: int
    part: Part


def hold_at(lengths: tuple[Length, ...], view: View, at: Point) -> Hold | None:
    """The part of a line under view point `at`: ends before lines, the newest first."""
    grip = GRIP * view.ratio
    for length in reversed(lengths):
        for part, end in ((Part.START, length.start), (Part.END, length.end)):
            if math.dist(view.to_view(end), at) <= grip:
                return Hold(length.number, part)
    for length in reversed(lengths):
        if _off_line(at, view.to_view(length.start), view.to_view(length.end)) <= grip:
            return Hold(length.number, Part.LINE)
    return None


def clamped(point: Point, view: View) -> Point:
    """The nearest point on the image."""
    column = min(max(point[0], -0.5), view.columns - 0.5)
    row = min(max(point[1], -0.5), view.rows - 0.5)
    return column, row


def _plus(point: Point, by: Point) -> Point:
    return point[0] + by[0], point[1] + by[1]


def _off_line(at: Point, start: Point, end: Point) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    square = dx * dx + dy * dy
    if square == 0:
        return math.dist(at, start)
    along = ((at[0] - start[0]) * dx + (at[1] - start[1]) * dy) / square
    along = min(max(along, 0.0), 1.0)
    return math.dist(at, (start[0] + along * dx, start[1] + along * dy))
