"""A loaded series as a volume for MPR and 3D, or the reason why it is none."""

from dataclasses import dataclass

import numpy as np

from app.dicom.geometry import VolumeLayout, volume_layout
from app.viewer.load.series import LoadedSeries
from app.viewer.scene.voxels import Array, Floats, Voxels

INCOMPLETE = "incomplete"


@dataclass(frozen=True, eq=False, slots=True)
class Volume:
    """Voxels with warnings, or a refusal; the words are those of `app.dicom.geometry`."""

    voxels: Voxels | None = None
    refusal: str = ""
    warnings: tuple[str, ...] = ()


def refusal(series: LoadedSeries) -> str:
    """Why the series will be no volume, as far as its headers say; quick."""
    return layout(series).refusal


def layout(series: LoadedSeries) -> VolumeLayout:
    """How the pictures of the series stack."""
    return volume_layout([source.image for source in series.manifest.images])


def volume(series: LoadedSeries) -> Volume:
    """The series as a volume; its voxels are the pixels in memory where they lie in order."""
    found = layout(series)
    if found.refusal:
        return Volume(refusal=found.refusal)
    if not series.complete or series.failed:
        return Volume(refusal=INCOMPLETE)
    order = _positions(series, found)
    images = [series.shots[index].image for index in order]
    functions = {image.voi_function for image in images}
    function = functions.pop() if len(functions) == 1 else "LINEAR"
    scales = {(image.slope, image.intercept) for image in images}
    if len(scales) > 1:
        rescaled = Voxels(_rescaled(series, order), found.affine, voi_function=function)
        return Volume(rescaled, warnings=found.warnings)
    values, affine = _in_order(series, order, found.affine)
    slope, intercept = scales.pop()
    return Volume(Voxels(values, affine, slope, intercept, function), warnings=found.warnings)


def _positions(series: LoadedSeries, found: VolumeLayout) -> list[int]:
    starts = np.cumsum([0] + [image.image.format.frames for image in series.manifest.images])
    return [int(starts[image]) + frame for image, frame in found.order]


def _in_order(series: LoadedSeries, order: list[int], affine: Floats) -> tuple[Array, Floats]:
    """The slab as it is when it runs along the volume or against it, else a copy."""
    slab, count = series.slab, series.count
    if slab is not None and order == list(range(count)):
        return slab, affine
    if slab is not None and order == list(range(count))[::-1]:
        turned = affine.copy()
        turned[:3, 3] += affine[:3, 0] * (count - 1)
        turned[:3, 0] = -affine[:3, 0]
        return slab, turned
    return np.stack(
        [frame for index in order if (frame := series.frame(index)) is not None]
    ), affine


def _rescaled(series: LoadedSeries, order: list[int]) -> Array:
    """Modality units: for series whose slices have scales of their own, as PET has."""
    first = series.shots[order[0]].image.format
    values = np.empty((len(order), first.rows, first.columns), np.float32)
    for place, index in enumerate(order):
        image, frame = series.shots[index].image, series.frame(index)
        np.multiply(frame, image.slope, out=values[place], casting="unsafe")  # type: ignore[arg-type]  # complete
        values[place] += image.intercept
    return values
