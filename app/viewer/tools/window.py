"""Window by dragging: right is wider, up is brighter (a lower centre)."""

import math

from app.domain.image import Window
from app.viewer.model.changes import windowed
from app.viewer.model.state import ViewerState
from app.viewer.tools.touch import Drag

DOUBLING = 150.0
"""Logical pixels to the right that double the width."""
CROSSING = 400.0
"""Logical pixels up that move the centre by one width."""


def dragged(state: ViewerState, drag: Drag) -> ViewerState:
    """The tile with a window that follows the mouse; a colour picture has none."""
    old = drag.start.window
    if old is None:
        return state
    dx, dy = drag.by
    width = old.width * math.pow(2, dx / DOUBLING)
    centre = old.centre + dy / CROSSING * max(old.width, width)
    # Whole numbers read better where the scale has some hundred steps.
    digits = 0 if old.width >= 100 else 1 if old.width >= 10 else 3
    return windowed(state, drag.start.tile, Window(round(centre, digits), round(width, digits)))
