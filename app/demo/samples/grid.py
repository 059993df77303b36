"""Where samples lie: voxel grids in patient millimetres, and smooth fields of noise on them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
EVERYTHING = (slice(None), slice(None))
"""The rows and columns of a whole plane."""


@dataclass(frozen=True)
class Grid:
    """An axial grid: `slices` planes of `size`² pixels, `z0` the height of the lowest, LPS mm."""

    size: int
    slices: int
    pixel_mm: float
    slice_mm: float
    z0: float = 0.0

    @property
    def origin(self) -> float:
        """The x and y of the first pixel's centre."""
        return -self.pixel_mm * (self.size - 1) / 2

    @cached_property
    def axis(self) -> Field:
        """The x of each column, and the y of each row."""
        return (self.origin + self.pixel_mm * np.arange(self.size)).astype(np.float32)

    def z(self, index: float) -> float:
        """The height of slice `index`, counted from the feet."""
        return self.z0 + self.slice_mm * index


class Noise:
    """A repeatable smooth field over a box, read one plane at a time."""

    def __init__(self, seed: int, period_mm: float, extent_mm: float, height_mm: float) -> None:
        self._period = period_mm
        self._extent = extent_mm
        count = int(np.ceil(extent_mm / period_mm)) + 4
        levels = int(np.ceil(height_mm / period_mm)) + 4
        generator = np.random.default_rng(seed)
        self._values = generator.standard_normal((levels, count, count), dtype=np.float32)

    def plane(self, grid: Grid, z: float, box: tuple[slice, slice] = EVERYTHING) -> Field:
        """The field at height `z` on `box`, unit variance at its nodes, cubic between them."""
        level = np.clip((z - grid.z0) / self._period + 1, 1, len(self._values) - 3)
        weights = _cubic(np.array([level]), len(self._values))[0]
        coarse = np.tensordot(weights, self._values, axes=1)
        position = (grid.axis + self._extent / 2) / self._period + 1
        weights = _cubic(position, coarse.shape[0])
        return np.asarray(weights[box[0]] @ coarse @ weights[box[1]].T, np.float32)


def _cubic(positions: NDArray[np.floating], count: int) -> Field:
    """Rows of cubic B-spline weights of `positions` over `count` nodes."""
    base = np.floor(positions).astype(int)
    t = positions - base
    parts = (
        (1 - t) ** 3 / 6,
        (3 * t**3 - 6 * t**2 + 4) / 6,
        (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6,
        t**3 / 6,
    )
    matrix = np.zeros((len(positions), count), np.float32)
    rows = np.arange(len(positions))
    for offset, part in enumerate(parts):
        np.add.at(matrix, (rows, np.clip(base + offset - 1, 0, count - 1)), part)
    return matrix


class Grain:
    """The noise of a detector: a few filtered planes, shifted differently for every slice."""

    def __init__(self, seed: int, size: int, planes: int = 8) -> None:
        generator = np.random.default_rng(seed)
        raw = generator.standard_normal((planes, size, size), dtype=np.float32)
        smooth = raw + 0.7 * (np.roll(raw, 1, 1) + np.roll(raw, 1, 2))
        smooth += 0.45 * np.roll(raw, (1, 1), (1, 2))
        self._planes = smooth / smooth.std()
        self._seed = seed

    def plane(self, index: int) -> Field:
        """The unit-variance noise of slice `index`."""
        generator = np.random.default_rng((self._seed, index))
        first, second = generator.integers(len(self._planes), size=2)
        size = self._planes.shape[1]
        shifts = generator.integers(size, size=4)
        total = np.roll(self._planes[first], shifts[:2], (0, 1))
        total += np.roll(self._planes[second], shifts[2:], (0, 1)).T
        return np.asarray(total * np.float32(0.7), np.float32)
