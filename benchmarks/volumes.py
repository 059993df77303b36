"""Views of a volume: MPR, slabs and volume rendering, beside VTK's own filters."""

from collections.abc import Iterator

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkImagingCore import vtkImageReslice

from app.viewer.scene.backend import probe
from app.viewer.scene.camera import SIDES, Side, spun
from app.viewer.scene.crosshair import MprState, cut_of, opened, rotated, scrolled, thickened
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


def run(place: Place) -> Iterator[Row]:
    """Measure on the sample CT."""
    voxels = chest_voxels(place)
    yield from _planes(voxels)
    yield _slab(voxels)
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


def _slab(voxels: Voxels) -> Row:
    slicer, peer = Slicer(voxels), Reslice(voxels)
    state: MprState = thickened(opened(voxels, SHADE), 40)
    cut = cut_of(state, voxels, PlaneName.AXIAL, SIZE)
    layers = round(40 / float(voxels.spacing[0]))
    value, other = paired_ms(
        lambda: slicer.picture(cut, state.slab, SHADE),
        lambda: peer.picture(cut, layers=layers),
        runs=5,
    )
    name = "axial MIP slab of 40 mm, 1024²"
    return Row(name, value, "ms", "vtkImageReslice slab", other, most_ratio=1 / 30)


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

    def picture(self, cut: Cut, *, cubic: bool = False, layers: int = 1) -> np.ndarray:
        """The same view as our Slicer makes."""
        reslice = self._filter
        if cubic:
            reslice.SetInterpolationModeToCubic()
        else:
            reslice.SetInterpolationModeToLinear()
        reslice.SetResliceAxes(reslice_axes(self._voxels, cut, float(self._voxels.spacing.min())))
        reslice.SetOutputExtent(0, cut.width - 1, 0, cut.height - 1, 0, 0)
        reslice.SetSlabNumberOfSlices(layers)
        reslice.Update()
        scalars = vtk_to_numpy(reslice.GetOutput().GetPointData().GetScalars())
        plane = scalars.reshape(cut.height, cut.width)
        return SHADE.apply(np.ascontiguousarray(plane))
