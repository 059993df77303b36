"""The abdominal organs of one plane, painted from the back to the front."""

import numpy as np

from app.demo.samples.chest import dome
from app.demo.samples.curves import curve_distance
from app.demo.samples.grid import Field
from app.demo.samples.shapes import along, both, either, ellipsoid
from app.demo.samples.tissue import Tissue
from app.demo.samples.torso import Depths, Plane

LESION_CENTRE = (-86.0, -8.0, 196.0)


def paint_belly(plane: Plane, depths: Depths, lesion_mm: float) -> None:
    """Kidneys, spleen, bowel, stomach, liver with its lesion of radius `lesion_mm`."""
    if plane.z > 275:
        return
    _paint_kidneys(plane)
    _paint_spleen(plane)
    _paint_bowel(plane, depths)
    plane.stroke(depths["pancreas"], Tissue.GLAND)
    _paint_liver(plane, depths, lesion_mm)
    _paint_stomach(plane)


def _below_lungs(plane: Plane, side: int) -> Field:
    """Negative under the diaphragm of this side."""
    return -dome(plane, side) * np.float32(0.7) + np.float32(2.0)


def _paint_kidneys(plane: Plane) -> None:
    for side, height in ((-1, 112.0), (1, 124.0)):
        lean = (plane.z - height) * -0.16
        centre = (side * (60 + lean), 50 - lean * 0.8, height)
        kidney = plane.blob(centre, (26, 30, 56), side * -24)
        if kidney is None:
            continue
        kidney.rough(0.9).paint(Tissue.CORTEX)
        # Pyramids stand around the sinus; columns of cortex run between them.
        angle = np.arctan2(kidney.y - np.float32(centre[1]), kidney.x - np.float32(centre[0]))
        columns = 1.4 * np.cos(angle * 7 + np.float32(plane.z * 0.12)) + plane.fine[kidney.box]
        kidney.distance = kidney.distance + np.float32(8.5) + np.abs(columns)
        kidney.paint(Tissue.MEDULLA)
        hollow = plane.blob((centre[0] - side * 10, centre[1] - 4, height), (11, 9, 26), side * -24)
        if hollow:
            hollow.rough(2.4).paint(Tissue.FAT)
        pelvis = plane.blob(
            (centre[0] - side * 16, centre[1] - 6, height - 4), (9, 4.5, 14), side * -24
        )
        if pelvis:
            pelvis.rough(1.0).paint(Tissue.FLUID)


def _paint_spleen(plane: Plane) -> None:
    spleen = plane.blob((98, 36, 206), (30, 54, 52), 24)
    if spleen is None:
        return
    hollow = ellipsoid(spleen.x, spleen.y, plane.z, (70, 22, 200), (26, 40, 46), 20)
    spleen.distance = np.maximum(spleen.distance, -hollow)
    spleen.within(plane.cavity + np.float32(1.5)).within(_below_lungs(plane, 1))
    spleen.rough(1.2).paint(Tissue.SPLEEN)


def _paint_liver(plane: Plane, depths: Depths, lesion_mm: float) -> None:
    if plane.z < 58:
        return
    right = ellipsoid(plane.x, plane.y, plane.z, (-72, 0, 176), (96, 92, 112), -12)
    left = ellipsoid(plane.x, plane.y, plane.z, (4, -58, 214), (78, 44, 48), 8)
    liver = either(right, left, 16)
    # The hollow of gallbladder, duodenum and kidney below, the spine and vena cava behind.
    below = ellipsoid(plane.x, plane.y, plane.z, (-22, 6, 118), (44, 66, 74), 0)
    behind = ellipsoid(plane.x, plane.y, plane.z, (4, 52, 190), (38, 46, 160), 0)
    kidney = ellipsoid(plane.x, plane.y, plane.z, (-60, 54, 112), (36, 40, 66), 20)
    for hollow in (below, behind, kidney):
        liver = both(liver, -hollow, 12)
    diaphragm = np.where(plane.x < 14, _below_lungs(plane, -1), _below_lungs(plane, 1))
    liver = both(both(liver, plane.cavity + np.float32(1.2), 8), diaphragm, 3) + 1.2 * plane.fine
    plane.paint(liver, Tissue.LIVER, 2.5 * plane.fine)
    fissure = np.maximum(
        np.abs(plane.x + np.float32(4) + 3 * plane.fine) - 2.2, plane.y + np.float32(38)
    )
    if plane.z < 215:
        plane.paint(both(fissure, liver), Tissue.FAT)
    vessels = depths["liver-vessels"]
    if vessels is not None:
        plane.paint(both(curve_distance(vessels), liver + np.float32(4)), Tissue.LIVER_VESSEL)
    _paint_lesion(plane, lesion_mm)
    gallbladder = plane.blob((-46, -50, 126), (17, 21, 31), 20)
    if gallbladder:
        gallbladder.rough(0.5).paint(Tissue.WALL)
        gallbladder.paint(Tissue.BILE, inset_mm=1.6)


def _paint_lesion(plane: Plane, radius: float) -> None:
    lesion = plane.blob(LESION_CENTRE, (radius * 1.1, radius, radius * 0.95), 30)
    if lesion:
        lesion.rough(radius * 0.13).paint(Tissue.LESION_RIM)
        lesion.paint(Tissue.LESION, inset_mm=radius * 0.2, extra=7 * plane.texture[lesion.box])
        core = plane.blob(LESION_CENTRE, (radius * 0.5, radius * 0.45, radius * 0.5), 30)
        if core:
            core.rough(radius * 0.2).paint(Tissue.FLUID)


def _paint_stomach(plane: Plane) -> None:
    z = plane.z
    bend = along(((120, -42), (170, 0), (215, 14)), z)
    stomach = plane.blob((58 + bend, -34 + max(0.0, (z - 170) * 0.5), 190), (38, 33, 72), 30)
    if stomach is None:
        return
    stomach.within(plane.cavity + np.float32(4)).within(_below_lungs(plane, 1))
    folds = stomach.rough(1.8)
    folds.paint(Tissue.WALL)
    folds.paint(Tissue.FLUID, inset_mm=4.5, extra=10 * plane.texture[stomach.box])
    # The patient lies on the back: gas rises to the front and meets the fluid at a level.
    level = plane.axis_y[:, None][stomach.box[0]] + np.float32(38)
    stomach.distance = np.maximum(stomach.distance + np.float32(4.5), level)
    stomach.paint(Tissue.GAS)


def _paint_bowel(plane: Plane, depths: Depths) -> None:
    inside = plane.texture + plane.fine
    for group, wall in (("small-bowel", 2.2), ("colon", 2.0)):
        depth = depths[group]
        if depth is None:
            continue
        distance = both(np.float32(-0.2) * depth.astype(np.float32), plane.cavity + np.float32(2))
        plane.paint(distance, Tissue.WALL)
        if group == "colon":
            gas = np.clip(plane.fine * 3 - 0.6 - plane.axis_y[:, None] / 40, 0, 1)
            filling = 60 * inside - 900 * gas
            plane.paint(distance + np.float32(wall), Tissue.STOOL, filling)
        else:
            plane.paint(distance + np.float32(wall), Tissue.FLUID, 14 * inside)
