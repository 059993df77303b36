"""Moving the picture with the mouse."""

from app.viewer.model.changes import panned
from app.viewer.model.state import ViewerState
from app.viewer.tools.touch import Drag


def dragged(state: ViewerState, drag: Drag) -> ViewerState:
    """The picture under the mouse stays under it."""
    start, now = drag.start.at, drag.now.at
    return panned(state, drag.start.tile, drag.start.view, (now[0] - start[0], now[1] - start[1]))
