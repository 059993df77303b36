"""From values to grey: windows, and planes laid into a view."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from app.viewer.scene.voxels import Array

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Shade:
    """A linear window on stored values; `inverted` shows high values dark."""

    centre: float
    width: float
    inverted: bool = False

    def apply(self, values: Array) -> Grey:
        """8-bit grey by the linear VOI function (PS3.3 C.11.2.1.2.1)."""
        whole = np.issubdtype(values.dtype, np.integer)
        span = max(self.width - 1, 1e-6)
        gain = 255.0 / span
        low = self.centre - 0.5 - span / 2
        # convertScaleAbs is eight times as fast as addWeighted, but takes absolute values and
        # overflows: what lies outside of the window is brought to its ends first.
        foot, head = (
            _within(np.ceil(end) if whole else end, values.dtype) for end in (low, low + span)
        )
        grey = cv2.convertScaleAbs(np.clip(values, foot, head), alpha=gain, beta=-low * gain)
        if whole and gain > 0.5:
            # The foot is the first whole value inside: in a narrow window it is not black.
            grey *= values >= foot
        return cv2.bitwise_not(grey) if self.inverted else grey  # type: ignore[return-value]  # uint8


def _within(value: float, dtype: "np.dtype[np.generic]") -> np.generic:
    """`value` as a scalar of `dtype`, at its end when it lies beyond."""
    if np.issubdtype(dtype, np.integer):
        value = min(max(value, np.iinfo(dtype).min), np.iinfo(dtype).max)
    return dtype.type(value)


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """The sigmoid VOI function (PS3.3 C.11.2.1.3.1) on stored values."""

    centre: float
    width: float
    inverted: bool = False

    def apply(self, values: Array) -> Grey:
        """8-bit grey; 16-bit values go through a table."""
        if values.dtype.itemsize > 2:
            return self._curve(values)
        table = _table(self, str(values.dtype))
        return table[values.view(f"u{values.dtype.itemsize}")]

    def _curve(self, values: Array) -> Grey:
        scaled = (values.astype(np.float32) - self.centre) * (-4 / self.width)
        grey = 255 / (1 + np.exp(np.clip(scaled, -80, 80)))
        rounded = grey.round().astype(np.uint8)
        return 255 - rounded if self.inverted else rounded

    def whole(self, kind: "np.dtype[np.generic]") -> Grey:
        """The grey of every value of a type, in the order of its bits."""
        bits = np.arange(1 << 8 * kind.itemsize, dtype=f"u{kind.itemsize}")
        return self._curve(bits.view(kind))


@lru_cache(maxsize=8)
def _table(shade: Sigmoid, kind: str) -> Grey:
    return shade.whole(np.dtype(kind))


class Shading(Protocol):
    """Whatever makes 8-bit pixels of values."""

    def apply(self, values: Array) -> Grey:
        """The pixels, of the same rows and columns."""


def on_stored(
    function: str, window: tuple[float, float], scale: tuple[float, float], *, inverted: bool
) -> Shading:
    """What makes grey of stored values by a VOI function (PS3.3 C.11.2.1.2, C.11.2.1.3).

    `window` is centre and width in modality units, `scale` their slope and intercept.
    """
    (centre, width), (slope, intercept) = window, scale
    dark = inverted ^ (slope < 0)
    if function == "SIGMOID":
        return Sigmoid((centre - intercept) / slope, width / abs(slope), dark)
    # The linear function spans width - 1 around centre - 0.5, in modality units.
    less = 0 if function == "LINEAR_EXACT" else 1
    span = max(width - less, 1e-6 * abs(slope)) / abs(slope)
    return Shade((centre - 0.5 * less - intercept) / slope + 0.5, span + 1, dark)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a plane lies in a view: its pixel (0, 0) at (x, y), `step_x`, `step_y` view px each."""

    x: float
    y: float
    step_x: float
    step_y: float


def lay(plane: Array, placement: Placement, shade: Shading, width: int, height: int) -> Grey:
    """The view's picture: the visible crop resized, shaded, black around it; colours stay so.

    A plane of colours has its samples last, and so has its picture.
    Edges fall on whole pixels, so that positions are true to half a pixel of the view.
    """
    view: Grey = np.zeros((height, width, *plane.shape[2:]), np.uint8)
    columns = _visible(placement.x, placement.step_x, plane.shape[1], width)
    rows = _visible(placement.y, placement.step_y, plane.shape[0], height)
    if columns is None or rows is None:
        return view
    crop = np.ascontiguousarray(plane[rows[0] : rows[1], columns[0] : columns[1]])
    left, right = _edges(placement.x, placement.step_x, columns)
    top, bottom = _edges(placement.y, placement.step_y, rows)
    finer = placement.step_x >= 1 and placement.step_y >= 1
    size = (right - left, bottom - top)
    if size != (crop.shape[1], crop.shape[0]):
        how = cv2.INTER_CUBIC if finer else cv2.INTER_AREA
        crop = cv2.resize(crop, size, interpolation=how)
    x0, x1, y0, y1 = max(0, left), min(width, right), max(0, top), min(height, bottom)
    if x0 < x1 and y0 < y1:
        seen = np.ascontiguousarray(crop[y0 - top : y1 - top, x0 - left : x1 - left])
        view[y0:y1, x0:x1] = shade.apply(seen)
    return view


def _visible(start: float, step: float, count: int, size: int) -> tuple[int, int] | None:
    """The first and past-the-last index that the view sees, with a margin for the cubic."""
    first = int(np.floor((-0.5 - start) / step)) - 2
    last = int(np.ceil((size - 0.5 - start) / step)) + 3
    first, last = max(0, first), min(count, last)
    return (first, last) if first < last else None


def _edges(start: float, step: float, run: tuple[int, int]) -> tuple[int, int]:
    low = round(start + (run[0] - 0.5) * step + 0.5)
    return low, max(low + 1, round(start + (run[1] - 0.5) * step + 0.5))
