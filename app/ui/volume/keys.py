"""What the keys do in a pane of the volume's page."""

from app.ui.volume.pane import Keys, Pane
from app.ui.volume.plane_pane import FORWARD, PlanePane
from app.ui.volume.viewing import Viewing
from app.ui.volume.volume_pane import VolumePane

TURN = 1 / 24
"""A key turns the volume by so much of half a turn: 7.5 degrees."""


def pane_keys(viewing: Viewing, pane: Pane) -> Keys:
    """The keys that move within one pane; those of commands are in the action table."""
    own = _plane_keys(viewing, pane) if isinstance(pane, PlanePane) else {}
    if isinstance(pane, VolumePane):
        own = _volume_keys(pane)
    return {
        "+": lambda: pane.zoom(1),
        "Shift++": lambda: pane.zoom(1),
        "-": lambda: pane.zoom(-1),
        **own,
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
        "Home": lambda: leaf(-100_000),
        "End": lambda: leaf(100_000),
    }


def _volume_keys(pane: VolumePane) -> Keys:
    return {
        "Left": lambda: pane.turn(-TURN, 0),
        "Right": lambda: pane.turn(TURN, 0),
        "Up": lambda: pane.turn(0, -TURN),
        "Down": lambda: pane.turn(0, TURN),
    }
