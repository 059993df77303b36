"""Implicit shapes: signed distances in mm, negative inside, and painting by partial volume."""

import numpy as np
from numpy.typing import NDArray

from app.demo.samples.grid import Field

Keys = tuple[tuple[float, float], ...]


def along(keys: Keys, z: float) -> float:
    """The value at height `z` between `keys` of (z, value), smooth at the keys."""
    heights = [key[0] for key in keys]
    right = int(np.searchsorted(heights, z))
    if right in (0, len(keys)):
        return keys[min(right, len(keys) - 1)][1]
    (z0, low), (z1, high) = keys[right - 1], keys[right]
    t = (z - z0) / (z1 - z0)
    return low + (high - low) * t * t * (3 - 2 * t)


def oval(x: Field, y: Field, a: float, b: float, boxiness: float = 0.0) -> Field:
    """Distance to an ellipse of half axes `a`, `b`; `boxiness` 1 makes its corners square."""
    u, v = x / a, y / b
    u *= u
    v *= v
    radius = np.sqrt(u + v)
    if boxiness:
        u *= u
        v *= v
        radius += boxiness * (np.sqrt(np.sqrt(u + v)) - radius)
    return np.asarray((radius - 1) * min(a, b), np.float32)


def ellipsoid(
    x: Field,
    y: Field,
    z: float,
    centre: tuple[float, float, float],
    radii: tuple[float, float, float],
    turn_deg: float = 0.0,
) -> Field:
    """Distance to an ellipsoid turned by `turn_deg` about the z axis."""
    dx, dy = x - centre[0], y - centre[1]
    angle = np.radians(turn_deg)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    u = (dx * cos + dy * sin) / radii[0]
    v = (dy * cos - dx * sin) / radii[1]
    w = (z - centre[2]) / radii[2]
    return np.asarray((np.sqrt(u * u + v * v + w * w) - 1) * min(radii), np.float32)


def both(first: Field, second: Field | float, round_mm: float = 0.0) -> Field:
    """The intersection, its edge rounded over `round_mm`."""
    largest = np.maximum(first, second)
    if round_mm:
        gap = np.clip(round_mm - np.abs(first - second), 0, None)
        largest += gap * gap / (4 * round_mm)
    return largest


def either(first: Field, second: Field | float, round_mm: float = 0.0) -> Field:
    """The union, its notch filled over `round_mm`."""
    smallest = np.minimum(first, second)
    if round_mm:
        gap = np.clip(round_mm - np.abs(first - second), 0, None)
        smallest -= gap * gap / (4 * round_mm)
    return smallest


def cover(distance: Field, edge_mm: float) -> Field:
    """How much of each pixel the shape covers, 0 to 1, over an edge of `edge_mm`."""
    return np.clip(0.5 - distance / np.float32(edge_mm), 0, 1, dtype=np.float32)


def paint(target: Field, share: Field, value: Field | float) -> None:
    """Replace `share` of `target` by `value`."""
    target += share * (value - target)


def near(axis: Field, centre: float, reach: float) -> slice:
    """The indices of `axis` within `reach` of `centre`."""
    start, stop = np.searchsorted(axis, (centre - reach, centre + reach))
    return slice(int(start), int(stop))


Points = NDArray[np.float32]
"""Rows of x, y, z and radius, in mm."""
