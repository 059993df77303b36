"""Planes through a patient: names, directions, letters, and the cut that one view shows.

All points and directions are LPS, in mm: +x is the patient's left, +y the back, +z the head.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.viewer.model.orientation import Edges, letters, opposite

Floats = NDArray[np.float64]
Vector = tuple[float, float, float]


class PlaneName(StrEnum):
    """The three views of an MPR."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"


@dataclass(frozen=True, slots=True)
class Orientation:
    """Unit directions in which a view's x and y rise."""

    right: Vector
    down: Vector

    @property
    def normal(self) -> Vector:
        """The direction away from the viewer."""
        return vector(np.cross(self.right, self.down))


STANDARD: dict[PlaneName, Orientation] = {
    PlaneName.AXIAL: Orientation((1, 0, 0), (0, 1, 0)),
    PlaneName.CORONAL: Orientation((1, 0, 0), (0, 0, -1)),
    PlaneName.SAGITTAL: Orientation((0, 1, 0), (0, 0, -1)),
}
"""As radiologists look: the patient's right is on the left, the front up or left, the head up."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What one view shows: `centre` is at its middle; `pitch` is mm a pixel."""

    centre: Vector
    orientation: Orientation
    pitch: float
    width: int
    height: int

    def lps(self, x: float, y: float) -> Vector:
        """The point of the patient under pixel (x, y)."""
        right = (x - (self.width - 1) / 2) * self.pitch
        down = (y - (self.height - 1) / 2) * self.pitch
        return vector(
            np.array(self.centre)
            + right * np.array(self.orientation.right)
            + down * np.array(self.orientation.down)
        )

    def pixel(self, point: Vector) -> tuple[float, float]:
        """Where `point`, dropped onto the plane, lies in the view."""
        offset = np.array(point) - np.array(self.centre)
        x = float(offset @ np.array(self.orientation.right)) / self.pitch
        y = float(offset @ np.array(self.orientation.down)) / self.pitch
        return x + (self.width - 1) / 2, y + (self.height - 1) / 2

    def scaled(self, factor: float) -> "Cut":
        """The same field of view on `factor` times as many pixels."""
        width, height = (max(1, round(n * factor)) for n in (self.width, self.height))
        return replace(self, pitch=self.pitch * self.width / width, width=width, height=height)


def vector(values: object) -> Vector:
    """Three floats out of anything like an array."""
    x, y, z = np.asarray(values, dtype=float)
    return float(x), float(y), float(z)


def edge_letters(orientation: Orientation) -> Edges:
    """Letters of a view's left, right, top and bottom edge."""
    right, down = letters(orientation.right), letters(orientation.down)
    return opposite(right), right, opposite(down), down


def turned(direction: Vector, axis: Vector, angle: float) -> Vector:
    """`direction` turned about the unit `axis` by `angle` radians, right-handed (Rodrigues)."""
    v, k = np.array(direction), np.array(axis)
    cos, sin = np.cos(angle), np.sin(angle)
    return vector(v * cos + np.cross(k, v) * sin + k * (k @ v) * (1 - cos))
