"""The phantom's head: tissue labels on a 1 mm grid, and how each MR sequence shows them."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.demo.samples.curves import curve, curve_distance, depths, mirrored
from app.demo.samples.grid import Field, Grid, Noise
from app.demo.samples.shapes import both, either, ellipsoid

GRID = Grid(224, 206, 1.0, 1.0)
(AIR, SKIN, FAT, BONE, DIPLOE, CSF, GREY, WHITE, DEEP, VITREOUS, PLAQUE, MUSCLE, VESSEL) = range(13)

T1 = (6, 300, 820, 45, 520, 120, 420, 610, 500, 105, 400, 320, 60)
T2 = (6, 220, 520, 35, 330, 980, 540, 350, 430, 960, 780, 200, 40)
FLAIR = (6, 260, 560, 35, 350, 55, 520, 390, 460, 60, 860, 250, 45)
"""Signal of each label, in the order of their numbers."""

BRAIN = (0.0, 4.0, 118.0)
PLAQUES = (
    (21, -16, 132, 3.2),
    (-23, 2, 136, 4.0),
    (26, 28, 126, 3.0),
    (-19, 34, 128, 2.6),
    (30, 6, 142, 2.4),
    (-27, -22, 126, 2.8),
)


@cache
def labels(seed: int) -> NDArray[np.uint8]:
    """The head as labels [slice from the neck up, row, column]."""
    warp = (Noise(seed + 41, 40, 240, 220), Noise(seed + 42, 40, 240, 220))
    folds = Noise(seed + 43, 9.5, 240, 220)
    fine = Noise(seed + 44, 5, 240, 220)
    ventricles = depths(_ventricles(), GRID, 0, GRID.slices)
    stem = depths(
        curve([(0, 20, 96, 11), (0, 24, 80, 13), (0, 30, 60, 8), (0, 44, 30, 6), (0, 46, 0, 6)]),
        GRID,
        0,
        GRID.slices,
    )
    vessels = depths(_vessels(), GRID, 0, GRID.slices)
    volume = np.zeros((GRID.slices, GRID.size, GRID.size), np.uint8)
    for index in range(GRID.slices):
        z = GRID.z(index)
        x = GRID.axis[None, :] + 2.2 * warp[0].plane(GRID, z)
        y = GRID.axis[:, None] + 2.2 * warp[1].plane(GRID, z)
        plane = volume[index]
        _outside(plane, x, y, z, folds.plane(GRID, z * 0.6))
        _face(plane, x, y, z, fine.plane(GRID, z))
        _cerebrum(plane, x, y, z, folds.plane(GRID, z))
        _cerebellum(plane, x, y, z, fine.plane(GRID, z))
        if stem is not None:
            around = curve_distance(stem[index])
            plane[around < 3] = np.where(z > 20, CSF, plane[around < 3])
            plane[around < 0] = WHITE
        if ventricles is not None and z > 84:
            plane[curve_distance(ventricles[index]) < 0] = CSF
        if vessels is not None:
            plane[curve_distance(vessels[index]) < 0] = VESSEL
        for px, py, pz, radius in PLAQUES:
            plane[
                (ellipsoid(x, y, z, (px, py, pz), (radius, radius * 1.5, radius)) < 0)
                & (plane == WHITE)
            ] = PLAQUE
    return volume


def _ventricles() -> NDArray[np.float32]:
    body = curve(
        [
            (5, -34, 122, 5),
            (9, -18, 130, 5.5),
            (13, 8, 136, 5),
            (19, 30, 130, 6),
            (25, 38, 116, 5),
            (32, 22, 98, 3),
            (32, 4, 92, 2),
        ]
    )
    horn = curve([(21, 34, 126, 4.6), (20, 50, 122, 3), (18, 60, 120, 2)])
    third = curve([(0, -4, 118, 2.2), (0, 8, 112, 2.8), (0, 18, 108, 2)])
    fourth = curve([(0, 22, 100, 1.5), (0, 38, 76, 4), (0, 40, 66, 3)])
    return np.concatenate([mirrored(body), mirrored(horn), third, fourth])


def _vessels() -> NDArray[np.float32]:
    carotid = curve(
        [
            (32, 0, 0, 3),
            (28, 2, 40, 3),
            (18, -8, 78, 2.6),
            (12, -18, 92, 2.2),
            (22, -20, 98, 1.8),
            (40, -18, 104, 1.5),
        ]
    )
    basilar = curve([(0, 8, 70, 1.8), (0, 8, 92, 1.8)])
    sinus = curve([(0, 90, 150, 3), (0, 97, 116, 3.6), (0, 92, 90, 3.6)])
    across = curve([(0, 92, 90, 3.4), (40, 78, 84, 3.2), (58, 48, 76, 3.4), (50, 30, 50, 3.6)])
    return np.concatenate([mirrored(carotid), basilar, sinus, mirrored(across)])


def _outside(plane: NDArray[np.uint8], x: Field, y: Field, z: float, seams: Field) -> None:
    cranium = _skull(x, y, z)
    neck = ellipsoid(x, y, z, (0, 30, 10), (62, 62, 90))
    face = ellipsoid(x, y, z, (0, -38, 62), (60, 64, 76))
    jaw = ellipsoid(x, y, z, (0, -40, 16), (48, 56, 44))
    nose = ellipsoid(x, y, z, (0, -104, 56), (13, 18, 26))
    head = either(either(either(cranium - 7.5, face, 18), either(neck, jaw, 16), 18), nose, 8)
    plane[head < 0] = SKIN
    plane[head < -2.4] = FAT
    inside = head < -7
    below = inside & (cranium > 1) if z < 112 else np.zeros_like(inside)
    plane[below] = MUSCLE
    plane[below & (np.abs(seams) < 0.13)] = FAT
    plane[cranium < 0] = BONE
    plane[(cranium < -1.8) & (cranium > -4.8)] = DIPLOE
    plane[cranium < -6.6] = CSF


def _skull(x: Field, y: Field, z: float) -> Field:
    dome = ellipsoid(x, y, z, BRAIN, (75, 95, 79))
    floor = (
        np.float32(66 - z)
        + np.where(y < 0, (-y) * np.float32(0.3), np.float32(0))
        - np.clip(y - 5, 0, 30) * np.float32(0.75)
    )
    return both(dome, floor, 14)


def _face(plane: NDArray[np.uint8], x: Field, y: Field, z: float, fine: Field) -> None:
    spine = ellipsoid(x, y, min(z, 24.0), (0, 26, 24), (19, 15, 60))
    if z < 52:
        plane[spine < 0] = BONE
        plane[spine < -2.5] = DIPLOE
    for centre, radii, inside in (
        ((0, -66, 52), (15, 30, 26), AIR),
        ((0, 0, 36), (13, 9, 40), AIR),
        ((0, -76, 92), (16, 8, 9), AIR),
        ((0, -26, 84), (12, 12, 9), AIR),
        ((0, -50, 18), (24, 34, 15), MUSCLE),
    ):
        plane[ellipsoid(x, y, z, centre, radii) + fine * 1.6 < 0] = inside
    septum = (np.abs(x - 1.2 * fine) < 1.3) | (np.abs(np.abs(x) - 9 - fine) < 1.6)
    plane[septum & (ellipsoid(x, y, z, (0, -66, 52), (14, 28, 25)) < 0)] = SKIN
    for side in (-1, 1):
        plane[ellipsoid(x, y, z, (side * 29, -64, 46), (14, 17, 17)) < -1.5] = AIR
        plane[ellipsoid(x, y, z, (side * 30, -62, 82), (19, 24, 17)) < 0] = FAT
        plane[
            np.hypot(np.hypot(x - side * (22 + (y + 60) * -0.2), 0), z - 82) * 1.0
            < np.where((y < -48) & (y > -80) | (y > -40), -1, 2.4)
        ] = MUSCLE
        globe = (
            np.sqrt(np.square(x - side * 31) + np.square(y + 74) + np.float32((z - 82) ** 2)) - 12
        )
        plane[globe < 0] = SKIN
        plane[globe < -1.3] = VITREOUS
        lens = ellipsoid(x, y, z, (side * 31, -82.5, 82), (4.6, 2.2, 4.6))
        plane[lens < 0] = MUSCLE
        air_cells = ellipsoid(x, y, z, (side * 54, 26, 66), (13, 15, 15))
        plane[(air_cells < 0) & (fine > -0.5)] = AIR


def _cerebrum(plane: NDArray[np.uint8], x: Field, y: Field, z: float, folds: Field) -> None:
    if z < 76:
        return
    brain = both(
        _skull(x, y, z) + 8.6,
        np.float32(84 - z) - np.clip(np.abs(x) - 22, -22, 8) * 0.9 - np.where(y < -5, 8, 0),
        8,
    )
    tent = (
        np.float32(96 - z) + np.clip(30 - np.abs(x), 0, 30) * 0.35 + np.clip(52 - y, 0, 60) * -0.6
    )
    brain = both(brain, np.where(y > 30, tent, brain), 4)
    halves = np.abs(x + 0.9 * folds) - np.float32(0.9)
    bridge = ellipsoid(x, y, z, (0, 6, 128), (34, 42, 16)) < 0
    deep = np.clip(-brain, 0, 60)
    # Sulci are where a smooth field crosses zero; they close towards the centre.
    fade = np.clip(1 - (deep - 4) / 20, 0, 1)
    crease = np.abs(folds)
    inside = brain < 0
    plane[inside] = WHITE
    cleft = np.abs(np.abs(x) - 40 + 0.12 * np.abs(y + 4) + 1.5 * folds)
    region = np.minimum(
        ellipsoid(x, y, z, (-40, -6, 112), (14, 30, 18)),
        ellipsoid(x, y, z, (40, -6, 112), (14, 30, 18)),
    )
    grey = (deep < 3.0) | (crease < 0.55 * fade) | ((halves < 3.2) & ~bridge)
    plane[inside & grey] = GREY
    plane[inside & (cleft < 4.6) & (region < 3)] = GREY
    sylvian = (cleft < 1.6) & (region < 0)
    plane[inside & ((crease < 0.13 * fade) | ((halves < 0) & ~bridge) | sylvian)] = CSF
    for side in (-1, 1):
        for centre, radii in (
            ((side * 11, 10, 117), (9, 15, 9)),
            ((side * 14, -18, 126), (5.5, 14, 8)),
            ((side * 27, -4, 115), (6.5, 18, 9)),
            ((side * 19, 1, 114), (4.5, 9, 7)),
        ):
            plane[(ellipsoid(x, y, z, centre, radii, side * -16) < 0) & inside] = DEEP


def _cerebellum(plane: NDArray[np.uint8], x: Field, y: Field, z: float, fine: Field) -> None:
    if not 40 < z < 104:
        return
    shape = np.float32(99)
    for side in (-1, 1):
        shape = np.minimum(shape, ellipsoid(x, y, z, (side * 22, 56, 73), (30, 30, 25)))
    shape = both(shape, _skull(x, y, z) + 8, 4)
    leaves = np.cos((z - 73 + 0.35 * (y - 56)) * 1.15 + fine * 1.2)
    inside = shape < 0
    plane[inside] = GREY
    plane[(shape < -2) & (leaves > 0.82)] = CSF
    plane[(shape < -9 + 2 * leaves)] = WHITE
