"""Vessels, bones and bowel as thick curves: dense points, rasterised as depth below the surface."""

from collections.abc import Iterable, Sequence

import numpy as np

from app.demo.samples.grid import Field, Grid
from app.demo.samples.shapes import Points

STEP_MM = 0.2
OUTSIDE = -127
"""Depth in steps of STEP_MM where no curve is near."""
MARGIN_MM = 1.2


def curve(stations: Sequence[tuple[float, float, float, float]], step_mm: float = 1.0) -> Points:
    """Points along a smooth curve through `stations` of (x, y, z, radius)."""
    given = np.asarray(stations, np.float64)
    lengths = np.linalg.norm(np.diff(given[:, :3], axis=0), axis=1)
    at = np.concatenate(([0.0], np.cumsum(lengths)))
    wanted = np.arange(0.0, at[-1] + step_mm / 2, step_mm)
    slopes = np.gradient(given, at, axis=0)
    left = np.clip(np.searchsorted(at, wanted, "right") - 1, 0, len(at) - 2)
    span = (at[left + 1] - at[left])[:, None]
    t = (wanted - at[left])[:, None] / span
    points = (
        (2 * t**3 - 3 * t**2 + 1) * given[left]
        + (t**3 - 2 * t**2 + t) * span * slopes[left]
        + (3 * t**2 - 2 * t**3) * given[left + 1]
        + (t**3 - t**2) * span * slopes[left + 1]
    )
    return points.astype(np.float32)


def mirrored(points: Points) -> Points:
    """`points` on both sides of the body."""
    return np.concatenate((points, points * np.array((-1, 1, 1, 1), np.float32)))


def tree(
    seed: int,
    root: tuple[float, float, float],
    towards: tuple[float, float, float],
    radius: float,
    *,
    smallest: float = 0.55,
    stretch: float = 9.0,
    spread_deg: float = 34.0,
) -> Points:
    """A branching tree from `root`: each branch bends, tapers and splits in two."""
    generator = np.random.default_rng(seed)
    start = np.asarray(root, float)
    heading = np.asarray(towards, float)
    pending = [(start, heading / np.linalg.norm(heading), radius)]
    parts = []
    while pending:
        position, direction, thickness = pending.pop()
        length = (stretch * thickness**0.62 + 3) * generator.uniform(0.75, 1.3)
        bend = generator.normal(0, 0.22, 3)
        middle = position + (direction + bend / 2) * length / 2
        end = position + (direction + bend) * length
        thin = thickness * 0.92
        stations = [(*position, thickness), (*middle, (thickness + thin) / 2), (*end, thin)]
        parts.append(curve(stations, max(0.5, thin * 0.6)))
        pending.extend(
            (end, _turn(generator, direction + bend, spread_deg), thin * share)
            for share in _split(generator)
            if thin * share > smallest
        )
    return np.concatenate(parts)


def _split(generator: np.random.Generator) -> tuple[float, float]:
    major = generator.uniform(0.78, 0.93)
    return major, float((1 - major**2.7) ** (1 / 2.7))


def _turn(generator: np.random.Generator, direction: np.ndarray, degrees: float) -> np.ndarray:
    across = np.cross(direction, generator.standard_normal(3))
    angle = np.radians(degrees * generator.uniform(0.5, 1.3))
    turned = direction * np.cos(angle) + across / np.linalg.norm(across) * np.sin(angle)
    return np.asarray(turned / np.linalg.norm(turned))


def depths(
    points: Points, grid: Grid, first: int, stop: int, flatness: float = 1.0
) -> np.ndarray | None:
    """Depth in STEP_MM steps as int8 [stop - first, row, column]; None where no point comes near.

    `flatness` below 1 stretches cross-sections along z.
    """
    reach = (points[:, 3] + MARGIN_MM) / flatness
    heights = points[:, 2]
    low, high = grid.z(first), grid.z(stop - 1)
    chosen = points[(heights + reach >= low) & (heights - reach <= high)]
    if not len(chosen):
        return None
    volume = np.full((stop - first) * grid.size**2, OUTSIDE, np.int8)
    order = np.argsort(chosen[:, 3])
    for group in _by_radius(chosen[order]):
        _splat(volume, group, grid, (first, stop), flatness)
    return volume.reshape(stop - first, grid.size, grid.size)


def _by_radius(ordered: Points) -> Iterable[Points]:
    """Groups of similar radius and bounded size, so that one neighbourhood serves each."""
    classes = np.ceil(ordered[:, 3] * 1.25).astype(int)
    for value in np.unique(classes):
        group = ordered[classes == value]
        count = max(1, int(4e5 / (value + 3) ** 3))
        for start in range(0, len(group), count):
            yield group[start : start + count]


def _splat(
    volume: np.ndarray, points: Points, grid: Grid, span: tuple[int, int], flatness: float
) -> None:
    reach = float(points[:, 3].max()) + MARGIN_MM
    around = np.arange(-int(reach / grid.pixel_mm) - 1, int(reach / grid.pixel_mm) + 2)
    along_z = int(reach / flatness / grid.slice_mm) + 1
    above = np.arange(-along_z, along_z + 1)
    columns = np.rint((points[:, 0] - grid.origin) / grid.pixel_mm).astype(int)
    rows = np.rint((points[:, 1] - grid.origin) / grid.pixel_mm).astype(int)
    levels = np.rint((points[:, 2] - grid.z0) / grid.slice_mm).astype(int)
    columns = columns[:, None] + around
    rows = rows[:, None] + around
    levels = levels[:, None] + above
    dx = _square(grid.origin + columns * grid.pixel_mm - points[:, :1])
    dy = _square(grid.origin + rows * grid.pixel_mm - points[:, 1:2])
    dz = _square((grid.z0 + levels * grid.slice_mm - points[:, 2:3]) * flatness)
    distance = np.sqrt(dz[:, :, None, None] + dy[:, None, :, None] + dx[:, None, None, :])
    depth = (points[:, 3][:, None, None, None] - distance) / STEP_MM
    inside = (
        ((levels >= span[0]) & (levels < span[1]))[:, :, None, None]
        & ((rows >= 0) & (rows < grid.size))[:, None, :, None]
        & ((columns >= 0) & (columns < grid.size))[:, None, None, :]
        & (depth > -MARGIN_MM / STEP_MM)
    )
    flat = (
        (levels - span[0])[:, :, None, None] * grid.size + rows[:, None, :, None]
    ) * grid.size + columns[:, None, None, :]
    np.maximum.at(volume, flat[inside], np.clip(depth[inside], -127, 127).astype(np.int8))


def _square(values: np.ndarray) -> Field:
    return np.square(values).astype(np.float32)


def curve_distance(depth: np.ndarray) -> Field:
    """One plane of `depths` as a signed distance in mm, negative inside."""
    return depth.astype(np.float32) * np.float32(-STEP_MM)
