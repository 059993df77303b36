"""Which window a picture opens with, and the presets on the number keys."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image, Window
from app.language import mark

PET_SUV = (0.0, 6.0)
"""The range a PET opens with, in SUV."""
Percent = tuple[float, float]
AUTOMATIC, NARROW, WIDE = (1.0, 99.5), (10.0, 95.0), (0.0, 99.95)
"""Percentiles of the values that windows by values run between."""
SAMPLE = 65_536
"""Pixels an automatic window looks at."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A named window of CT, in HU; `key` is its number key or nothing."""

    name: str
    window: Window
    key: str = ""


CT_PRESETS: tuple[Preset, ...] = (
    Preset(mark("Soft tissue"), Window(40, 400), "1"),
    Preset(mark("Lung"), Window(-600, 1500), "2"),
    Preset(mark("Bone"), Window(350, 2000), "3"),
    Preset(mark("Brain"), Window(40, 80), "4"),
    Preset(mark("Liver"), Window(90, 150), "5"),
    Preset(mark("Mediastinum"), Window(50, 350), "6"),
    Preset(mark("Vessels"), Window(200, 600), "7"),
    Preset(mark("Stroke"), Window(40, 40), "8"),
    Preset(mark("Sinuses and temporal bone"), Window(400, 4000), "9"),
    Preset(mark("Emphysema"), Window(-850, 500)),
    Preset(mark("Larynx"), Window(80, 180)),
    Preset(mark("Pelvis"), Window(50, 450)),
    Preset(mark("Posterior fossa"), Window(40, 120)),
)


def presets_for(modality: str) -> tuple[Preset, ...]:
    """The presets that make sense for a modality: only CT has a scale that all scanners share."""
    return CT_PRESETS if modality == "CT" else ()


def preset_window(modality: str, key: str) -> Window | None:
    """The preset's window of a number key."""
    return next((each.window for each in presets_for(modality) if each.key == key), None)


def own_window(image: Image) -> Window | None:
    """The window the picture brings: the first stored one; for a PET with SUV its usual range."""
    if image.modality == "PT" and image.suv_factor:
        low, high = (suv / image.suv_factor for suv in PET_SUV)
        return Window((low + high) / 2, high - low)
    return next((window for window in image.windows if window.width > 0), None)


def auto_window(
    values: NDArray[np.generic], slope: float, intercept: float, percent: Percent = AUTOMATIC
) -> Window:
    """A window by percentiles of stored `values`, in modality units."""
    low, high = np.percentile(_sample(values).astype(np.float64), percent)
    return _between(float(low), float(high), slope, intercept)


def full_window(values: NDArray[np.generic], slope: float, intercept: float) -> Window:
    """The window that shows every stored value, in modality units."""
    finite = _sample(values, values.size).astype(np.float64)
    return _between(float(np.min(finite)), float(np.max(finite)), slope, intercept)


def _sample(values: NDArray[np.generic], most: int = SAMPLE) -> NDArray[np.generic]:
    flat = values.reshape(-1)[:: max(1, values.size // most)]
    if np.issubdtype(flat.dtype, np.floating):
        flat = flat[np.isfinite(flat)]
    return flat if flat.size else np.zeros(1, values.dtype)


def _between(low: float, high: float, slope: float, intercept: float) -> Window:
    low, high = sorted((low * slope + intercept, high * slope + intercept))
    # The linear function spans width - 1 around centre - 0.5 (PS3.3 C.11.2.1.2.1).
    width = max(high - low, abs(slope)) + 1
    return Window((low + high) / 2 + 0.5, width)
