"""Letters of the patient at the edges of a picture. Directions are LPS."""

import math

from app.domain.image import Image, Plane, Vector
from app.viewer.model.turn import Turn

Edges = tuple[str, str, str, str]
"""Letters of the left, right, top and bottom edge."""

_OPPOSITE = str.maketrans("LRAPHF", "RLPAFH")


def letters(direction: Vector) -> str:
    """Patient letters of a direction, the strongest first: `L`, or `LA` when it is oblique.

    H and F are head and feet (PS3.3 C.7.6.1.1.1). A part under 20 degrees off an axis has none.
    """
    length = math.hypot(*direction) or 1.0
    parts = [
        (abs(part) / length, name[0] if part > 0 else name[1])
        for part, name in zip(direction, ("LR", "PA", "HF"), strict=True)
    ]
    least = math.sin(math.radians(20))
    return "".join(letter for part, letter in sorted(parts, reverse=True) if part >= least)


def opposite(names: str) -> str:
    """The letters of the opposite direction."""
    return names.translate(_OPPOSITE)


def frame_plane(image: Image, frame: int) -> Plane | None:
    """Where `frame` lies, when the object says so."""
    if not image.planes:
        return None
    return image.planes[frame] if frame < len(image.planes) > 1 else image.planes[0]


def image_edges(image: Image, frame: int, turn: Turn) -> Edges | None:
    """Letters of the edges of the turned picture, or None when the object is silent."""
    plane = frame_plane(image, frame)
    if plane is not None:
        right, down = letters(plane.row_direction), letters(plane.column_direction)
    elif len(image.patient_orientation) == 2:
        right, down = image.patient_orientation
    else:
        return None
    if not right or not down:
        return None
    return _turned(right, down, turn)


def _turned(right: str, down: str, turn: Turn) -> Edges:
    (a, b), (c, d) = turn.matrix
    across = {1: right, -1: opposite(right)}.get(a) or (down if b > 0 else opposite(down))
    along = {1: right, -1: opposite(right)}.get(c) or (down if d > 0 else opposite(down))
    return opposite(across), across, opposite(along), along
