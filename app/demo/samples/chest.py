"""Lungs, heart and mediastinum of one plane."""

import numpy as np

from app.demo.samples.curves import curve_distance
from app.demo.samples.grid import Field
from app.demo.samples.shapes import Keys, along, both, either, oval
from app.demo.samples.tissue import Tissue
from app.demo.samples.torso import SPINE_Y, Depths, Plane

LUNG_WIDTH: Keys = (
    (180, 80), (260, 76), (330, 66), (380, 55), (412, 36), (430, 20), (441, 4), (444, -9),
)  # fmt: skip
LUNG_DEPTH: Keys = ((180, 118), (300, 112), (370, 90), (412, 56), (430, 32), (441, 8), (444, -9))
LUNG_X: Keys = ((180, 80), (330, 76), (400, 58), (444, 46))
LUNG_Y: Keys = ((180, 4), (330, 2), (400, 8), (444, 14))
DOMES = {-1: 268.0, 1: 252.0}
"""Height of the diaphragm's two domes; -1 is the patient's right."""
LOWEST_LUNG = 168.0


def dome(plane: Plane, side: int) -> Field:
    """How far the diaphragm's surface lies above this plane, in mm."""
    across = (plane.x - np.float32(side * 72)) / 62
    deep = (plane.y + np.float32(8)) / 82
    height = np.float32(DOMES[side]) - 46 * (np.square(across) + np.square(deep))
    # Behind, the recess reaches deeper than in front.
    height -= np.clip(plane.y - 30, 0, None) * np.float32(0.55)
    return np.maximum(height, LOWEST_LUNG) + 2.5 * plane.fine - np.float32(plane.z)


def lungs(plane: Plane) -> dict[int, Field]:
    """The distance to each lung."""
    if plane.z < LOWEST_LUNG - 4 or plane.z > 445:
        return {}
    middle = _mediastinum(plane)
    shapes = {}
    for side in (-1, 1):
        around = oval(
            plane.x - np.float32(side * along(LUNG_X, plane.z)),
            plane.y - np.float32(along(LUNG_Y, plane.z)),
            max(along(LUNG_WIDTH, plane.z), 1.0),
            max(along(LUNG_DEPTH, plane.z), 1.0),
            boxiness=0.45,
        )
        half = np.float32(2.0) - plane.x * np.float32(side)
        lung = both(both(around, plane.cavity + np.float32(0.8), 8), -middle, 5)
        lung = both(lung, half, 3)
        shapes[side] = both(lung, dome(plane, side) * np.float32(0.7), 4)
    return shapes


def _mediastinum(plane: Plane) -> Field:
    """What parts the lungs: spine, great vessels, heart, and the sheet behind the breastbone."""
    z, spine = plane.z, along(SPINE_Y, plane.z)
    column = oval(plane.x, plane.y - np.float32(spine), 24, 22)
    aorta = oval(plane.x - 20, plane.y - np.float32(spine - 14), 17, 17)
    hila = along(((230, 24), (300, 30), (345, 36), (385, 34), (430, 40), (450, 60)), z)
    centre = oval(
        plane.x - np.float32(along(((230, 12), (330, 4), (400, 0)), z)),
        plane.y - np.float32(along(((230, 0), (330, 8), (400, 6)), z)),
        hila,
        along(((230, 40), (330, 46), (390, 48), (450, 60)), z),
    )
    front = np.abs(plane.x - np.float32(4)) - np.float32(
        along(((200, 22), (300, 10), (380, 6), (430, 18)), z)
    )
    front = np.maximum(front, plane.y - np.float32(20))
    total = either(either(column, aorta, 8), either(centre, front, 14), 10)
    heart = _heart_distance(plane, 7.0)
    return either(total, heart, 12) + 1.3 * plane.fine if heart is not None else total


def _heart_distance(plane: Plane, grow_mm: float) -> Field | None:
    if not 205 < plane.z < 345:
        return None
    return _ellipsoid_grown(plane, (26.0, -22.0, 268.0), (56.0, 46.0, 62.0), 28.0, grow_mm)


def _ellipsoid_grown(
    plane: Plane,
    centre: tuple[float, float, float],
    radii: tuple[float, float, float],
    turn_deg: float,
    grow_mm: float,
) -> Field:
    angle = np.radians(turn_deg)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    dx, dy = plane.x - np.float32(centre[0]), plane.y - np.float32(centre[1])
    u = (dx * cos + dy * sin) / np.float32(radii[0] + grow_mm)
    v = (dy * cos - dx * sin) / np.float32(radii[1] + grow_mm)
    w = np.float32((plane.z - centre[2]) / (radii[2] + grow_mm))
    return (np.sqrt(u * u + v * v + w * w) - 1) * np.float32(min(radii) + grow_mm)


def paint_heart(plane: Plane) -> None:
    """Fat of the pericardium, muscle, and the four chambers."""
    if not 205 < plane.z < 345:
        return
    heart = plane.blob((26, -22, 268), (56, 46, 62), 28)
    if heart:
        heart.rough(1.0).paint(Tissue.MYOCARDIUM)
    # Fat in the grooves between the chambers, then blood.
    for centre, radii, turn in (
        ((44, -20, 258), (27, 19, 38), 30),
        ((6, -44, 264), (30, 17, 42), 12),
        ((-8, -14, 285), (22, 24, 32), 0),
        ((22, 14, 296), (29, 16, 23), -5),
    ):
        groove = plane.blob(centre, tuple(radius + 2.4 for radius in radii), turn)
        if groove and centre[0] < 40:
            groove.rough(2.0).paint(Tissue.FAT)
            groove.paint(Tissue.MYOCARDIUM, inset_mm=1.4)
        chamber = plane.blob(centre, radii, turn)
        if chamber:
            chamber.rough(1.0).paint(Tissue.BLOOD)
    for x, y in ((38, -18), (52, -26)):
        papillary = plane.blob((x, y, 250), (4.5, 4, 20))
        if papillary:
            papillary.paint(Tissue.MYOCARDIUM)


def paint_lungs(plane: Plane, depths: Depths) -> None:
    """Air, vessels, fissures and airways of both lungs."""
    shapes = lungs(plane)
    if not shapes:
        return
    gravity = plane.y * np.float32(0.42)
    patchy = 16 * plane.fine + 11 * plane.texture
    vessels, airways = depths["lung-vessels"], depths["airways"]
    for side, lung in shapes.items():
        plane.paint(lung, Tissue.LUNG, gravity + patchy)
        for fissure in _fissures(plane, side):
            plane.paint(both(fissure, lung + np.float32(1.0)), Tissue.FISSURE)
    both_lungs = np.minimum(*shapes.values())
    if vessels is not None and plane.relief:
        distance = curve_distance(vessels)
        plane.paint(both(distance, both_lungs - np.float32(3)), Tissue.BLOOD, -110)
    plane.stroke(airways, Tissue.AIRWAY_WALL)


def _fissures(plane: Plane, side: int) -> list[Field]:
    """The oblique fissure of each lung and the right one's horizontal fissure, as thin sheets."""
    slope = np.float32(1.05)
    bend = 4 * plane.fine * np.float32(0.4) + 0.05 * np.abs(plane.x - side * 75)
    oblique = (np.float32(plane.z - 300) - (plane.y - np.float32(6)) * slope + bend) / np.float32(
        1.5
    )
    sheets = [np.abs(oblique) - np.float32(0.5)]
    if side < 0:
        flat = np.float32(plane.z - 322) + 0.12 * (plane.x + 80) + bend
        sheets.append(np.maximum(np.abs(flat) - np.float32(0.5), -oblique))
    return sheets
