"""What an MPR shows, as one frozen value: crosshair, orientations, slab, window, zoom and pan."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from app.viewer.scene.grey import Shade
from app.viewer.scene.planes import (
    STANDARD,
    Cut,
    Orientation,
    PlaneName,
    Vector,
    turned,
    vector,
)
from app.viewer.scene.slab import Slab
from app.viewer.scene.voxels import Voxels

MOST_SLAB_MM = 200.0
ZOOMS = (0.2, 40.0)


@dataclass(frozen=True, slots=True)
class Framing:
    """What a view looks at: the point at its middle, and its zoom against the fitted volume."""

    focus: Vector
    zoom: float = 1.0


@dataclass(frozen=True, slots=True)
class MprState:
    """Three planes that cross in one point of the patient."""

    crosshair: Vector
    framings: Mapping[PlaneName, Framing]
    shade: Shade
    slab: Slab = field(default_factory=Slab)
    orientations: Mapping[PlaneName, Orientation] = field(
        default_factory=lambda: MappingProxyType(STANDARD)
    )

    @property
    def turned(self) -> bool:
        """Whether any plane was turned away from the standard ones."""
        return any(self.orientations[name] != STANDARD[name] for name in PlaneName)


def opened(voxels: Voxels, shade: Shade) -> MprState:
    """The first state of a volume: standard planes through its middle, each fitted."""
    centre = vector(voxels.centre)
    framings = {name: Framing(centre) for name in PlaneName}
    return MprState(centre, MappingProxyType(framings), shade)


def cut_of(state: MprState, voxels: Voxels, name: PlaneName, size: tuple[int, int]) -> Cut:
    """The cut that view `name` of `size` (width, height) shows: its focus, at the crosshair."""
    orientation, framing = state.orientations[name], state.framings[name]
    width, height = max(1, size[0]), max(1, size[1])
    normal = np.array(orientation.normal)
    depth = normal @ (np.array(state.crosshair) - np.array(framing.focus))
    centre = vector(np.array(framing.focus) + depth * normal)
    across, along = (
        np.ptp(voxels.corners @ np.array(way)) + float(voxels.spacing.max())
        for way in (orientation.right, orientation.down)
    )
    pitch = max(across / width, along / height) / framing.zoom
    return Cut(centre, orientation, float(pitch), width, height)


def moved(state: MprState, voxels: Voxels, point: Vector) -> MprState:
    """The crosshair at `point`, or at the nearest point inside the volume."""
    index = voxels.inverse[:3] @ np.array([*point, 1.0])
    inside = np.clip(index, 0, np.array(voxels.values.shape) - 1)
    if np.allclose(inside, index, atol=1e-6):
        return replace(state, crosshair=point)
    return replace(state, crosshair=vector(voxels.affine[:3] @ np.array([*inside, 1.0])))


def scrolled(state: MprState, voxels: Voxels, name: PlaneName, distance_mm: float) -> MprState:
    """The crosshair pushed along the normal of view `name`."""
    normal = np.array(state.orientations[name].normal)
    return moved(state, voxels, vector(np.array(state.crosshair) + distance_mm * normal))


def framed(state: MprState, name: PlaneName, framing: Framing) -> MprState:
    """View `name` looking at something else; its zoom is kept within bounds."""
    zoom = min(max(framing.zoom, ZOOMS[0]), ZOOMS[1])
    framings = {**state.framings, name: replace(framing, zoom=zoom)}
    return replace(state, framings=MappingProxyType(framings))


def panned(state: MprState, cut: Cut, name: PlaneName, dx: float, dy: float) -> MprState:
    """The picture of view `name` moved by (dx, dy) px."""
    middle = ((cut.width - 1) / 2 - dx, (cut.height - 1) / 2 - dy)
    return framed(state, name, replace(state.framings[name], focus=cut.lps(*middle)))


def zoomed(
    state: MprState, cut: Cut, name: PlaneName, factor: float, at: tuple[float, float]
) -> MprState:
    """View `name` zoomed by `factor` about pixel `at`, which keeps its point of the patient."""
    old = state.framings[name]
    zoom = min(max(old.zoom * factor, ZOOMS[0]), ZOOMS[1])
    kept = 1 - old.zoom / zoom
    x = (cut.width - 1) / 2 + (at[0] - (cut.width - 1) / 2) * kept
    y = (cut.height - 1) / 2 + (at[1] - (cut.height - 1) / 2) * kept
    return framed(state, name, Framing(cut.lps(x, y), zoom))


def rotated(state: MprState, name: PlaneName, angle: float) -> MprState:
    """The other two planes turned about the normal of view `name` by `angle` radians."""
    axis = state.orientations[name].normal
    orientations = {
        other: old
        if other is name
        else Orientation(turned(old.right, axis, angle), turned(old.down, axis, angle))
        for other, old in state.orientations.items()
    }
    return replace(state, orientations=MappingProxyType(orientations))


def straightened(state: MprState) -> MprState:
    """The standard planes again."""
    return replace(state, orientations=MappingProxyType(STANDARD))


def thickened(state: MprState, thickness_mm: float) -> MprState:
    """A slab of another thickness, 0 to MOST_SLAB_MM."""
    thickness = min(max(thickness_mm, 0.0), MOST_SLAB_MM)
    return replace(state, slab=replace(state.slab, thickness_mm=thickness))
