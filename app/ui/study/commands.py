"""What each action of the table does on the study page."""

from collections.abc import Callable

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QWidget

from app.ui.actions import TableAction, make_action
from app.ui.keyboard import LatinKeys
from app.ui.study.desk import Desk
from app.viewer.model import changes
from app.viewer.model.state import ToolName, ViewerState
from app.viewer.model.turn import Turn

TOOLS: dict[str, ToolName] = {
    "tool.window": ToolName.WINDOW,
    "tool.scroll": ToolName.SCROLL,
    "tool.pan": ToolName.PAN,
    "tool.zoom": ToolName.ZOOM,
    "tool.length": ToolName.LENGTH,
}
LAYOUTS: dict[str, tuple[int, int]] = {
    "layout.1x1": (1, 1),
    "layout.1x2": (1, 2),
    "layout.2x2": (2, 2),
    "layout.2x3": (2, 3),
    "layout.3x3": (3, 3),
}
_TURNS: dict[str, Callable[[Turn], Turn]] = {
    "view.rotate-right": lambda turn: turn.rotated(1),
    "view.rotate-left": lambda turn: turn.rotated(-1),
    "view.flip-horizontal": Turn.flipped_across,
    "view.flip-vertical": Turn.flipped_down,
}
_TILES: dict[str, Callable[[ViewerState, int], ViewerState]] = {
    "view.invert": changes.inverted,
    "view.fit": changes.fitted,
}


class Commands:
    """The actions of the images; `owner` is the widget whose focus lets single letters work."""

    def __init__(self, desk: Desk, owner: QWidget) -> None:
        self._desk = desk
        self._owner = owner
        self.actions: dict[str, TableAction] = {}
        LatinKeys(owner)
        self._add_tools()
        for name, turn in _TURNS.items():
            self._add(name, lambda turn=turn: self._turn(turn))
        for name, change in _TILES.items():
            self._add(name, lambda change=change: self._on_tile(change))
        for name, (rows, columns) in LAYOUTS.items():
            self._add(name, lambda rows=rows, columns=columns: desk.arrange(rows, columns))
        for number in range(1, 10):
            self._add(f"preset.{number}", lambda key=str(number): desk.use_preset(key))
        self._add("preset.default", lambda: desk.use_window(None))
        self._add("preset.full", desk.use_full_window)
        self._add("view.reset", self.reset)
        self._add("view.overlay", lambda: desk.apply(changes.next_overlay))
        self._add("study.series-next", lambda: desk.step_series(1))
        self._add("study.series-previous", lambda: desk.step_series(-1))
        self._add("measurement.delete", self._delete)
        self._add("edit.undo", desk.reading.undo)
        self._add("edit.redo", desk.reading.redo)
        desk.changed.connect(lambda _old, _new: self.refresh())

    def add(self, name: str, act: Callable[[], object]) -> TableAction:
        """One more action, of the page's own."""
        return self._add(name, act)

    def set_enabled(self, *, enabled: bool) -> None:
        """Let the keys work, or leave them to another page in the same place."""
        for action in self.actions.values():
            action.setEnabled(enabled)
        if enabled:
            self.refresh()

    def refresh(self) -> None:
        """Check the chosen tool; grey what has nothing to act on."""
        state = self._desk.state
        for name, tool in TOOLS.items():
            self.actions[name].setChecked(tool is state.tool)
        self.actions["measurement.delete"].setEnabled(self._desk.selected_line() is not None)

    def reset(self) -> None:
        """Give up what is half done; when there is nothing, show the tile as it opened."""
        if not self._desk.cancel():
            self._on_tile(changes.reset)

    def _add(self, name: str, act: Callable[[], object]) -> TableAction:
        action = make_action(name, self._owner, lambda _checked: act())
        self.actions[name] = action
        return action

    def _add_tools(self) -> None:
        group = QActionGroup(self._owner)
        for name, tool in TOOLS.items():
            action = self._add(
                name,
                lambda tool=tool: self._desk.apply(lambda state: changes.with_tool(state, tool)),
            )
            group.addAction(action)

    def _turn(self, turn: Callable[[Turn], Turn]) -> None:
        self._on_tile(
            lambda state, index: changes.turned(state, index, turn(state.tiles[index].turn))
        )

    def _on_tile(self, change: Callable[[ViewerState, int], ViewerState]) -> None:
        active = self._desk.state.active
        self._desk.apply(lambda state: change(state, active))

    def _delete(self) -> None:
        line = self._desk.selected_line()
        if line is not None:
            self._desk.apply(lambda state: changes.without_line(state, line.number))
