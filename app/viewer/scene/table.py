"""A CT without the table, for the volume's picture: what is thin or loose becomes air."""

import cv2
import numpy as np

from app.viewer.scene.voxels import Array, Voxels

SKIN_HU = -400.0
AIR_HU = -1000.0
THICK_MM = 11.0
"""Tables, rails, blankets and cables are thinner than this; bodies, arms and legs are not."""
RIM_MM = 5.0
"""Kept around the body, for the skin and for what opening rounds off: nose, ears, fingers."""

TRUNK_MM = 250.0


def is_trunk(voxels: Voxels) -> bool:
    """Whether the field of view is one of a trunk: of a hand too much might be taken for thin."""
    rows, columns = np.array(voxels.values.shape[1:]) * voxels.spacing[1:]
    return bool(min(rows, columns) >= TRUNK_MM)


def without_table(voxels: Voxels) -> Voxels:
    """The volume with air where no slice has a thick body; holes inside a body are kept.

    Thin parts that stand out more than RIM_MM may go too: never measure in this volume.
    """
    values = voxels.values.copy()
    skin, air = ((hu - voxels.intercept) / voxels.slope for hu in (SKIN_HU, AIR_HU))
    if np.issubdtype(values.dtype, np.integer):
        air = float(np.clip(air, np.iinfo(values.dtype).min, np.iinfo(values.dtype).max))
    opening, rim = _disc(THICK_MM, voxels), _disc(2 * RIM_MM, voxels)
    for plane in values:
        solid = (plane > skin) if voxels.slope > 0 else (plane < skin)
        plane[~_body(solid.astype(np.uint8), opening, rim)] = air
    return Voxels(values, voxels.affine, voxels.slope, voxels.intercept)


def _body(solid: Array, opening: Array, rim: Array) -> Array:
    """Where one slice has a body: objects with a thick part, filled, without what hangs on thinly.

    A table's shell has no thick part; a lung's wall may be thin, but the whole chest is not.
    """
    thick = cv2.erode(solid, opening)
    outlines, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(solid)
    for outline in outlines:
        x, y, width, height = cv2.boundingRect(outline)
        box = (slice(y, y + height), slice(x, x + width))
        alone = np.zeros((height, width), np.uint8)
        cv2.drawContours(alone, [outline], -1, 1, cv2.FILLED, offset=(-x, -y))
        if (alone & thick[box]).any():
            filled[box] |= alone
    return np.asarray(cv2.dilate(cv2.morphologyEx(filled, cv2.MORPH_OPEN, opening), rim), bool)


def _disc(diameter_mm: float, voxels: Voxels) -> Array:
    """A round neighbourhood in a slice, at least one pixel wide."""
    rows, columns = (max(1, 2 * round(diameter_mm / 2 / step) + 1) for step in voxels.spacing[1:])
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (columns, rows)))
