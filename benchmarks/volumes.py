"""Views of a volume: MPR, slabs and volume rendering, beside VTK's own filters."""

from collections.abc import Iterator

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkImagingCore import vtkImageReslice

from app.heap import keep
from app.viewer.scene.backend import probe
from app.viewer.scene.camera import SIDES, Side, spun
from app.viewer.scene.crosshair import cut_of, opened, rotated, scrolled, thickened
from app.viewer.scene.grey import Shade
from app.viewer.scene.mpr import Slicer
from app.viewer.scene.planes import Cut, PlaneName
from app.viewer.scene.prepare import DRAG_VOXELS, STILL_VOXELS, prepared
from app.viewer.scene.presets import PRESETS
from app.viewer.scene.rendering import View, VolumeScene
from app.viewer.scene.reslice import as_image, reslice_axes
from app.viewer.scene.voxels import Voxels
from benchmarks.samples import Place, chest_voxels
from benchmarks.table import Row, median_ms, paired_ms

SIZE = (1024, 1024)
SHADE = Shade(40, 400)
SLAB_MM = 40


def run(place: Place) -> Iterator[Row]:
    """Measure on the sample CT, with memory kept as the desktop keeps it."""
    keep()
    voxels = chest_voxels(place)
    yield from _planes(voxels)
    yield from (_slab(voxels, name) for name in PlaneName)
    yield from _volume(voxels)


def _planes(voxels: Voxels) -> Iterator[Row]:
    slicer, peer = Slicer(voxels), Reslice(voxels)
    state = opened(voxels, SHADE)
    step = [0]

    def three(*, ours: bool) -> None:
        step[0] += 1
        for name in PlaneName:
            moved = scrolled(state, voxels, name, float(step[0] % 7))
            cut = cut_of(moved, voxels, name, SIZE)
            if ours:
                slicer.picture(cut, moved.slab, SHADE)
            else:
                peer.picture(cut, cubic=True)

    value, other = paired_ms(lambda: three(ours=True), lambda: three(ours=False), runs=7)
    yield Row("three MPR views, 1024²", value, "ms", "vtkImageReslice cubic, 1 thread", other, 12)

    turned = rotated(rotated(state, PlaneName.SAGITTAL, 0.35), PlaneName.CORONAL, 0.2)
    cut = cut_of(turned, voxels, PlaneName.AXIAL, SIZE)
    value, other = paired_ms(
        lambda: slicer.picture(cut, turned.slab, SHADE, draft=True), lambda: peer.picture(cut)
    )
    yield Row("oblique MPR view, 1024²", value, "ms", "vtkImageReslice linear, 1 thread", other, 16)


def _slab(voxels: Voxels, name: PlaneName) -> Row:
    """Each picture is a plane further. Both project the planes of the volume, an axial one."""
    slicer, peer = Slicer(voxels), Reslice(voxels)
    state = thickened(opened(voxels, SHADE), SLAB_MM)
    apart = float(voxels.spacing[list(PlaneName).index(name)])
    layers = round(SLAB_MM / apart)
    step = [0]

    def picture(*, ours: bool) -> None:
        step[0] += ours
        cut = cut_of(scrolled(state, voxels, name, step[0] * apart), voxels, name, SIZE)
        if ours:
            slicer.picture(cut, state.slab, SHADE)
        else:
            peer.picture(cut, layers=layers, apart=apart)

    value, other = paired_ms(lambda: picture(ours=True), lambda: picture(ours=False))
    title = f"a step through {name} MIP slabs of {SLAB_MM} mm, 1024²"
    return Row(title, value, "ms", "vtkImageReslice slab", other, most_ratio=1 / 30)


def _volume(voxels: Voxels) -> Iterator[Row]:
    backend = probe()
    if not backend.available:
        return
    bone = next(preset for preset in PRESETS if preset.key == "bone")
    camera = SIDES[Side.ANTERIOR]

    def scene_of(most: int, *, draft: bool) -> VolumeScene:
        shown = prepared(voxels, most, bare=True)
        return VolumeScene(shown, gpu=backend.gpu, draft=draft, whole=voxels)

    def first() -> None:
        scene = scene_of(DRAG_VOXELS, draft=True)
        scene.picture(View(camera, bone, 512, 512), lambda: False)
        scene.close()

    yield Row("volume rendering, first picture 512²", median_ms(first, 3, 0), "ms", most=500)
    scene, angle = scene_of(DRAG_VOXELS, draft=True), [0.0]

    def drag() -> None:
        angle[0] += 0.02
        scene.picture(View(spun(camera, angle[0], 0), bone, 512, 512), lambda: False)

    yield Row("volume rendering, drag 512²", median_ms(drag, 25, 8), "ms", most=33)
    scene.close()
    still = scene_of(STILL_VOXELS, draft=False)
    full = View(camera, bone, 512, 512)
    value = median_ms(lambda: still.picture(full, lambda: False), 3, 1)
    yield Row("volume rendering, still 512²", value, "ms")
    still.close()


class Reslice:
    """The peer: vtkImageReslice with one thread, windowed by NumPy as ours is."""

    def __init__(self, voxels: Voxels) -> None:
        self._voxels = voxels
        self._filter = vtkImageReslice()
        self._filter.SetInputData(as_image(voxels.values))
        self._filter.SetNumberOfThreads(1)
        self._filter.SetEnableSMP(0)
        self._filter.SetOutputDimensionality(2)
        self._filter.SetOutputSpacing(1, 1, 1)
        self._filter.SetOutputOrigin(0, 0, 0)
        self._filter.SetSlabModeToMax()

    def picture(
        self, cut: Cut, *, cubic: bool = False, layers: int = 1, apart: float = 1.0
    ) -> np.ndarray:
        """The same view as our Slicer makes; a slab's layers are `apart` mm."""
        reslice = self._filter
        if cubic:
            reslice.SetInterpolationModeToCubic()
        else:
            reslice.SetInterpolationModeToLinear()
        reslice.SetResliceAxes(reslice_axes(self._voxels, cut, apart))
        reslice.SetOutputExtent(0, cut.width - 1, 0, cut.height - 1, 0, 0)
        reslice.SetSlabNumberOfSlices(layers)
        reslice.Update()
        scalars = vtk_to_numpy(reslice.GetOutput().GetPointData().GetScalars())
        plane = scalars.reshape(cut.height, cut.width)
        return SHADE.apply(np.ascontiguousarray(plane))
