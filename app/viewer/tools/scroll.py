"""Leafing through a series by dragging: down is further."""

from app.viewer.model.changes import scrolled_to
from app.viewer.model.state import ViewerState
from app.viewer.tools.touch import Drag

NEAREST, FARTHEST = 2.0, 24.0
"""Logical pixels for each picture: a long series moves faster."""


def dragged(state: ViewerState, drag: Drag) -> ViewerState:
    """The tile at the picture that the mouse has come to."""
    tile = drag.before.tiles[drag.start.tile]
    view = drag.start.view
    step = view.height / view.ratio / max(tile.count, 1)
    step = min(max(step, NEAREST), FARTHEST)
    return scrolled_to(state, drag.start.tile, tile.index + round(drag.by[1] / step))
