"""One axial plane of the phantom's trunk: outline, wall, cavity, and the brush for it."""

from collections.abc import Mapping
from functools import cache

import numpy as np

from app.demo.samples.curves import STEP_MM
from app.demo.samples.grid import Field, Grid, Noise
from app.demo.samples.shapes import (
    Keys,
    along,
    both,
    cover,
    either,
    ellipsoid,
    near,
    oval,
    paint,
)
from app.demo.samples.tissue import Tissue, Values

HEIGHT_MM = 450.0
"""From the iliac crests at 0 to the first ribs."""
EXTENT_MM = 420.0
MARGIN_MM = 22.0
"""So far the bends of space can push the skin outwards."""
TABLE_TISSUES = (Tissue.AIR, Tissue.TABLE, Tissue.FOAM)

HALF_WIDTH: Keys = (
    (0, 156), (90, 148), (180, 155), (290, 166), (360, 172), (405, 184), (450, 193),
)  # fmt: skip
HALF_DEPTH: Keys = ((0, 106), (90, 103), (200, 112), (300, 118), (370, 108), (420, 90), (450, 80))
FAT_MM: Keys = ((0, 25), (100, 20), (200, 13), (320, 10), (450, 9))
WALL_MM: Keys = ((0, 14), (150, 14), (220, 19), (330, 23), (380, 28), (420, 48), (450, 76))
SPINE_Y: Keys = ((0, 40), (90, 36), (200, 46), (300, 52), (380, 46), (450, 30))
"""Centre of the vertebral bodies."""


class Warp:
    """Slow bends of space, so that no organ is a perfect oval; `phase` is another breath."""

    def __init__(self, seed: int) -> None:
        self.across = Noise(seed + 1, 48, EXTENT_MM, HEIGHT_MM)
        self.deep = Noise(seed + 2, 48, EXTENT_MM, HEIGHT_MM)
        self.fine = Noise(seed + 3, 14, EXTENT_MM, HEIGHT_MM)
        self.texture = Noise(seed + 4, 7, EXTENT_MM, HEIGHT_MM)


class Plane:
    """The part of a plane that holds the body: coordinates, distances, the picture being painted.

    Fields are as large as `box`, the rows and columns of that part.
    """

    def __init__(self, grid: Grid, index: int, warp: Warp, values: Values) -> None:
        self.grid = grid
        self.z = grid.z(index)
        self.values = values
        self.edge = grid.pixel_mm
        self.box = (
            near(grid.axis, 0, along(HALF_DEPTH, self.z) + MARGIN_MM),
            near(grid.axis, 0, along(HALF_WIDTH, self.z) + MARGIN_MM),
        )
        self.axis_y, self.axis_x = grid.axis[self.box[0]], grid.axis[self.box[1]]
        self.relief = np.float32(values[Tissue.AIR] < 0)
        self.fine = warp.fine.plane(grid, self.z, self.box)
        self.texture = warp.texture.plane(grid, self.z, self.box)
        self.x = self.axis_x[None, :] + 5 * warp.across.plane(grid, self.z, self.box)
        self.y = self.axis_y[:, None] + 5 * warp.deep.plane(grid, self.z, self.box)
        self._whole = _table(grid, *(values[each] for each in TABLE_TISSUES)).copy()
        self.picture = self._whole[self.box].copy()
        self.body = self._body()
        self.cavity = self._cavity()

    def whole(self) -> Field:
        """The whole plane with the body as it is painted, on the table."""
        self._whole[self.box] = self.picture
        return self._whole

    def _body(self) -> Field:
        width, depth = along(HALF_WIDTH, self.z), along(HALF_DEPTH, self.z)
        outline = oval(self.x, self.y, width, depth, boxiness=0.35)
        flat_back = self.axis_y[:, None] - np.float32(min(depth, 108) * 0.93)
        outline = both(outline, np.broadcast_to(flat_back, outline.shape), 14)
        # A shallow groove runs down the back.
        groove = oval(self.x, self.y - np.float32(depth * 0.93 + 6), 16, 11)
        return np.maximum(outline, -groove * np.float32(0.7))

    def _cavity(self) -> Field:
        fat, wall = along(FAT_MM, self.z), along(WALL_MM, self.z)
        # Fat is thin over the back and thick at the flanks.
        share = np.clip(0.85 - self.y / np.float32(260), 0.45, 1.2)
        self.wall = np.float32(wall) * self._wall_share()
        return self.body + np.float32(fat) * share + self.wall

    def _wall_share(self) -> Field:
        """The wall is thin at the midline in front, thick at the sides."""
        aside = np.abs(self.x) / np.float32(along(HALF_WIDTH, self.z))
        front = np.clip(-self.y / 60, 0, 1)
        return np.float32(1.0) - front * np.float32(0.5) * np.clip(1 - 2.4 * aside, 0, 1)

    @property
    def wall_start(self) -> Field:
        """The distance to where muscle begins under the fat."""
        return self.cavity - self.wall

    def paint(self, distance: Field, tissue: Tissue, extra: Field | float = 0.0) -> None:
        """Fill the inside of a whole-plane `distance` with `tissue` plus `extra` HU (CT only)."""
        share = cover(distance, self.edge)
        value = np.float32(self.values[tissue]) + self.relief * extra
        self.picture += share * (value - self.picture)

    def blob(
        self,
        centre: tuple[float, float, float],
        radii: tuple[float, float, float],
        turn_deg: float = 0.0,
    ) -> "Patch | None":
        """The ellipsoid as a patch of this plane; None where the plane misses it."""
        if abs(self.z - centre[2]) > radii[2] + 8:
            return None
        reach = max(radii[0], radii[1]) + 14
        rows = near(self.axis_y, centre[1], reach)
        columns = near(self.axis_x, centre[0], reach)
        box = (rows, columns)
        distance = ellipsoid(self.x[box], self.y[box], self.z, centre, radii, turn_deg)
        return Patch(self, box, distance)

    def stroke(self, depth: np.ndarray | None, tissue: Tissue, shrink_mm: float = 0.0) -> None:
        """Fill thick curves given as depth below their surface, `shrink_mm` inside it."""
        if depth is None:
            return
        flat = depth.reshape(-1)
        chosen = np.flatnonzero(flat > (shrink_mm - self.edge) / STEP_MM)
        distance = shrink_mm - flat[chosen].astype(np.float32) * np.float32(STEP_MM)
        share = np.clip(0.5 - distance / self.edge, 0, 1)
        picture = self.picture.reshape(-1)
        picture[chosen] += share * (self.values[tissue] - picture[chosen])


class Patch:
    """A part of a plane with the distance to one shape."""

    def __init__(self, plane: Plane, box: tuple[slice, slice], distance: Field) -> None:
        self.plane = plane
        self.box = box
        self.distance = distance

    @property
    def x(self) -> Field:
        """The bent x of the patch's pixels."""
        return self.plane.x[self.box]

    @property
    def y(self) -> Field:
        """The bent y of the patch's pixels."""
        return self.plane.y[self.box]

    def rough(self, millimetres: float) -> "Patch":
        """With an uneven surface."""
        self.distance = self.distance + np.float32(millimetres) * self.plane.fine[self.box]
        return self

    def within(self, distance: Field, round_mm: float = 4.0) -> "Patch":
        """Cut to the inside of a whole-plane `distance`."""
        self.distance = both(self.distance, distance[self.box], round_mm)
        return self

    def joined(self, distance: Field, round_mm: float = 8.0) -> "Patch":
        """Grown by another shape on the same patch."""
        self.distance = either(self.distance, distance, round_mm)
        return self

    def paint(self, tissue: Tissue, *, inset_mm: float = 0.0, extra: Field | float = 0.0) -> None:
        """Fill the shape, `inset_mm` inside its surface, plus `extra` HU (CT only)."""
        target = self.plane.picture[self.box]
        share = cover(self.distance + np.float32(inset_mm), self.plane.edge)
        value = np.float32(self.plane.values[tissue]) + self.plane.relief * extra
        target += share * (value - target)


Depths = Mapping[str, np.ndarray | None]
"""The planes of all curve groups at one height."""


def paint_wall(plane: Plane) -> None:
    """Skin, fat, the muscles of the wall, and the fat that organs lie in."""
    grain = plane.texture
    plane.paint(plane.body, Tissue.SKIN)
    plane.paint(plane.body + np.float32(1.8), Tissue.FAT, 9 * grain)
    streaks = np.clip(plane.fine * 1.4 - 0.75, 0, 1)
    plane.paint(plane.wall_start + 1.2 * plane.fine, Tissue.MUSCLE, -95 * streaks + 5 * grain)
    _paint_layers(plane)
    plane.paint(plane.cavity, Tissue.FAT, 8 * grain)


def _paint_layers(plane: Plane) -> None:
    """Thin fat between the layers of muscle; over the ribs one, at the flanks two."""
    sheets = (0.42,) if plane.z > 170 else (0.36, 0.7)
    for share in sheets:
        middle = plane.cavity - plane.wall * np.float32(share) + 1.1 * plane.fine
        gap = np.abs(middle) - np.float32(0.3) - 0.8 * plane.fine
        plane.paint(gap, Tissue.FAT)


@cache
def _table(grid: Grid, air: float, shell: float, foam: float) -> Field:
    """The table in the air: the same in every plane."""
    picture = np.full((grid.size, grid.size), air, np.float32)
    x, y = grid.axis[None, :], grid.axis[:, None]
    sag = np.float32(126) - np.square(x / np.float32(190)) * 34
    distance = np.maximum(np.abs(y - sag - 12) - 12, np.abs(x) - np.float32(196))
    paint(picture, cover(distance, grid.pixel_mm), shell)
    paint(picture, cover(distance + np.float32(1.6), grid.pixel_mm), foam)
    return picture


def paint_back(plane: Plane) -> None:
    """The long muscles beside the spine, and psoas below the ribs."""
    spine = along(SPINE_Y, plane.z)
    streaks = -70 * np.clip(plane.fine * 1.6 - 0.7, 0, 1)
    for side in (-1, 1):
        back = plane.blob((side * 31, spine + 40, plane.z), (27, 21, 40), side * -8)
        if back:
            back.within(plane.wall_start).paint(Tissue.MUSCLE, extra=streaks[back.box])
        thick = along(((0, 22), (60, 20), (130, 10), (165, 0)), plane.z)
        if thick > 3:
            psoas = plane.blob(
                (side * (34 + thick * 0.4), spine + 4, plane.z), (thick, thick * 1.15, 40)
            )
            if psoas:
                psoas.paint(Tissue.MUSCLE)
