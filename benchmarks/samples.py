"""What the benchmarks measure on: the sample CT of 300 × 512², made once in the scratch folder."""

from functools import cache, cached_property
from pathlib import Path

import numpy as np
from pydicom import dcmread

from app.demo import samples
from app.viewer.scene.voxels import Voxels


class Place:
    """Where benchmarks work: a scratch folder, and the sample CT, made when first asked for."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch

    @cached_property
    def chest_ct(self) -> Path:
        """The folder of the sample CT's files."""
        return samples.chest_ct(self.scratch / "ct")


@cache
def chest_voxels(place: Place) -> Voxels:
    """The sample CT as a volume, read by pydicom."""
    datasets = [dcmread(path) for path in place.chest_ct.rglob("*.dcm")]
    datasets.sort(key=lambda ds: float(ds.ImagePositionPatient[2]))
    first, last = datasets[0], datasets[-1]
    row, column = (float(part) for part in first.PixelSpacing)
    start = np.array(first.ImagePositionPatient, float)
    step = (np.array(last.ImagePositionPatient, float) - start) / (len(datasets) - 1)
    affine = np.zeros((4, 4))
    affine[:3, 0], affine[1, 1], affine[0, 2] = step, row, column
    affine[:3, 3], affine[3, 3] = start, 1
    values = np.stack([ds.pixel_array for ds in datasets])
    return Voxels(values, affine, float(first.RescaleSlope), float(first.RescaleIntercept))
