"""One frame in one viewport: laid, windowed by its own rules, turned."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from app.domain.image import Image, Window
from app.viewer.model.view import View
from app.viewer.scene.grey import Grey, Placement, Shade, Shading, lay
from app.viewer.scene.voxels import Array

_ROTATIONS = (None, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)


@dataclass(frozen=True, slots=True)
class Plain:
    """Colours as they are, or inverted."""

    inverted: bool = False

    def apply(self, values: Array) -> Grey:
        """The same 8-bit samples."""
        return cv2.bitwise_not(values) if self.inverted else values  # type: ignore[return-value, call-overload]  # uint8


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


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """A VOI look-up table (PS3.3 C.11.2.1.1): 8-bit entries from the value `first` on."""

    first: float
    entries: Grey
    inverted: bool = False

    def apply(self, values: Array) -> Grey:
        """8-bit grey; values outside take the table's ends."""
        index = np.clip(np.rint(values - self.first), 0, len(self.entries) - 1)
        grey = self.entries[index.astype(np.int32)]
        return cv2.bitwise_not(grey) if self.inverted else grey  # type: ignore[return-value]  # uint8


def shading(image: Image, window: Window, *, inverted: bool) -> Shading:
    """What makes grey of an image's stored values for a window in modality units.

    MONOCHROME1 shows low values bright (PS3.3 C.7.6.3.1.2).
    """
    slope = image.slope or 1.0
    dark = inverted ^ (image.format.photometric_interpretation == "MONOCHROME1") ^ (slope < 0)
    centre = (window.centre - image.intercept) / slope
    width = window.width / abs(slope)
    if image.voi_function == "SIGMOID":
        return Sigmoid(centre, width, dark)
    if image.voi_function == "LINEAR_EXACT":
        return Shade(centre + 0.5, width + 1, dark)
    # The linear function spans width - 1 around centre - 0.5, in modality units.
    span = max(window.width - 1, 1e-6 * abs(slope)) / abs(slope)
    return Shade((window.centre - 0.5 - image.intercept) / slope + 0.5, span + 1, dark)


def draw(values: Array, view: View, shade: Shading) -> Grey:
    """The viewport's pixels (height, width[, 3]).

    The picture is laid upright and its pixels are turned: that is cheaper than turning values.
    """
    width, height = (view.height, view.width) if view.turn.sideways else (view.width, view.height)
    step_x, step_y = view.steps
    x = (width - 1) / 2 - (view.focus[0] * view.columns - 0.5) * step_x
    y = (height - 1) / 2 - (view.focus[1] * view.rows - 0.5) * step_y
    picture = lay(values, Placement(x, y, step_x, step_y), shade, width, height)
    if view.turn.mirrored:
        picture = cv2.flip(picture, 1)  # type: ignore[assignment]  # uint8
    how = _ROTATIONS[view.turn.quarters % 4]
    return picture if how is None else cv2.rotate(picture, how)  # type: ignore[return-value]  # uint8
