"""One frame in one viewport: laid, windowed by its own rules, turned."""

from dataclasses import dataclass

import cv2
import numpy as np

from app.domain.image import Image, Window
from app.viewer.model.view import View
from app.viewer.scene.grey import Grey, Placement, Shading, lay, on_stored
from app.viewer.scene.voxels import Array

_ROTATIONS = (None, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)


@dataclass(frozen=True, slots=True)
class Plain:
    """Colours as they are, or inverted."""

    inverted: bool = False

    def apply(self, values: Array) -> Grey:
        """The same 8-bit samples."""
        return cv2.bitwise_not(values) if self.inverted else values  # type: ignore[return-value, call-overload]  # uint8


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
    return on_stored(
        image.voi_function,
        (window.centre, window.width),
        (image.slope or 1.0, image.intercept),
        inverted=inverted ^ (image.format.photometric_interpretation == "MONOCHROME1"),
    )


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
