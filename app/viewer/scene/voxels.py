"""A volume as the pictures need it: values on a lattice that an affine places in the patient."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from app.viewer.model.values import Array, drawable

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Voxels:
    """Stored values [slice, row, column] and their place.

    `affine` maps (slice, row, column, 1) to LPS mm; modality units (HU, Bq/ml …) are
    `values * slope + intercept`; `voi_function` makes grey of them in a window (PS3.3 C.11.2.1.3).
    Values are kept in a type that both OpenCV and VTK can draw.
    """

    values: Array
    affine: Floats
    slope: float = 1.0
    intercept: float = 0.0
    voi_function: str = "LINEAR"

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", np.ascontiguousarray(drawable(self.values)))

    @cached_property
    def inverse(self) -> Floats:
        """LPS mm to (slice, row, column)."""
        return np.asarray(np.linalg.inv(self.affine))

    @cached_property
    def spacing(self) -> Floats:
        """Distance in mm from voxel to voxel along slice, row and column index."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    @cached_property
    def centre(self) -> Floats:
        """The middle of the volume, LPS mm."""
        middle = (np.array(self.values.shape) - 1) / 2
        return np.asarray(self.affine[:3, :3] @ middle + self.affine[:3, 3])

    @cached_property
    def corners(self) -> Floats:
        """The eight outer voxels, LPS mm, (8, 3)."""
        last = np.array(self.values.shape) - 1
        index = np.array(list(np.ndindex(2, 2, 2))) * last
        return np.asarray(index @ self.affine[:3, :3].T + self.affine[:3, 3])

    @cached_property
    def least(self) -> float:
        """The smallest stored value, shown outside of the volume."""
        return float(self.values.min())

    @cached_property
    def range(self) -> tuple[float, float]:
        """The modality values that 1 % and 99.7 % of a sample of the voxels stay below."""
        step = max(1, round((self.values.size / 500_000) ** (1 / 3)))
        sample = self.values[::step, ::step, ::step].astype(np.float32)
        sample = sample * self.slope + self.intercept
        low, high = np.percentile(sample, (1, 99.7))
        return float(low), float(max(high, low + abs(self.slope)))

    def shrunk(self, most_voxels: int) -> "Voxels":
        """The same volume averaged down to at most about `most_voxels`, as equal in mm as can be.

        Each axis is divided by a whole number, so that the affine stays exact.
        """
        factors = shrink_factors(self.values.shape, self.spacing, most_voxels)
        if factors == (1, 1, 1):
            return self
        fs, fr, fc = factors
        slices, rows, columns = (n // f for n, f in zip(self.values.shape, factors, strict=True))
        small = np.empty((slices, rows, columns), self.values.dtype)
        for index in range(slices):
            thick = self.values[index * fs : (index + 1) * fs, : rows * fr, : columns * fc]
            mean = thick[0] if fs == 1 else thick.mean(axis=0, dtype=np.float32)
            plane = cv2.resize(mean, (columns, rows), interpolation=cv2.INTER_AREA)
            small[index] = plane if plane.dtype == small.dtype else _rounded(plane, small.dtype)
        affine = self.affine.copy()
        affine[:3, :3] = self.affine[:3, :3] * np.array(factors)
        affine[:3, 3] += self.affine[:3, :3] @ ((np.array(factors) - 1) / 2)
        return Voxels(small, affine, self.slope, self.intercept, self.voi_function)


def _rounded(plane: Array, dtype: "np.dtype[np.generic]") -> Array:
    return np.asarray(np.rint(plane) if np.issubdtype(dtype, np.integer) else plane)


def shrink_factors(
    shape: tuple[int, ...], spacing: Floats, most_voxels: int
) -> tuple[int, int, int]:
    """Whole divisors of each axis: the finest axis is divided first until the count fits."""
    factors = [1, 1, 1]

    def count() -> int:
        return int(np.prod([n // f for n, f in zip(shape, factors, strict=True)]))

    while count() > most_voxels:
        pitch = [
            spacing[i] * factors[i] if shape[i] // (factors[i] + 1) > 1 else np.inf
            for i in range(3)
        ]
        factors[int(np.argmin(pitch))] += 1
    return factors[0], factors[1], factors[2]
