"""The reading of one study: its state, its series in memory, its mouse, and undo."""

from collections.abc import Callable
from dataclasses import replace

from app.viewer.controller.shown import Shown, shown
from app.viewer.load.series import LoadedSeries
from app.viewer.model.changes import activated, with_lines
from app.viewer.model.length import Hold, Length
from app.viewer.model.state import ViewerState
from app.viewer.model.view import Point
from app.viewer.tools import keys, length
from app.viewer.tools.mouse import Button, Mouse
from app.viewer.tools.touch import Touch

Change = Callable[[ViewerState], ViewerState]
STEPS = 100
"""How many changes of measurements can be undone."""


class Reading:
    """Holds the one current state; `changed(old, new)` is called after each change of it."""

    def __init__(self, changed: Callable[[ViewerState, ViewerState], None]) -> None:
        self.state = ViewerState()
        self.series: dict[str, LoadedSeries] = {}
        self.mouse = Mouse()
        self._changed = changed
        self._undo: list[tuple[Length, ...]] = []
        self._redo: list[tuple[Length, ...]] = []
        self._kept: tuple[Length, ...] = ()

    def apply(self, change: Change) -> None:
        """Change the state; tells only when it became another."""
        old, self.state = self.state, change(self.state)
        if not self.mouse.held:
            self._keep()
        if self.state != old:
            self._changed(old, self.state)

    def shown(self, tile: int, size: tuple[int, int], ratio: float = 1.0) -> Shown | None:
        """What a tile shows on `size` device pixels, or None when its series is not there."""
        here = self.state.tiles[tile]
        series = self.series.get(here.series_uid)
        if series is None or here.index >= series.count:
            return None
        return shown(series, here, size, ratio)

    def touch(self, tile: int, at: Point, size: tuple[int, int], ratio: float) -> Touch | None:
        """The mouse at `at` (device px) of a tile."""
        here = self.shown(tile, size, ratio)
        if here is None:
            return None
        uid = here.image.sop_instance_uid
        return Touch(tile, at, here.view, uid, here.shot.frame, here.window)

    def press(self, touch: Touch, button: Button) -> None:
        """A button went down over a tile, which becomes the active one."""
        self.apply(lambda state: activated(state, touch.tile))
        self.apply(lambda state: self.mouse.press(state, touch, button))

    def move(self, touch: Touch) -> None:
        """The mouse moved."""
        self.apply(lambda state: self.mouse.move(state, touch))

    def release(self, touch: Touch) -> None:
        """The button went up."""
        self.apply(lambda state: self.mouse.release(state, touch))

    def step(self, touch: Touch, way: Point, *, large: bool) -> None:
        """The chosen tool moved by a key."""
        self.apply(lambda state: keys.stepped(state, touch, way, large=large))

    def enter(self, touch: Touch) -> None:
        """The next point of a line set by a key."""
        self.apply(lambda state: keys.entered(state, touch))

    def held(self, touch: Touch) -> Hold | None:
        """The measurement that a press would take hold of."""
        return length.held(self.state, touch)

    def select(self, touch: Touch) -> None:
        """Choose the measurement under the mouse, or none."""
        hold = self.held(touch)
        self.apply(lambda state: replace(state, selected=hold.number if hold else 0))

    def undo(self) -> None:
        """Take the last change of the measurements back."""
        self._step(self._undo, self._redo)

    def redo(self) -> None:
        """Make the change again that was taken back."""
        self._step(self._redo, self._undo)

    def _step(self, source: list[tuple[Length, ...]], other: list[tuple[Length, ...]]) -> None:
        if not source:
            return
        other.append(self._kept)
        self._kept = source.pop()
        self.apply(lambda state: with_lines(state, self._kept))

    def _keep(self) -> None:
        if self.state.lengths != self._kept:
            self._undo = [*self._undo[-STEPS + 1 :], self._kept]
            self._redo.clear()
            self._kept = self.state.lengths
