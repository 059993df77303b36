"""What the rows of the action table do on a volume's page."""

import math
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.ui.actions import ACTIONS, TableAction, make_action
from app.ui.volume.pane import Keys
from app.ui.volume.plane_pane import PlanePane, PlaneTool
from app.ui.volume.viewing import Viewing
from app.viewer.scene.camera import Side

PLANE_TURN = math.radians(1)
SIDES: dict[str, Side] = {
    "volume.front": Side.ANTERIOR,
    "volume.back": Side.POSTERIOR,
    "volume.left": Side.LEFT,
    "volume.right": Side.RIGHT,
    "volume.head": Side.HEAD,
    "volume.feet": Side.FEET,
}


class Commands:
    """The actions of a volume's page, for menus; `keys` are theirs, for its panes.

    The panes answer the keys: an action's own shortcut would dispute them with the images' actions.
    """

    def __init__(self, viewing: Viewing, owner: QWidget) -> None:
        self._viewing = viewing
        self._owner = owner
        self.actions: dict[str, TableAction] = {}
        self.keys: Keys = {}
        """Of the actions here, and of those that the images have too."""
        panes, bar = viewing.panes, viewing.bar
        self._add("volume.crosshair", lambda: bar.toggle("crosshair"))
        self._add("volume.thicker", lambda: viewing.thicken(1))
        self._add("volume.thinner", lambda: viewing.thicken(-1))
        self._add("volume.projection", viewing.next_mode)
        self._add("volume.turn-left", lambda: self._turn(-PLANE_TURN))
        self._add("volume.turn-right", lambda: self._turn(PLANE_TURN))
        self._add("volume.straighten", viewing.straighten)
        self._add("volume.alone", self._toggle_alone)
        self._add("volume.reset", viewing.reset)
        for name, side in SIDES.items():
            self._add(name, lambda side=side: panes.volume.look_from(side))
        self._share("view.invert", viewing.invert)
        self._share("study.key-image", viewing.capture)
        self._share("tool.window", lambda: viewing.choose_tool(PlaneTool.WINDOW))
        self._share("tool.crosshair", lambda: viewing.choose_tool(PlaneTool.CROSSHAIR))
        self._share("view.overlay", lambda: bar.toggle("texts"))
        self._share("preset.default", lambda: viewing.choose_window(None))
        for n in range(1, 10):
            self._share(f"preset.{n}", lambda key=str(n): viewing.choose_preset(key))

    def _toggle_alone(self) -> None:
        self._viewing.panes.active.maximise.emit()

    def _add(self, name: str, act: Callable[[], object]) -> None:
        action = make_action(name, self._owner, lambda _checked: act())
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._share(name, action.trigger)
        self.actions[name] = action

    def _share(self, name: str, act: Callable[[], object]) -> None:
        self.keys |= dict.fromkeys(ACTIONS[name].keys, act)

    def _turn(self, angle: float) -> None:
        pane = self._viewing.panes.active
        if isinstance(pane, PlanePane):
            pane.turn_others(angle)
