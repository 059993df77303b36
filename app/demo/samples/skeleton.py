"""Ribs, spine, breastbone, shoulder girdle: curves for what is slender, shapes for the rest."""

import itertools
from functools import cache

import numpy as np

from app.demo.samples.curves import curve, mirrored
from app.demo.samples.grid import Field
from app.demo.samples.shapes import Points, along, both, oval
from app.demo.samples.tissue import Tissue
from app.demo.samples.torso import FAT_MM, HALF_DEPTH, HALF_WIDTH, SPINE_Y, Depths, Plane

RIB_ENDS_DEG = (40, 50, 52, 52, 52, 50, 46, 38, 26, 14, -40, -62)
"""How far round each rib's bone goes: 90 is the breastbone, -90 the spine."""
DISCS = tuple(
    float(height)
    for height in np.cumsum([4, 37, 36, 35, 34, 32, 30, 29, 28, 27, 26, 25, 25, 24, 24, 23, 23, 22])
)
"""Heights of the intervertebral discs; the last lies above the phantom."""


@cache
def bones() -> dict[str, Points]:
    """Bone and cartilage that are thick curves."""
    ribs, gristle = [], []
    for number, end in enumerate(RIB_ENDS_DEG):
        bone, soft = _rib(number, end)
        ribs.append(bone)
        if len(soft):
            gristle.append(soft)
    return {
        "bone": np.concatenate([mirrored(np.concatenate(ribs)), *_arches(), *_girdle()]),
        "gristle": mirrored(np.concatenate(gristle)),
    }


def _rib(number: int, end_deg: float) -> tuple[Points, Points]:
    head = 425.0 - number * 23.5
    drop = 30 + min(number, 8) * 7.5
    stations, soft = [], []
    for degrees in np.arange(-80.0, 88.0, 12.0):
        turn = np.radians(degrees)
        share = (degrees + 80) / 160
        height = head - drop * share**1.1 + (max(0.0, share - 0.8) * 150 if number > 3 else 0)
        shrink = 1.0 if number > 1 else (0.62, 0.84)[number]
        inner = along(FAT_MM, height) * 0.75 + 11
        x = (along(HALF_WIDTH, min(height, 395)) - inner) * np.cos(turn) * shrink
        y = (along(HALF_DEPTH, min(height, 395)) * 0.95 - inner) * -np.sin(turn) * shrink
        station = (max(x, 16.0), y, height, 3.6)
        if degrees <= end_deg:
            stations.append(station)
        elif number < 10:
            soft.append(station)
    spine = along(SPINE_Y, head)
    stations = [(18, spine + 2, head - 2, 4), (30, spine + 18, head, 4), *stations[1:]]
    bone = curve(stations, 0.8)
    return bone, curve([stations[-1], *soft], 0.9) if soft else np.zeros((0, 4), np.float32)


def _arches() -> list[Points]:
    """Pedicles, transverse and spinous processes of each vertebra."""
    parts = []
    for low, high in itertools.pairwise(DISCS):
        z, spine = (low + high) / 2, along(SPINE_Y, (low + high) / 2)
        lumbar = z < 150
        reach = 40 if lumbar else 32
        pedicle = curve(
            [
                (13, spine + 10, z + 3, 4.6),
                (13, spine + 24, z + 2, 4.6),
                (4, spine + 33, z - 4, 3.2),
            ],
            0.9,
        )
        side = curve(
            [(13, spine + 22, z + 2, 4), (26, spine + 25, z, 3.2), (reach, spine + 29, z + 1, 2.8)],
            0.9,
        )
        facet = curve([(15, spine + 24, z - 14, 4.4), (15, spine + 25, z + 12, 4.4)], 0.9)
        tail = (0, spine + (52 if lumbar else 43), z - (8 if lumbar else 18), 3.0)
        spinous = curve([(0, spine + 33, z - 2, 3), (0, spine + 40, z - 8, 2.6), tail], 0.9)
        parts += [mirrored(pedicle), mirrored(side), mirrored(facet), spinous]
    return parts


def _girdle() -> list[Points]:
    collar = curve([(14, -74, 404, 8), (50, -66, 418, 6), (100, -36, 436, 5.5), (140, -8, 450, 6)])
    spine = curve([(74, 84, 392, 3), (110, 76, 408, 4), (150, 48, 432, 5)])
    edge = curve([(92, 62, 330, 3), (128, 44, 375, 4.5), (150, 22, 425, 6)])
    inner = curve([(78, 82, 345, 2.4), (70, 84, 392, 2.6), (80, 74, 425, 2.6)])
    return [mirrored(part) for part in (collar, spine, edge, inner)]


def paint_bones(plane: Plane, depths: Depths) -> None:
    """Cartilage, slender bones, vertebrae, breastbone and shoulder blades."""
    plane.stroke(depths["gristle"], Tissue.CARTILAGE)
    plane.stroke(depths["bone"], Tissue.COMPACT_BONE)
    plane.stroke(depths["bone"], Tissue.MARROW, 1.7)
    _paint_blades(plane)
    _paint_spine(plane)
    _paint_breastbone(plane)


def _paint_spine(plane: Plane) -> None:
    spine = along(SPINE_Y, plane.z)
    width = along(((0, 25), (150, 21), (300, 16.5), (450, 14)), plane.z)
    box = plane.blob((0, spine, plane.z), (width, width * 0.78, 40))
    if box is None:
        return
    # A body is waisted between its end plates.
    nearest = min(DISCS, key=lambda disc: abs(disc - plane.z))
    gap = abs(plane.z - nearest)
    box.distance = box.distance + np.float32(min(2.6, gap * 0.2))
    box.distance = np.maximum(box.distance, _canal(plane, spine)[box.box] * -1)
    half_disc = along(((0, 5.0), (150, 3.6), (300, 2.3), (450, 2.0)), plane.z)
    if gap < half_disc:
        box.paint(Tissue.DISC, extra=plane.fine[box.box] * 4)
        return
    plate = float(np.clip(1.0 - (gap - half_disc - 1.2) / 1.2, 0, 1))
    grain = 38 * plane.texture[box.box]
    box.paint(Tissue.COMPACT_BONE, extra=-300)
    box.paint(Tissue.MARROW, inset_mm=1.5, extra=grain)
    if plate:
        box.paint(Tissue.MARROW, inset_mm=1.0, extra=330 * plate)
    canal = _canal(plane, spine)
    plane.paint(canal, Tissue.CORD)


def _canal(plane: Plane, spine: float) -> Field:
    return oval(
        plane.x,
        plane.y - np.float32(spine + along(((0, 28), (300, 24), (450, 21)), plane.z)),
        10.5,
        8.5,
    )


def _paint_breastbone(plane: Plane) -> None:
    if not 272 < plane.z < 404:
        return
    depth = along(HALF_DEPTH, plane.z) * 0.95 - along(FAT_MM, plane.z) * 0.8 - 11
    wide = along(((272, 7), (300, 17), (370, 15), (392, 26), (404, 20)), plane.z)
    bone = plane.blob((0, -depth, plane.z), (wide, 6.5, 40))
    if bone:
        bone.paint(Tissue.COMPACT_BONE, extra=-350)
        bone.paint(Tissue.MARROW, inset_mm=1.6)


def _paint_blades(plane: Plane) -> None:
    if not 328 < plane.z < 432:
        return
    size = along(((328, 4), (350, 26), (400, 42), (432, 40)), plane.z)
    for side in (-1, 1):
        angle = np.radians(side * -28)
        dx = plane.axis_x[None, :] - np.float32(side * (112 + (plane.z - 380) * 0.1))
        dy = plane.axis_y[:, None] - np.float32(62)
        u = dx * np.float32(np.cos(angle)) + dy * np.float32(np.sin(angle))
        v = dy * np.float32(np.cos(angle)) - dx * np.float32(np.sin(angle)) + np.square(u) / 260
        sheet = both(np.abs(v) - np.float32(2.1), np.abs(u) - np.float32(size), 2)
        plane.paint(sheet, Tissue.COMPACT_BONE)
        plane.paint(sheet + np.float32(1.3), Tissue.MARROW)
