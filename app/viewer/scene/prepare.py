"""A volume made small enough to be rendered, without what is not worth showing."""

import numpy as np

from app.viewer.scene.table import without_table
from app.viewer.scene.voxels import Voxels

DRAG_VOXELS = 2_000_000
STILL_VOXELS = 48_000_000
STANDING_OUT = 0.04
"""What is above this part of a volume's range is worth showing: air and its noise are not."""


def prepared(voxels: Voxels, most: int, *, bare: bool) -> Voxels:
    """At most about `most` voxels of the volume; `bare` leaves the table out.

    A large one is cropped before it is averaged down: halving one axis of three makes terraces.
    """
    if most > DRAG_VOXELS and voxels.values.size > most:
        small = voxels.shrunk(DRAG_VOXELS)
        voxels = cropped(voxels, without_table(small) if bare else small)
    shown = voxels.shrunk(most)
    return without_table(shown) if bare else shown


def cropped(voxels: Voxels, small: Voxels) -> Voxels:
    """The box of `voxels` in which anything stands out in `small`, the same volume averaged down.

    The affine moves along: every voxel stays where it is in the patient.
    """
    low, high = small.range
    shown = small.values * small.slope + small.intercept > low + STANDING_OUT * (high - low)
    if not shown.any():
        return voxels
    factors = np.rint(small.spacing / voxels.spacing).astype(int)
    box, start = [], []
    for axis, factor in enumerate(factors.tolist()):
        found = np.flatnonzero(shown.any(axis=tuple({0, 1, 2} - {axis})))
        first, last = int(found[0]) - 1, int(found[-1]) + 2
        count = voxels.values.shape[axis]
        start.append(max(0, first * factor))
        box.append(
            slice(start[-1], count if last >= shown.shape[axis] else min(count, last * factor))
        )
    affine = voxels.affine.copy()
    affine[:3, 3] += voxels.affine[:3, :3] @ np.array(start)
    return Voxels(voxels.values[tuple(box)], affine, voxels.slope, voxels.intercept)
