"""Zoom by dragging: up is larger, about the point where the button went down."""

import math

from app.viewer.model.changes import zoomed
from app.viewer.model.state import ViewerState
from app.viewer.tools.touch import Drag

DOUBLING = 120.0
"""Logical pixels up that double the size."""


def dragged(state: ViewerState, drag: Drag) -> ViewerState:
    """The tile zoomed about the point where the button went down."""
    factor = math.pow(2, -drag.by[1] / DOUBLING)
    return zoomed(state, drag.start.tile, drag.start.view, factor, drag.start.at)
