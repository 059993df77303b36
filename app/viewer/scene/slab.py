"""Slabs along an axis of the volume: the projection of a run of its native planes."""

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from app.viewer.scene.voxels import Array

ROWS = 8192
"""Rows that are turned over at once: about what a processor's cache holds."""
_threads = ThreadPoolExecutor(min(4, os.cpu_count() or 1), "slab")


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
    return _reduce_rows(values, first, last, mode)


def _reduce_rows(values: Array, first: int, last: int, mode: SlabMode) -> Array:
    """Along columns: rows are turned over, many at once, as a reduction of short runs is slow."""
    rows = values.reshape(-1, values.shape[2])
    made = np.empty(len(rows), values.dtype)

    def block(start: int) -> None:
        turned = cv2.transpose(rows[start : start + ROWS, first:last])
        made[start : start + ROWS] = _reduce(turned, 0, mode)

    deque(_threads.map(block, range(0, len(rows), ROWS)), maxlen=0)
    return made.reshape(values.shape[:2])


def _reduce(values: Array, axis: int, mode: SlabMode) -> Array:
    if mode is SlabMode.MIP:
        return np.asarray(values.max(axis=axis))
    if mode is SlabMode.MINIP:
        return np.asarray(values.min(axis=axis))
    mean = values.mean(axis=axis, dtype=np.float32)
    if np.issubdtype(values.dtype, np.integer):
        mean = np.rint(mean)
    return np.asarray(mean.astype(values.dtype))
