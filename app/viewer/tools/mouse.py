"""Which tool answers the mouse, by button and chosen tool."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from app.viewer.model.length import Hold
from app.viewer.model.state import ToolName, ViewerState
from app.viewer.tools import length, pan, scroll, window, zoom
from app.viewer.tools.touch import Drag, Touch

DRAGGING: dict[ToolName, Callable[[ViewerState, Drag], ViewerState]] = {
    ToolName.WINDOW: window.dragged,
    ToolName.PAN: pan.dragged,
    ToolName.ZOOM: zoom.dragged,
    ToolName.SCROLL: scroll.dragged,
}


class Button(StrEnum):
    """The buttons of a mouse."""

    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"


FIXED = {Button.MIDDLE: ToolName.PAN, Button.RIGHT: ToolName.ZOOM}
"""What the other buttons do, whichever tool is chosen."""


class Mouse:
    """Follows one mouse from press to release; every call answers the next state."""

    def __init__(self) -> None:
        self._before: ViewerState | None = None
        self._start: Touch | None = None
        self._button = Button.LEFT
        self._hold: Hold | None = None
        self._moved = False

    @property
    def held(self) -> bool:
        """Whether a button is down."""
        return self._start is not None

    @property
    def dragging(self) -> bool:
        """Whether the mouse has really moved since the button went down."""
        return self._moved

    def press(self, state: ViewerState, touch: Touch, button: Button) -> ViewerState:
        """A button went down."""
        self._before, self._start, self._button, self._moved = state, touch, button, False
        self._hold = None
        if button is not Button.LEFT:
            return state
        drawing = state.drawing is not None and state.drawing.clicked
        if not drawing:
            self._hold = length.held(state, touch)
        if self._hold is not None:
            return replace(state, selected=self._hold.number)
        if state.tool is ToolName.LENGTH:
            return length.pressed(state, touch)
        return replace(state, selected=0)

    def move(self, state: ViewerState, touch: Touch) -> ViewerState:
        """The mouse moved, with or without a button."""
        if self._before is None or self._start is None:
            return length.moved(state, touch)
        drag = Drag(self._before, self._start, touch)
        self._moved = self._moved or not drag.clicked
        if self._hold is not None:
            return length.reshaped(state, self._hold, drag) if self._moved else state
        tool = FIXED.get(self._button, state.tool)
        if tool is ToolName.LENGTH:
            return length.moved(state, touch)
        return DRAGGING[tool](state, drag) if self._moved else state

    def release(self, state: ViewerState, touch: Touch) -> ViewerState:
        """The button went up."""
        before, start, hold = self._before, self._start, self._hold
        self._before = self._start = self._hold = None
        if before is None or start is None or hold is not None or self._button is not Button.LEFT:
            return state
        if state.tool is ToolName.LENGTH:
            return length.released(state, Drag(before, start, touch))
        return state

    def cancel(self) -> None:
        """Forget the button: another window took the mouse."""
        self._before = self._start = self._hold = None
