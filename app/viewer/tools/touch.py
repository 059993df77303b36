"""What a tool gets to know of the mouse."""

from dataclasses import dataclass

from app.domain.image import Window
from app.viewer.model.state import ViewerState
from app.viewer.model.view import Point, View

CLICK = 4.0
"""Logical pixels the mouse may move and still have clicked."""


@dataclass(frozen=True, slots=True)
class Touch:
    """The mouse over a tile: where (view px), how the tile lies, what it shows, its window."""

    tile: int
    at: Point
    view: View
    sop_instance_uid: str = ""
    frame: int = 0
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Drag:
    """A held button: the state and the mouse when it went down, and the mouse now."""

    before: ViewerState
    start: Touch
    now: Touch

    @property
    def by(self) -> Point:
        """The way of the mouse in logical pixels, +x right, +y down."""
        ratio = self.start.view.ratio
        return (
            (self.now.at[0] - self.start.at[0]) / ratio,
            (self.now.at[1] - self.start.at[1]) / ratio,
        )

    @property
    def clicked(self) -> bool:
        """Whether the mouse has hardly moved."""
        return max(abs(part) for part in self.by) < CLICK
