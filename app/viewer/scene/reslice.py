"""Oblique cuts by VTK's reslice filter. Only views that need it load VTK."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkImagingCore import vtkImageReslice

from app.viewer.scene.planes import Cut
from app.viewer.scene.slab import Slab, SlabMode
from app.viewer.scene.voxels import Array, Voxels

FINEST, FINEST_DRAG = 0.7, 1.0
"""Sampling is never finer than this part of the smallest spacing: between, pixels are mixed."""
DRAG_SAMPLES = 1_500_000
"""Voxels that one oblique picture may read while dragging: some 15 ms."""


_SLABS = {
    SlabMode.MIP: "SetSlabModeToMax",
    SlabMode.MINIP: "SetSlabModeToMin",
    SlabMode.MEAN: "SetSlabModeToMean",
}


class Reslicer:
    """Oblique cuts of one volume. Use it from one thread: the filter inside keeps its buffers."""

    def __init__(self, voxels: Voxels) -> None:
        self._voxels = voxels
        self._filter = _filter(voxels)

    def plane(self, cut: Cut, slab: Slab, stop: Callable[[], bool], *, draft: bool) -> Array | None:
        """Stored values of the cut, on as many pixels as are worth it; None once `stop` says so."""
        spacing = float(self._voxels.spacing.min())
        layers = max(1, round(slab.thickness_mm / spacing))
        coarse = cut.scaled(_detail(cut, spacing, layers, draft=draft))
        reslice = self._filter
        if draft and layers > 1:
            reslice.SetInterpolationModeToNearestNeighbor()
        else:
            reslice.SetInterpolationModeToLinear()
        reslice.SetResliceAxes(reslice_axes(self._voxels, coarse, spacing))
        reslice.SetSlabNumberOfSlices(layers)
        getattr(reslice, _SLABS[slab.mode])()
        plane = np.empty((coarse.height, coarse.width), self._voxels.values.dtype)
        rows = max(16, DRAG_SAMPLES // (coarse.width * layers))
        for first in range(0, coarse.height, rows):
            if stop():
                return None
            self._draw(plane, first, min(coarse.height, first + rows))
        return plane

    def _draw(self, plane: Array, first: int, last: int) -> None:
        """Fill some rows: a thick slab takes so long that one must be able to stop between them."""
        reslice = self._filter
        reslice.SetOutputExtent(0, plane.shape[1] - 1, first, last - 1, 0, 0)
        reslice.Update()
        scalars = vtk_to_numpy(reslice.GetOutput().GetPointData().GetScalars())
        plane[first:last] = scalars.reshape(last - first, plane.shape[1])


def _detail(cut: Cut, spacing: float, layers: int, *, draft: bool) -> float:
    """Samples for each pixel of the view's sides, at most 1."""
    detail = min(1.0, cut.pitch / ((FINEST_DRAG if draft else FINEST) * spacing))
    if draft:
        wanted = cut.width * cut.height * detail**2 * layers
        detail *= min(1.0, (DRAG_SAMPLES / wanted) ** 0.5)
    return detail


def as_image(values: NDArray[np.generic]) -> vtkImageData:
    """`values` [slice, row, column] as a VTK image in index coordinates, without a copy.

    VTK holds a reference to the array, and only reads it.
    """
    image = vtkImageData()
    slices, rows, columns = values.shape
    image.SetDimensions(columns, rows, slices)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(values).reshape(-1)))
    return image


def _filter(voxels: Voxels) -> vtkImageReslice:
    reslice = vtkImageReslice()
    reslice.SetInputData(as_image(voxels.values))
    reslice.SetOutputDimensionality(2)
    reslice.SetOutputSpacing(1, 1, 1)
    reslice.SetOutputOrigin(0, 0, 0)
    reslice.SetBackgroundLevel(voxels.least)
    # A mean takes fractions at both ends otherwise, which shifts it against the native one.
    reslice.SetSlabTrapezoidIntegration(0)
    return reslice


def reslice_axes(voxels: Voxels, cut: Cut, spacing: float) -> vtkMatrix4x4:
    """Output pixel (x, y, layer) to VTK's index (column, row, slice); VTK centres a slab itself."""
    columns = np.eye(4)
    columns[:3, 0] = np.array(cut.orientation.right) * cut.pitch
    columns[:3, 1] = np.array(cut.orientation.down) * cut.pitch
    columns[:3, 2] = np.array(cut.orientation.normal) * spacing
    columns[:3, 3] = cut.lps(0, 0)
    index = voxels.inverse @ columns
    matrix = vtkMatrix4x4()
    matrix.DeepCopy(index[[2, 1, 0, 3]].ravel())
    return matrix
