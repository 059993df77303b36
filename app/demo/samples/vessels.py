"""Everything of the trunk that is a tube: vessels, airways, bowel, pancreas."""

from functools import cache

import numpy as np

from app.demo.samples.curves import curve, mirrored, tree
from app.demo.samples.shapes import Points, along
from app.demo.samples.torso import SPINE_Y


@cache
def tubes(seed: int) -> dict[str, Points]:
    """All groups of curves as points, by group."""
    return {
        "lung-vessels": _lung_vessels(seed),
        "airways": _airways(),
        "airway-lumen": _airways(thinner_mm=1.1),
        "blood": _great_vessels(seed),
        "liver-vessels": _liver_vessels(seed),
        "pancreas": curve(
            [
                (-34, -14, 112, 11),
                (-22, -18, 132, 12),
                (6, -22, 142, 8),
                (36, -4, 152, 9),
                (72, 16, 172, 7),
            ]
        ),
        "small-bowel": np.concatenate([_small_bowel(seed), _duodenum()]),
        "crura": mirrored(
            curve([(15, 8, 90, 3), (17, 14, 150, 4), (16, 14, 200, 4.5), (10, 8, 226, 3)])
        ),
        "colon": _colon(),
        "gullet": curve(
            [(4, 30, 450, 6), (6, 38, 380, 6), (2, 36, 300, 6), (16, 20, 240, 7), (34, 4, 226, 7)]
        ),
    }


def _lung_vessels(seed: int) -> Points:
    parts = []
    for side in (-1, 1):
        root = (side * 40.0, 8.0, 318.0)
        ways = (
            (0.5, -0.2, 1.0), (0.5, 0.6, 0.9), (0.9, -0.9, 0.25), (1.0, 0.35, 0.1),
            (0.55, 0.9, -0.3), (0.5, 0.45, -1.1), (0.75, -0.15, -1.0), (0.6, -0.9, -0.45),
            (1.0, -0.2, 0.7), (0.9, 0.5, -0.8), (0.35, 0.9, -0.9), (0.6, -0.7, 0.8),
        )  # fmt: skip
        for number, (x, y, z) in enumerate(ways):
            parts.append(
                tree(
                    seed + 31 * number + (0 if side < 0 else 7),
                    root,
                    (side * x, y, z),
                    4.4,
                    smallest=0.42,
                    stretch=6.2,
                    spread_deg=38,
                )
            )
        parts.append(
            curve([(side * 8, -6, 330, 11), (side * 26, 2, 326, 9), (side * 44, 10, 318, 6)])
        )
    return np.concatenate(parts)


def _airways(thinner_mm: float = 0.0) -> Points:
    trachea = curve([(0, 12, 452, 9.5), (0, 16, 400, 9.2), (2, 20, 356, 9)])
    sides = []
    for side in (-1, 1):
        main = [(side * 2, 20, 356, 7.2), (side * 20, 22, 338, 6.6), (side * 38, 24, 322, 5.4)]
        sides.append(curve(main))
        start = (side * 38, 24, 322)
        for x, y, z in ((20, -8, 40), (24, 26, -36), (30, -30, -6), (16, 18, -64)):
            middle = (start[0] + side * x * 0.5, start[1] + y * 0.5, start[2] + z * 0.5, 3.4)
            end = (start[0] + side * x, start[1] + y, start[2] + z, 2.2)
            sides.append(curve([(*start, 4.4), middle, end]))
    points = np.concatenate([trachea, *sides])
    points[:, 3] = np.maximum(points[:, 3] - thinner_mm, 0.2)
    return points


def _great_vessels(seed: int) -> Points:
    spine = [(z, along(SPINE_Y, z)) for z in (330, 270, 210, 150, 90, 30, 0)]
    descending = [
        (24.0, 40.0, 352.0, 12.5),
        *((22 - i * 2.4, y - 32, z, 12 - i * 0.5) for i, (z, y) in enumerate(spine)),
    ]
    aorta = curve(
        [(4, -18, 300, 15), (-8, -26, 340, 15), (0, -14, 372, 14), (18, 18, 376, 13), *descending]
    )
    cava = curve(
        [
            (-18, 18, -6, 10),
            (-22, 14, 90, 11),
            (-24, 20, 190, 12),
            (-20, 8, 240, 13),
            (-10, -2, 270, 14),
        ]
    )
    upper = curve(
        [(-26, -14, 300, 10), (-30, -18, 350, 9.5), (-32, -20, 390, 9), (-40, -14, 420, 8)]
    )
    arch = [
        curve([(0, -16, 372, 6.5), (-12, -14, 400, 6), (-22, 0, 450, 5)]),
        curve([(8, -2, 378, 4.2), (14, 0, 410, 3.8), (20, 8, 450, 3.6)]),
        curve([(18, 14, 378, 5), (28, 14, 410, 4.5), (60, 4, 440, 4.5), (110, -4, 450, 4)]),
        curve([(-32, -20, 392, 7.5), (0, -34, 398, 7), (40, -20, 424, 6.5), (100, -12, 446, 5)]),
    ]
    belly = [
        curve(
            [
                (10, 0, 150, 4),
                (12, -14, 140, 4),
                (10, -24, 100, 3.6),
                (4, -22, 50, 3),
                (0, -20, 10, 2.4),
            ]
        ),
        curve([(10, -2, 168, 4), (8, -16, 172, 3.8), (-10, -20, 168, 3.2), (-34, -22, 160, 3)]),
        curve([(10, -14, 172, 3.4), (40, 6, 178, 3), (76, 26, 196, 2.6)]),
        curve([(-34, -8, 152, 7.2), (-10, -16, 140, 6.5), (30, 0, 158, 5.4), (70, 22, 186, 4.6)]),
        curve([(-10, -18, 138, 6), (-6, -26, 100, 5), (-4, -26, 40, 4)]),
        mirrored(curve([(6, 14, 118, 3.4), (24, 24, 118, 3.2), (46, 40, 118, 3)])),
        mirrored(curve([(14, 10, 112, 4.6), (28, 22, 112, 4.2), (48, 38, 114, 3.6)])),
        tree(seed + 900, (4, -24, 95), (0.4, -0.6, -0.7), 2.6, smallest=0.8, stretch=12),
        tree(seed + 901, (2, -24, 80), (-0.6, -0.5, -0.5), 2.6, smallest=0.8, stretch=12),
        tree(seed + 902, (4, -24, 60), (0.9, -0.3, -0.3), 2.4, smallest=0.8, stretch=12),
    ]
    return np.concatenate([aorta, cava, upper, *arch, *belly])


def _liver_vessels(seed: int) -> Points:
    trunk = curve([(-34, -8, 152, 7), (-42, -14, 172, 7), (-54, -10, 184, 5.6)])
    ways = (
        ((-54, -10, 184), (-1, 0.6, 0.3), 5.0),
        ((-54, -10, 184), (-0.7, -0.5, 0.5), 4.4),
        ((-50, -12, 182), (-0.6, 0.3, -1), 4.2),
        ((-40, -16, 178), (0.8, -1, 0.7), 4.0),
    )
    portal = [
        tree(seed + 500 + i, root, way, radius, smallest=0.9, stretch=9.5)
        for i, (root, way, radius) in enumerate(ways)
    ]
    ways = (((-24, 12, 236), (-1, -0.2, -0.35), 4.6), ((-22, 6, 238), (-0.5, -1, -0.4), 4.2),
            ((-14, 2, 238), (0.8, -1, -0.3), 4.0))  # fmt: skip
    hepatic = [
        tree(seed + 600 + i, root, way, radius, smallest=0.9, stretch=10.5)
        for i, (root, way, radius) in enumerate(ways)
    ]
    return np.concatenate([trunk, *portal, *hepatic])


def _small_bowel(seed: int) -> Points:
    generator = np.random.default_rng(seed + 77)
    stations = []
    for level in range(13):
        height = 8 + level * 7.5
        order = range(6) if level % 2 else range(5, -1, -1)
        for column in order:
            x = (column - 2.5) * 30 + generator.normal(0, 6)
            y = -38 + 34 * np.sin(column * 1.3 + level * 1.9) + generator.normal(0, 8)
            stations.append((x, y, height + generator.normal(0, 7), generator.uniform(9, 13)))
    return curve(stations, 1.6)


def _duodenum() -> Points:
    return curve(
        [(20, -38, 128, 13), (-30, -36, 140, 12), (-46, -10, 120, 12), (-42, 2, 84, 12),
         (-8, -2, 66, 11), (30, 4, 72, 11), (44, -10, 104, 11), (50, -40, 92, 11)]
    )  # fmt: skip


def _colon() -> Points:
    def haustra(points: Points) -> Points:
        points[:, 3] *= 1 + 0.16 * np.sin(np.arange(len(points)) * 0.33).astype(np.float32)
        return points

    ascending = [(-104, 6, -8, 23), (-106, 12, 40, 22), (-100, 8, 84, 20), (-86, -34, 104, 18)]
    across = [(-50, -70, 98, 16), (0, -80, 92, 15), (50, -72, 104, 15), (92, -30, 150, 15)]
    descending = [(108, 22, 168, 14), (114, 34, 120, 14), (114, 32, 60, 14), (112, 24, -8, 14)]
    return haustra(curve(ascending + across + descending, 1.4))
