"""What the keys do in a pane of the volume's page."""

import math

from app.ui.volume.pane import Keys, Pane
from app.ui.volume.plane_pane import FORWARD, PlanePane, PlaneTool
from app.ui.volume.viewing import Viewing
from app.ui.volume.volume_pane import VolumePane
from app.viewer.scene.camera import Side

TURN = 1 / 24
"""A key turns the volume by so much of half a turn: 7.5 degrees."""
PLANE_TURN = math.radians(1)


def pane_keys(viewing: Viewing, pane: Pane) -> Keys:
    """The keys of one pane: those of every pane, and its own."""
    own = _plane_keys(viewing, pane) if isinstance(pane, PlanePane) else {}
    if isinstance(pane, VolumePane):
        own = _volume_keys(pane)
    return {**_common_keys(viewing, pane), **own}


def _common_keys(viewing: Viewing, pane: Pane) -> Keys:
    bar = viewing.bar
    return {
        **{str(n): lambda key=str(n): viewing.choose_preset(key) for n in range(1, 10)},
        "0": lambda: viewing.choose_window(None),
        "I": viewing.invert,
        "K": viewing.capture,
        "W": lambda: viewing.choose_tool(PlaneTool.WINDOW),
        "X": lambda: viewing.choose_tool(PlaneTool.CROSSHAIR),
        "C": lambda: bar.toggle("crosshair"),
        "O": lambda: bar.toggle("texts"),
        "Ctrl+0": viewing.reset,
        "Ctrl+Alt+B": viewing.next_mode,
        "+": lambda: pane.zoom(1),
        "Shift++": lambda: pane.zoom(1),
        "-": lambda: pane.zoom(-1),
        "Return": pane.maximise.emit,
        "Enter": pane.maximise.emit,
    }


def _plane_keys(viewing: Viewing, pane: PlanePane) -> Keys:
    forward = FORWARD[pane.name]

    def leaf(planes: int) -> None:
        viewing.scroll(pane, planes * forward)

    return {
        "Down": lambda: leaf(1),
        "Up": lambda: leaf(-1),
        "Shift+Down": lambda: leaf(10),
        "Shift+Up": lambda: leaf(-10),
        "Alt+Up": lambda: pane.thicken(1),
        "Alt+Down": lambda: pane.thicken(-1),
        "Ctrl+Left": lambda: pane.turn_others(-PLANE_TURN),
        "Ctrl+Right": lambda: pane.turn_others(PLANE_TURN),
        "Home": lambda: leaf(-100_000),
        "End": lambda: leaf(100_000),
    }


def _volume_keys(pane: VolumePane) -> Keys:
    return {
        **{side.value: lambda each=side: pane.look_from(each) for side in Side},
        "Left": lambda: pane.turn(-TURN, 0),
        "Right": lambda: pane.turn(TURN, 0),
        "Up": lambda: pane.turn(0, -TURN),
        "Down": lambda: pane.turn(0, TURN),
    }
