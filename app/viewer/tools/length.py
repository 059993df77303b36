"""Measuring a length: press, drag and release, or click, move and click; ends can be moved."""

import math
from dataclasses import replace

from app.viewer.model.changes import with_line
from app.viewer.model.length import Hold, Length, clamped, hold_at
from app.viewer.model.state import Drawing, ViewerState
from app.viewer.model.view import Point
from app.viewer.tools.touch import Drag, Touch


def pressed(state: ViewerState, touch: Touch) -> ViewerState:
    """A line begun at the mouse, unless a first click has begun one already."""
    if state.drawing is not None and state.drawing.clicked and _same(state.drawing, touch):
        return state
    at = touch.view.to_image(touch.at)
    if not touch.view.inside(at):
        return replace(state, drawing=None, selected=0)
    line = Length(state.next_number, touch.sop_instance_uid, touch.frame, at, at)
    return replace(state, drawing=Drawing(touch.tile, line), selected=0)


def moved(state: ViewerState, touch: Touch) -> ViewerState:
    """The free end follows the mouse, but stays on the image."""
    drawing = state.drawing
    if drawing is None or not _same(drawing, touch):
        return state
    end = clamped(touch.view.to_image(touch.at), touch.view)
    return replace(state, drawing=replace(drawing, line=replace(drawing.line, end=end)))


def released(state: ViewerState, drag: Drag) -> ViewerState:
    """The line kept: after a drag, or at the second click. A first click waits for the second."""
    state = moved(state, drag.now)
    drawing = state.drawing
    if drawing is None:
        return state
    if drag.clicked and not drawing.clicked:
        return replace(state, drawing=replace(drawing, clicked=True))
    done = replace(state, drawing=None)
    if math.dist(drawing.line.start, drawing.line.end) == 0:
        return done
    return with_line(done, drawing.line)


def entered(state: ViewerState, touch: Touch) -> ViewerState:
    """By keys: a line begun at the touch, then its start set where it stands, then its end."""
    drawing = state.drawing
    if drawing is None or not _same(drawing, touch):
        return pressed(replace(state, drawing=None), touch)
    if not drawing.clicked:
        line = replace(drawing.line, start=drawing.line.end)
        return replace(state, drawing=replace(drawing, line=line, clicked=True))
    done = replace(state, drawing=None)
    if drawing.line.start == drawing.line.end:
        return done
    return with_line(done, drawing.line)


def nudged(state: ViewerState, touch: Touch, by: Point) -> ViewerState:
    """The free end moved by logical pixels; the whole line before its start was set."""
    drawing, view = state.drawing, touch.view
    if drawing is None or not _same(drawing, touch):
        return state
    at = view.to_view(drawing.line.end)
    moved_at = at[0] + by[0] * view.ratio, at[1] + by[1] * view.ratio
    line = replace(drawing.line, end=clamped(view.to_image(moved_at), view))
    if not drawing.clicked:
        line = replace(line, start=line.end)
    return replace(state, drawing=replace(drawing, line=line))


def held(state: ViewerState, touch: Touch) -> Hold | None:
    """The measurement under the mouse."""
    return hold_at(state.lines_of(touch.sop_instance_uid, touch.frame), touch.view, touch.at)


def reshaped(state: ViewerState, hold: Hold, drag: Drag) -> ViewerState:
    """The held end, or the whole line, moved with the mouse."""
    old = next((line for line in drag.before.lengths if line.number == hold.number), None)
    if old is None:
        return state
    view = drag.start.view
    start, now = view.to_image(drag.start.at), view.to_image(drag.now.at)
    line = old.moved(hold.part, (now[0] - start[0], now[1] - start[1]))
    line = replace(line, start=clamped(line.start, view), end=clamped(line.end, view))
    return with_line(state, line)


def _same(drawing: Drawing, touch: Touch) -> bool:
    line = drawing.line
    return (
        drawing.tile == touch.tile
        and line.sop_instance_uid == touch.sop_instance_uid
        and line.frame == touch.frame
    )
