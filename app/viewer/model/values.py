"""Types of pixel values that the drawing code knows."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]


def drawable(values: Array) -> Array:
    """8 bit unsigned, 16 bit or 32-bit floats, without loss for up to 24 bits.

    A copy only where it has to be one.
    """
    if values.dtype in (np.uint8, np.int16, np.uint16, np.float32):
        return values
    if values.dtype in (np.int8, np.bool_):
        return values.astype(np.int16)
    return values.astype(np.float32)
