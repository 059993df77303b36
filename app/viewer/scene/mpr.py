"""Cuts through a volume as grey pictures: native planes where they fit, else resliced."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from app.viewer.scene.grey import Grey, Placement, Shade, Shading, lay, on_stored
from app.viewer.scene.planes import Cut
from app.viewer.scene.slab import Slab, Slabs, run_of
from app.viewer.scene.voxels import Array, Floats, Voxels

if TYPE_CHECKING:  # it loads VTK, which straight views never need
    from app.viewer.scene.reslice import Reslicer

STRAIGHT = 1e-3
"""A cut is axis-aligned when its directions leave the voxel axes by less than this a step."""


@dataclass(frozen=True, slots=True)
class _Straight:
    """How a view lies on the voxel axes: the axes of its normal, y and x, and whether y, x fall."""

    axes: tuple[int, int, int]
    flips: tuple[bool, bool]


class Slicer:
    """Cuts through one volume. Use it from one thread: what is inside keeps its buffers."""

    def __init__(self, voxels: Voxels) -> None:
        self._voxels = voxels
        self._slabs = Slabs(voxels.values)
        self._reslicer: Reslicer | None = None

    def picture(
        self,
        cut: Cut,
        slab: Slab,
        shade: Shade,
        stop: Callable[[], bool] = lambda: False,
        *,
        draft: bool = False,
    ) -> Grey | None:
        """The view of `cut` in 8-bit grey (height, width), or None once `stop` says so.

        `shade` is a window on modality values; `draft` is for while the mouse moves.
        """
        stored = self._stored(shade)
        straight = _straight(self._voxels, cut)
        if straight is not None:
            plane, placement = self._native(cut, slab, straight)
            return lay(plane, placement, stored, cut.width, cut.height)
        found = self._reslice().plane(cut, slab, stop, draft=draft)
        if found is None:
            return None
        if found.shape != (cut.height, cut.width):
            found = cv2.resize(found, (cut.width, cut.height), interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]  # same dtype
        return stored.apply(found)

    def _reslice(self) -> "Reslicer":
        if self._reslicer is None:
            from app.viewer.scene.reslice import Reslicer

            self._reslicer = Reslicer(self._voxels)
        return self._reslicer

    def step_mm(self, cut: Cut) -> float:
        """The distance to the next plane along the cut's normal: the volume's own spacing."""
        normal = self._voxels.inverse[:3, :3] @ np.array(cut.orientation.normal)
        return float(1 / np.abs(normal).max())

    def _stored(self, shade: Shade) -> Shading:
        """The window on stored values. Floats (SUV …) take it exactly, without DICOM's - 1."""
        voxels = self._voxels
        whole = np.issubdtype(voxels.values.dtype, np.integer)
        linear = "LINEAR" if whole else "LINEAR_EXACT"
        return on_stored(
            linear if voxels.voi_function == "LINEAR" else voxels.voi_function,
            (shade.centre, shade.width),
            (voxels.slope, voxels.intercept),
            inverted=shade.inverted,
        )

    def _native(self, cut: Cut, slab: Slab, straight: _Straight) -> tuple[Array, Placement]:
        axis, y_axis, x_axis = straight.axes
        voxels = self._voxels
        index = voxels.inverse[:3] @ np.array([*cut.centre, 1.0])
        count = voxels.values.shape[axis]
        if not -0.5 <= index[axis] <= count - 0.5:
            return np.full((1, 1), voxels.least, voxels.values.dtype), Placement(0, 0, 1, 1)
        planes = slab.thickness_mm / voxels.spacing[axis]
        plane = self._slabs.plane(axis, *run_of(index[axis], planes, count), slab.mode)
        if y_axis > x_axis:
            plane = np.ascontiguousarray(plane.T)
        steps = voxels.spacing[[y_axis, x_axis]] / cut.pitch
        starts = []
        for view_axis, flip, size, step in zip(
            (y_axis, x_axis), straight.flips, (cut.height, cut.width), steps, strict=True
        ):
            first = voxels.values.shape[view_axis] - 1 if flip else 0
            sign = -1 if flip else 1
            starts.append((size - 1) / 2 + sign * (first - index[view_axis]) * step)
        plane = np.flip(plane, [i for i in range(2) if straight.flips[i]])
        return plane, Placement(starts[1], starts[0], float(steps[1]), float(steps[0]))


def _straight(voxels: Voxels, cut: Cut) -> _Straight | None:
    """How the view lies on the voxel axes, or None when it is oblique to them."""
    ways = (cut.orientation.normal, cut.orientation.down, cut.orientation.right)
    steps: Floats = voxels.inverse[:3, :3] @ np.array(ways).T * voxels.spacing[:, None]
    axes = np.abs(steps).argmax(axis=0)
    if len(set(axes.tolist())) < 3:
        return None
    steps[axes, range(3)] = np.where(steps[axes, range(3)] < 0, -1, 1) - steps[axes, range(3)]
    off = np.abs(steps).max()
    if off > STRAIGHT:
        return None
    signs = voxels.inverse[:3, :3] @ np.array(ways).T
    flips = (bool(signs[axes[1], 1] < 0), bool(signs[axes[2], 2] < 0))
    return _Straight((int(axes[0]), int(axes[1]), int(axes[2])), flips)
