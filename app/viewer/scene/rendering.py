"""Volume rendering off screen: a scene with one volume, its camera and its look.

A scene belongs to the thread that made it: windows of OpenGL cannot change threads.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np
import vtkmodules.vtkRenderingOpenGL2
import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401 - both register their classes
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkCommand, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPiecewiseFunction
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import (
    vtkColorTransferFunction,
    vtkLight,
    vtkRenderer,
    vtkRenderWindow,
    vtkVolume,
    vtkVolumeProperty,
)
from vtkmodules.vtkRenderingVolume import (
    vtkFixedPointVolumeRayCastMapper,
    vtkGPUVolumeRayCastMapper,
)

from app.viewer.scene.camera import View
from app.viewer.scene.planes import vector
from app.viewer.scene.presets import HU, Preset
from app.viewer.scene.reslice import as_image
from app.viewer.scene.smooth import SPREAD_DRAFT_PX, SPREAD_PX, smoothed
from app.viewer.scene.voxels import Array, Voxels

BACKGROUND = (0.043, 0.043, 0.047)
DRAG_BUDGET_S = 0.022
COARSEST = 6

Rgb = NDArray[np.uint8]


class VolumeScene:
    """One volume in one off-screen window. `draft` scenes keep within DRAG_BUDGET_S a picture.

    `voxels` may be a part of the volume `whole`, or made coarser: the eye always looks at `whole`.
    """

    def __init__(
        self, voxels: Voxels, *, gpu: bool, draft: bool, whole: Voxels | None = None
    ) -> None:
        self._voxels = _upright(voxels)
        self._whole = whole or voxels
        self._soft: vtkImageData | None = None
        self._exact: vtkImageData | None = None
        self._draft = draft
        self._coarseness = 2.0
        self._preset: tuple[Preset, float] | None = None
        self._superseded: Callable[[], bool] = _never
        self._pixels = vtkUnsignedCharArray()
        self._window = vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(*BACKGROUND)
        self._renderer.SetLightFollowCamera(1)
        self._renderer.AddLight(_lamp())
        self._window.AddRenderer(self._renderer)
        self._mapper = self._gpu_mapper() if gpu else self._cpu_mapper()
        self._volume = vtkVolume()
        self._volume.SetMapper(self._mapper)
        self._volume.SetUserMatrix(_placing(self._voxels))
        self._renderer.AddVolume(self._volume)
        self._window.AddObserver(vtkCommand.AbortCheckEvent, self._check_abort)

    def picture(self, view: View, superseded: Callable[[], bool]) -> Rgb | None:
        """(height, width, 3) 8-bit, or None when it was superseded on the way."""
        self._superseded = superseded
        self._window.SetSize(view.width, view.height)
        self._look(view.preset, view.offset)
        self._aim(view)
        self._window.SetAbortRender(0)
        started = perf_counter()
        self._window.Render()
        if self._window.GetAbortRender() or superseded():
            return None
        if self._draft:
            self._adapt(perf_counter() - started)
        return self._read(view)

    def close(self) -> None:
        """Give back the window and what the driver holds."""
        self._renderer.RemoveVolume(self._volume)
        self._mapper.ReleaseGraphicsResources(self._window)
        self._window.RemoveAllObservers()
        self._window.Finalize()

    def _read(self, view: View) -> Rgb:
        self._window.GetPixelData(0, 0, view.width - 1, view.height - 1, 0, self._pixels, 0)
        rgb = vtk_to_numpy(self._pixels).reshape(view.height, view.width, 3)
        return np.ascontiguousarray(rgb[::-1])

    def _check_abort(self, window: vtkRenderWindow, _event: str) -> None:
        if self._superseded():
            window.SetAbortRender(1)

    def _softened(self) -> vtkImageData:
        """What light falls on; made once."""
        if self._soft is None:
            spread = SPREAD_DRAFT_PX if self._draft else SPREAD_PX
            self._soft = self._image(smoothed(self._voxels.values, spread))
        return self._soft

    def _as_measured(self) -> vtkImageData:
        """What is projected without light; made once."""
        if self._exact is None:
            self._exact = self._image(self._voxels.values)
        return self._exact

    def _image(self, values: Array) -> vtkImageData:
        image = as_image(values)
        slices, rows, columns = self._voxels.spacing
        image.SetSpacing(columns, rows, slices)
        return image

    def _cpu_mapper(self) -> vtkFixedPointVolumeRayCastMapper:
        mapper = vtkFixedPointVolumeRayCastMapper()
        mapper.AutoAdjustSampleDistancesOff()
        finest = float(self._voxels.spacing.min())
        step = finest * (1.0 if self._draft else 0.6)
        mapper.SetSampleDistance(step)
        mapper.SetInteractiveSampleDistance(step)
        mapper.SetImageSampleDistance(self._coarseness if self._draft else 1.0)
        return mapper

    def _gpu_mapper(self) -> vtkGPUVolumeRayCastMapper:
        mapper = vtkGPUVolumeRayCastMapper()
        mapper.AutoAdjustSampleDistancesOff()
        mapper.UseJitteringOn()
        mapper.SetSampleDistance(float(self._voxels.spacing.min()) * 0.5)
        return mapper

    def _adapt(self, seconds: float) -> None:
        """Choose how many pixels share a ray so that the next picture fits the budget."""
        if not isinstance(self._mapper, vtkFixedPointVolumeRayCastMapper):
            return
        ideal = self._coarseness * (seconds / DRAG_BUDGET_S) ** 0.5
        self._coarseness = min(max(0.5 * self._coarseness + 0.5 * ideal, 1.0), COARSEST)
        self._mapper.SetImageSampleDistance(round(self._coarseness, 1))

    def _look(self, preset: Preset, offset: float) -> None:
        if self._preset == (preset, offset):
            return
        self._preset = (preset, offset)
        self._volume.SetProperty(_property(preset, offset, self._voxels, self._whole.range))
        lit = preset.shaded and not preset.projection
        self._mapper.SetInputData(self._softened() if lit else self._as_measured())
        if preset.projection == "max":
            self._mapper.SetBlendModeToMaximumIntensity()
        else:
            self._mapper.SetBlendModeToComposite()

    def _aim(self, view: View) -> None:
        camera, eye = view.camera, self._renderer.GetActiveCamera()
        corners = self._whole.corners
        centre = self._whole.centre
        radius = float(np.linalg.norm(corners - centre, axis=1).max())
        fitted = _fitted_height(corners - centre, view.width / view.height)
        height = fitted / camera.zoom
        right, up, towards = camera.axes()
        focus = centre + (-camera.shift[0] * right + camera.shift[1] * up) * height
        eye.ParallelProjectionOn()
        eye.SetFocalPoint(*vector(focus))
        eye.SetPosition(*vector(focus + towards * radius * 3))
        eye.SetViewUp(*camera.up)
        eye.SetParallelScale(height / 2)
        eye.SetClippingRange(radius * 0.5, radius * 6)


def _never() -> bool:
    return False


def _fitted_height(corners: NDArray[np.float64], aspect: float) -> float:
    """Height in mm that shows the volume from the front and the side, with a little room."""
    across = np.ptp(corners[:, :2], axis=0).max()
    return float(max(np.ptp(corners[:, 2]), across / aspect) * 1.04)


def _upright(voxels: Voxels) -> Voxels:
    """Right-handed columns, rows, slices: VTK lights a mirrored volume from behind."""
    matrix = voxels.affine[:3, [2, 1, 0]]
    if np.linalg.det(matrix) > 0:
        return voxels
    affine = voxels.affine.copy()
    affine[:3, 3] += affine[:3, 0] * (voxels.values.shape[0] - 1)
    affine[:3, 0] = -affine[:3, 0]
    values = np.ascontiguousarray(voxels.values[::-1])
    return Voxels(values, affine, voxels.slope, voxels.intercept)


def _placing(voxels: Voxels) -> vtkMatrix4x4:
    """VTK's own millimetres (index times spacing) to LPS."""
    matrix = vtkMatrix4x4()
    placed = np.eye(4)
    placed[:3, :3] = (voxels.affine[:3, :3] / voxels.spacing)[:, [2, 1, 0]]
    placed[:3, 3] = voxels.affine[:3, 3]
    matrix.DeepCopy(placed.ravel())
    return matrix


def _lamp() -> vtkLight:
    """A light over the viewer's left shoulder: straight light makes everything flat."""
    lamp = vtkLight()
    lamp.SetLightTypeToCameraLight()
    lamp.SetPosition(-0.35, 0.45, 1.0)
    lamp.SetFocalPoint(0, 0, 0)
    lamp.SetIntensity(1.0)
    return lamp


def _property(
    preset: Preset, offset: float, voxels: Voxels, span: tuple[float, float]
) -> vtkVolumeProperty:
    stored = _to_stored(preset, offset, voxels, span)
    opacity, colour = vtkPiecewiseFunction(), vtkColorTransferFunction()
    for value, part in preset.opacity:
        opacity.AddPoint(stored(value), part)
    for value, text in preset.colours:
        colour.AddRGBPoint(stored(value), *(int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)))
    look = vtkVolumeProperty()
    look.SetInterpolationTypeToLinear()
    look.SetScalarOpacity(opacity)
    look.SetColor(colour)
    look.SetScalarOpacityUnitDistance(preset.unit_mm)
    if preset.shaded and not preset.projection:
        look.ShadeOn()
        look.SetAmbient(preset.ambient)
        look.SetDiffuse(preset.diffuse)
        look.SetSpecular(preset.specular)
        look.SetSpecularPower(preset.power)
    return look


def _to_stored(
    preset: Preset, offset: float, voxels: Voxels, span: tuple[float, float]
) -> Callable[[float], float]:
    """From the preset's scale to stored values; `offset` is in parts of the volume's `span`."""
    low, high = span
    shift = offset * (high - low)

    def stored(value: float) -> float:
        modality = value if preset.scale == HU else low + value * (high - low)
        return (modality + shift - voxels.intercept) / voxels.slope

    return stored
