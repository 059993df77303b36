"""Pictures in another size and as files; OpenCV is loaded with the first, not by the start."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Samples = TypeVar("Samples", bound=np.generic)


def resized(picture: NDArray[Samples], size: tuple[int, int]) -> NDArray[Samples]:
    """`picture`, (rows, columns) or with colours, in `size`, (width, height) px."""
    import cv2

    shrinks = size[0] * size[1] < picture.shape[0] * picture.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    result: Any = cv2.resize(np.ascontiguousarray(picture), size, interpolation=method)
    return np.asarray(result)


def jpeg(picture: NDArray[np.generic], quality: int) -> bytes:
    """Greys or RGB of 8 bits as JPEG; `quality` from 1 to 100."""
    import cv2

    return _encoded(picture, ".jpg", cv2.IMWRITE_JPEG_QUALITY, quality)


def png(picture: NDArray[np.generic]) -> bytes:
    """Greys or RGB of 8 or 16 bits as PNG."""
    return _encoded(picture, ".png")


def _encoded(picture: NDArray[np.generic], kind: str, *parameters: int) -> bytes:
    import cv2

    if picture.ndim == 3:
        picture = picture[..., ::-1]  # OpenCV writes BGR
    _is_done, encoded = cv2.imencode(kind, np.ascontiguousarray(picture), parameters)
    return bytes(encoded.tobytes())
