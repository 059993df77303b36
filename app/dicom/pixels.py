"""Pixels of one frame: stored values, or 8-bit RGB for colour images.

`decode` works in this process, in parallel and fast; codestreams whose headers don't fit the object
never reach a codec. `decode_guarded` gives the same in a worker process of bounded memory and time,
for a server that must outlive whatever it is sent.
"""

import numpy as np
from numpy.typing import NDArray

from app.dicom.decoding import decode, opened, rescaled
from app.dicom.guard import decode_guarded
from app.dicom.luts import Lut
from app.dicom.part10 import Source
from app.dicom.undecodable import UndecodableError, UndecodableReason
from app.domain.image import Image

__all__ = [
    "Lut",
    "UndecodableError",
    "UndecodableReason",
    "decode",
    "decode_guarded",
    "modality_values",
    "opened",
    "voi_luts",
]

Array = NDArray[np.generic]


def modality_values(source: Source, image: Image, stored: Array) -> NDArray[np.float32]:
    """Stored values in modality units: by the object's Modality LUT, else slope and intercept."""
    if not image.has_luts:
        return rescaled(image, stored)
    with opened(source, image) as pixels:
        return pixels.modality_values(stored)


def voi_luts(source: Source, image: Image) -> tuple[Lut, ...]:
    """The object's VOI LUTs, the default one first; they take modality values."""
    if not image.has_luts:
        return ()
    with opened(source, image) as pixels:
        return pixels.voi_luts()
