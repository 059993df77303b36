"""Volumes whose every value is known."""

import numpy as np

from app.viewer.scene.voxels import Voxels


def rotation(axis, angle):
    """The matrix of a right-handed turn about `axis` by `angle` radians (Rodrigues)."""
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k)


def placed(values, spacing, turn=None, origin=(0.0, 0.0, 0.0)):
    """`values` as a standard axial series (slices towards the head), turned about its corner."""
    slices, rows, columns = spacing
    axes = np.array([[0, 0, columns], [0, rows, 0], [slices, 0, 0]], float)
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3) if turn is None else turn) @ axes
    affine[:3, 3] = origin
    return Voxels(values, affine)


def a_ramp(shape, spacing, gradient, turn=None, origin=(0.0, 0.0, 0.0), dtype=np.float32):
    """A volume whose value at each point of the patient is `gradient` @ point."""
    empty = placed(np.zeros(shape, np.float32), spacing, turn, origin)
    index = np.indices(shape).reshape(3, -1)
    points = empty.affine[:3, :3] @ index + empty.affine[:3, 3:]
    values = (np.asarray(gradient) @ points).reshape(shape)
    return Voxels(values.astype(dtype), empty.affine)


def a_noise(shape=(20, 30, 40), dtype=np.int16, seed=7):
    """Random values, the same at each call."""
    return np.random.default_rng(seed).integers(-1000, 2000, shape).astype(dtype)


def balls(shape, spacing, centres, radius_mm, value=1000, air=-1000):
    """Balls of `value` in `air`, centred at points of the patient in LPS mm."""
    volume = placed(np.full(shape, air, np.int16), spacing)
    index = np.indices(shape).reshape(3, -1)
    points = volume.affine[:3, :3] @ index + volume.affine[:3, 3:]
    for centre in centres:
        near = np.linalg.norm(points - np.reshape(centre, (3, 1)), axis=0) <= radius_mm
        volume.values.reshape(-1)[near] = value
    return volume
