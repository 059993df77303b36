"""Greys of stored values: by a window, else as the image itself asks for (PS3.3 C.11.2)."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.dicom import pixels
from app.dicom.luts import Lut
from app.dicom.part10 import Source
from app.domain.image import Image

DARKEST_PERCENT, BRIGHTEST_PERCENT = 1.0, 99.0
Picture = NDArray[np.unsignedinteger]
Values = NDArray[np.float32]


class VoiFunction(StrEnum):
    """How values become greys (PS3.3 C.11.2.1.3)."""

    LINEAR = "linear"
    LINEAR_EXACT = "linear-exact"
    SIGMOID = "sigmoid"


@dataclass(frozen=True, slots=True)
class VoiWindow:
    """A window in modality units; without a `function` by that of the image."""

    centre: float
    width: float
    function: VoiFunction | None = None


def grey_type(top: int) -> type[np.unsignedinteger]:
    """What greys from 0 to `top` are kept in."""
    return np.uint8 if top <= 255 else np.uint16


def greys(
    source: Source,
    image: Image,
    stored: NDArray[np.generic],
    window: VoiWindow | None = None,
    *,
    top: int = 255,
) -> Picture:
    """Greys from 0, black, to `top` of stored values of one frame of the object in `source`.

    Without `window` by the object's first VOI LUT, else its first window, else by what the values
    are. `image` is what its header gave for that frame.
    """
    values = pixels.modality_values(source, image, stored)
    values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    tables = () if window else pixels.voi_luts(source, image)
    if tables:
        grey = _by_table(values, tables[0], top)
    else:
        grey = _by_window(values, window or _own(image) or _spread(values), image, top)
    is_inverted = image.format.photometric_interpretation == "MONOCHROME1"
    return grey.dtype.type(top) - grey if is_inverted else grey


def _own(image: Image) -> VoiWindow | None:
    if not image.windows or image.windows[0].width <= 0:
        return None
    return VoiWindow(image.windows[0].centre, image.windows[0].width)


def _spread(values: Values) -> VoiWindow:
    low, high = np.percentile(values, (DARKEST_PERCENT, BRIGHTEST_PERCENT))
    width = max(float(high - low), 1e-6)
    return VoiWindow(float(low) + width / 2, width, VoiFunction.LINEAR_EXACT)


def _by_table(values: Values, table: Lut, top: int) -> Picture:
    entries = table.apply(values).astype(np.float32) * np.float32(top / (2**table.bits - 1))
    return np.asarray(np.clip(np.rint(entries), 0, top), grey_type(top))


def _by_window(values: Values, window: VoiWindow, image: Image, top: int) -> Picture:
    """PS3.3 C.11.2.1.2 and C.11.2.1.3."""
    centre, width = window.centre, window.width
    function = window.function or VoiFunction(image.voi_function.lower().replace("_", "-"))
    if function is VoiFunction.SIGMOID:
        exponent = np.clip(-4 * (values - centre) / width, -80, 80)
        shown = top / (1 + np.exp(exponent))
    elif function is VoiFunction.LINEAR_EXACT:
        shown = ((values - centre) / width + 0.5) * top
    else:
        shown = ((values - (centre - 0.5)) / max(width - 1, 1e-6) + 0.5) * top
    return np.asarray(np.clip(shown, 0, top), grey_type(top))
