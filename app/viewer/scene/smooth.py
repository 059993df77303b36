"""Edges as soft as light needs them."""

import cv2
import numpy as np

from app.viewer.scene.voxels import Array

SPREAD_PX, SPREAD_DRAFT_PX = 0.7, 0.55
"""Sigma within a slice; averaged volumes are soft already.

Light is reckoned from differences of neighbours: an edge narrower than about two voxels shows where
it lies between them, as terraces like the grain of wood.
"""
NEIGHBOUR = 0.11
"""Share of each neighbouring slice."""


def smoothed(values: Array, spread_px: float = SPREAD_PX) -> Array:
    """Values [slice, row, column] with softer edges, of the same type."""
    soft = np.stack([cv2.GaussianBlur(plane, (5, 5), spread_px) for plane in values])
    made = soft.copy()
    for index in range(1, len(soft) - 1):
        beside = cv2.addWeighted(soft[index - 1], 0.5, soft[index + 1], 0.5, 0)
        cv2.addWeighted(soft[index], 1 - 2 * NEIGHBOUR, beside, 2 * NEIGHBOUR, 0, made[index])
    return made
