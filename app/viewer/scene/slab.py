"""Slabs along an axis of the volume: the projection of a run of its native planes."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce

import cv2
import numpy as np

from app.viewer.scene.voxels import Array

BLOCK = 16
"""Columns that are turned over at once, when scrolling comes to them."""
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


class Slabs:
    """Slabs along the axes of one volume. Use it from one thread: it keeps what comes again.

    That is the newest plane along each axis, which another window or zoom leaves as it is, and the
    columns about the newest ones, see `_Columns`.
    """

    def __init__(self, values: Array) -> None:
        self._values = values
        self._columns = _Columns(values)
        self._newest: dict[int, tuple[tuple[int, int, SlabMode], Array]] = {}

    def plane(self, axis: int, first: int, last: int, mode: SlabMode) -> Array:
        """One plane of planes `first` to `last` - 1 along `axis`, in the remaining axes' order.

        A mean of integers is rounded back to their type. Leave the plane as it is.
        """
        asked = (first, last, mode)
        newest = self._newest.get(axis)
        if newest is None or newest[0] != asked:
            newest = self._newest[axis] = asked, self._project(axis, *asked)
        return newest[1]

    def _project(self, axis: int, first: int, last: int, mode: SlabMode) -> Array:
        if axis < 2:
            return _projected([np.moveaxis(self._values, axis, 0)[first:last]], mode)
        if last - first <= self._columns.most:
            return _projected(list(self._columns.run(first, last)), mode)
        thick = self._values[:, :, first:last]
        strips = _threads.map(
            lambda strip: _projected([_turned(thick[strip])], mode), _strips(thick)
        )
        return np.concatenate(list(strips))


class _Columns:
    """Columns of a volume turned over, so that each lies in one piece.

    In the volume a column is spread over all of it, and takes several times as long to read as
    another plane. Those about the newest run are kept for the next: a quarter of the volume, or a
    hundred columns.
    """

    def __init__(self, values: Array) -> None:
        self._values = values
        slices, rows, columns = values.shape
        blocks = min(-(-columns // BLOCK), max(8, columns // (4 * BLOCK)))
        self._turned = np.empty((blocks, BLOCK, slices, rows), values.dtype)
        self._held = [-1] * blocks
        self.most = (blocks - 1) * BLOCK + 1
        """The longest run that they hold wherever it begins."""

    def run(self, first: int, last: int) -> Iterator[Array]:
        """Columns `first` to `last` - 1, some at a time."""
        for number in range(first // BLOCK, -(-last // BLOCK)):
            start = number * BLOCK
            yield self._block(number)[max(0, first - start) : last - start]

    def _block(self, number: int) -> Array:
        """Some columns; their place was that of others, as far away as all places reach."""
        place = number % len(self._held)
        block = self._turned[place]
        if self._held[place] != number:
            columns = self._values[:, :, number * BLOCK : (number + 1) * BLOCK]
            for strip in _strips(columns):
                block[: columns.shape[2], strip] = _turned(columns[strip])
            self._held[place] = number
        return block


def _strips(values: Array) -> Iterator[slice]:
    """All slices, some at a time."""
    step = max(1, ROWS // values.shape[1])
    for first in range(0, len(values), step):
        yield slice(first, min(first + step, len(values)))


def _turned(values: Array) -> Array:
    """`values` with their last axis first."""
    slices, rows, columns = values.shape
    return cv2.transpose(values.reshape(-1, columns)).reshape(columns, slices, rows)


def _projected(parts: list[Array], mode: SlabMode) -> Array:
    """One plane of all the planes in `parts`."""
    if mode is SlabMode.MIP:
        return reduce(np.maximum, (part.max(axis=0) for part in parts))
    if mode is SlabMode.MINIP:
        return reduce(np.minimum, (part.min(axis=0) for part in parts))
    mean = reduce(np.add, map(_sum, parts)) / sum(map(len, parts))
    dtype = parts[0].dtype
    return np.asarray((np.rint(mean) if np.issubdtype(dtype, np.integer) else mean).astype(dtype))


def _sum(planes: Array) -> Array:
    """Their sum as floats; OpenCV is three times as fast, but wants each plane in one piece."""
    if planes[0].flags.c_contiguous:
        flat = planes.reshape(len(planes), -1)
        return cv2.reduce(flat, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32F).reshape(planes.shape[1:])
    return np.asarray(planes.sum(axis=0, dtype=np.float32))
