"""Slabs along an axis of the volume: the projection of a run of its native planes."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from app.viewer.scene.voxels import Array


class SlabMode(StrEnum):
    """How a slab becomes one plane."""

    MIP = "mip"
    MINIP = "minip"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Slab:
    """Thickness in mm, 0 for a single plane, and how it is projected."""

    thickness_mm: float = 0.0
    mode: SlabMode = SlabMode.MIP


def run_of(position: float, thickness_planes: float, count: int) -> tuple[int, int]:
    """First and past-the-last plane of a slab centred at index `position`; at least one plane."""
    planes = max(1, round(thickness_planes))
    first = round(position - (planes - 1) / 2)
    return max(0, min(count - 1, first)), max(1, min(count, first + planes))


def project(values: Array, axis: int, first: int, last: int, mode: SlabMode) -> Array:
    """One plane of planes `first` to `last` - 1 along `axis`, in the remaining axes' order.

    A mean of integers is rounded back to their type.
    """
    thick = values[(slice(None),) * axis + (slice(first, last),)]
    if last - first == 1:
        return np.ascontiguousarray(thick.take(0, axis=axis))
    if axis < 2:
        return _reduce(thick, axis, mode)
    # Along columns the run of each row is short: turned over slice by slice it is three times
    # as fast as a reduction along the last axis.
    turned = (cv2.transpose(np.ascontiguousarray(plane)) for plane in thick)
    return np.stack([_reduce(plane.reshape(last - first, -1), 0, mode) for plane in turned])


def _reduce(values: Array, axis: int, mode: SlabMode) -> Array:
    if mode is SlabMode.MIP:
        return np.asarray(values.max(axis=axis))
    if mode is SlabMode.MINIP:
        return np.asarray(values.min(axis=axis))
    mean = values.mean(axis=axis, dtype=np.float32)
    if np.issubdtype(values.dtype, np.integer):
        mean = np.rint(mean)
    return np.asarray(mean.astype(values.dtype))
