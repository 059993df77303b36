"""Frames of the stack viewer beside vtkImageSlice with read-back, and a bare memory copy."""

from collections.abc import Callable, Iterator

import numpy as np
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - registers the OpenGL window
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import (
    vtkImageSlice,
    vtkImageSliceMapper,
    vtkRenderer,
    vtkRenderWindow,
)

from app.viewer.model.view import View
from app.viewer.scene.backend import probe
from app.viewer.scene.flat import draw
from app.viewer.scene.grey import Shade
from app.viewer.scene.reslice import as_image
from benchmarks.samples import Place, chest_voxels
from benchmarks.table import Row, paired_ms

SIZE = 1024


def run(place: Place) -> Iterator[Row]:
    """Measure scrolling and windowing in a view of 1024² device pixels."""
    values = chest_voxels(place).values
    view = View(SIZE, SIZE, values.shape[2], values.shape[1])
    step = [0]

    def next_step() -> int:
        step[0] = (step[0] + 1) % 200
        return step[0]

    def scroll() -> None:
        draw(values[next_step() + 50], view, Shade(1064, 400))

    def window() -> None:
        draw(values[150], view, Shade(1000 + next_step(), 400))

    picture = np.zeros((SIZE, SIZE), np.uint8)
    jobs = (("scroll frame, 1024²", scroll), ("window/level frame, 1024²", window))
    peer = _image_slice(values, next_step) if probe().available else None
    for name, job in jobs:
        if peer is not None:
            value, other = paired_ms(job, peer)
            yield Row(name, value, "ms", "vtkImageSlice + readback", other, 4, 1 / 6)
    value, other = paired_ms(scroll, picture.copy)
    yield Row("scroll frame, 1024²", value, "ms", "memcpy of the picture", other, 4)


def _image_slice(values: np.ndarray, next_step: Callable[[], int]) -> Callable[[], object]:
    mapper, actor, renderer = vtkImageSliceMapper(), vtkImageSlice(), vtkRenderer()
    mapper.SetInputData(as_image(values))
    actor.SetMapper(mapper)
    actor.GetProperty().SetInterpolationTypeToCubic()
    renderer.AddViewProp(actor)
    window = vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(SIZE, SIZE)
    window.AddRenderer(renderer)
    renderer.ResetCamera()
    pixels = vtkUnsignedCharArray()

    def render() -> object:
        index = next_step()
        mapper.SetSliceNumber(index + 50)
        actor.GetProperty().SetColorLevel(1000 + index)
        actor.GetProperty().SetColorWindow(400)
        window.Render()
        window.GetPixelData(0, 0, SIZE - 1, SIZE - 1, 0, pixels, 0)
        return vtk_to_numpy(pixels)

    return render
