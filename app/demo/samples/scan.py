"""Scanning the phantom: slices made in parallel, each a plane of its material's values."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from app.demo.samples.belly import paint_belly
from app.demo.samples.chest import paint_heart, paint_lungs
from app.demo.samples.curves import depths
from app.demo.samples.grid import Field, Grid
from app.demo.samples.skeleton import bones, paint_bones
from app.demo.samples.tissue import Tissue, Values
from app.demo.samples.torso import Depths, Plane, Warp, paint_back, paint_wall
from app.demo.samples.vessels import tubes

NEIGHBOUR = 0.22
BEAM_MM = 2.0
"""Slices nearer than this take NEIGHBOUR of each neighbour; farther ones less."""
CHUNK = 12
"""Slices whose curves are rasterised together."""


def planes(
    grid: Grid, seed: int, values: Values, lesion_mm: float, cancelled: Callable[[], bool]
) -> Iterator[Field]:
    """The phantom's slices from the feet up, each blurred into its neighbours as a beam does.

    Stops early when `cancelled`.
    """
    below: Field | None = None
    here: Field | None = None
    share = np.float32(NEIGHBOUR * min(1.0, BEAM_MM / grid.slice_mm))
    for above in _sharp(grid, seed, values, lesion_mm, cancelled):
        if here is not None:
            yield _blurred(here, here if below is None else below, above, share)
        below, here = here, above
    if here is not None:
        yield _blurred(here, here if below is None else below, here, share)


def _blurred(here: Field, below: Field, above: Field, share: np.float32) -> Field:
    return here * (1 - 2 * share) + (below + above) * share


def _sharp(
    grid: Grid, seed: int, values: Values, lesion_mm: float, cancelled: Callable[[], bool]
) -> Iterator[Field]:
    warp = Warp(seed)
    groups = tubes(seed) | bones()

    def chunk(first: int) -> list[Field]:
        stop = min(first + CHUNK, grid.slices)
        if cancelled():
            return []
        curves = {
            name: depths(points, grid, first, stop, 0.6 if name == "bone" else 1.0)
            for name, points in groups.items()
        }
        made = []
        for index in range(first, stop):
            plane = Plane(grid, index, warp, values)
            at = {name: _part(d, index - first, plane) for name, d in curves.items()}
            made.append(_slice(plane, at, lesion_mm))
        return made

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for slices in pool.map(chunk, range(0, grid.slices, CHUNK)):
            yield from slices


def _part(depth: np.ndarray | None, index: int, plane: Plane) -> np.ndarray | None:
    return None if depth is None else np.ascontiguousarray(depth[index][plane.box])


def _slice(plane: Plane, at: Depths, lesion_mm: float) -> Field:
    paint_wall(plane)
    paint_back(plane)
    paint_lungs(plane, at)
    paint_heart(plane)
    plane.stroke(at["gullet"], Tissue.MUSCLE)
    plane.stroke(at["crura"], Tissue.MUSCLE)
    plane.stroke(at["blood"], Tissue.BLOOD)
    plane.stroke(at["airway-lumen"], Tissue.GAS)
    paint_belly(plane, at, lesion_mm)
    plane.stroke(at["blood"], Tissue.BLOOD)
    paint_bones(plane, at)
    return plane.whole()
