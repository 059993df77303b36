"""The chosen tool worked by keys, as if the mouse were dragged from the middle of the tile."""

from dataclasses import replace

from app.viewer.model.changes import scrolled
from app.viewer.model.state import ToolName, ViewerState
from app.viewer.model.view import Point
from app.viewer.tools import length
from app.viewer.tools.mouse import DRAGGING
from app.viewer.tools.touch import Drag, Touch

STEP, LARGE_STEP = 12.0, 60.0
"""Logical pixels that a key stands for, alone and with Shift."""
LINE_STEP, LARGE_LINE_STEP = 1.0, 20.0
"""The same for the end of a line."""
IMAGES, MANY_IMAGES = 1, 10


def stepped(state: ViewerState, touch: Touch, way: Point, *, large: bool) -> ViewerState:
    """The tool moved one step along `way`, a unit vector (+x right, +y down)."""
    if state.tool is ToolName.LENGTH or state.drawing is not None:
        return length.nudged(state, touch, _times(way, LARGE_LINE_STEP if large else LINE_STEP))
    if state.tool is ToolName.SCROLL:
        by = round(way[0] + way[1]) * (MANY_IMAGES if large else IMAGES)
        return scrolled(state, touch.tile, by)
    by_view = _times(way, (LARGE_STEP if large else STEP) * touch.view.ratio)
    now = replace(touch, at=(touch.at[0] + by_view[0], touch.at[1] + by_view[1]))
    return DRAGGING[state.tool](state, Drag(state, touch, now))


def entered(state: ViewerState, touch: Touch) -> ViewerState:
    """With the length tool: a line begun in the middle, its start set, then its end."""
    return length.entered(state, touch) if state.tool is ToolName.LENGTH else state


def _times(way: Point, factor: float) -> Point:
    return way[0] * factor, way[1] * factor
