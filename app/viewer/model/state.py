"""What the stack viewer shows, as one frozen value, see `changes` for what may happen to it."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from app.domain.image import Window
from app.viewer.model.length import Length
from app.viewer.model.turn import UPRIGHT, Turn
from app.viewer.model.view import Point

MOST_ROWS = MOST_COLUMNS = 3
MOST_TILES = MOST_ROWS * MOST_COLUMNS


class ToolName(StrEnum):
    """What the left button does."""

    WINDOW = "window"
    PAN = "pan"
    ZOOM = "zoom"
    SCROLL = "scroll"
    LENGTH = "length"


class Overlay(IntEnum):
    """How much is written over the picture; who and when is never left out."""

    FULL = 0
    SHORT = 1
    LEAST = 2


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows and columns of tiles, 1 to 3 each."""

    rows: int = 1
    columns: int = 1

    @property
    def tiles(self) -> int:
        """How many tiles it has."""
        return self.rows * self.columns


@dataclass(frozen=True, slots=True)
class Tile:
    """One viewport: its series, which of its `count` pictures, and how it is shown.

    `window` is in modality units, or None while each picture shows its own.
    """

    series_uid: str = ""
    count: int = 0
    index: int = 0
    window: Window | None = None
    zoom: float = 1.0
    focus: Point = (0.5, 0.5)
    turn: Turn = UPRIGHT
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A line that is being drawn: `clicked` once the first end was set by a click."""

    tile: int
    line: Length
    clicked: bool = False


@dataclass(frozen=True, slots=True)
class ViewerState:
    """The whole of the stack viewer. It keeps nine tiles; the layout shows the first of them."""

    layout: Layout = Layout()
    tiles: tuple[Tile, ...] = (Tile(),) * MOST_TILES
    active: int = 0
    maximised: bool = False
    tool: ToolName = ToolName.WINDOW
    overlay: Overlay = Overlay.FULL
    lengths: tuple[Length, ...] = ()
    selected: int = 0
    drawing: Drawing | None = None
    next_number: int = 1

    @property
    def shown(self) -> tuple[int, ...]:
        """Indices of the visible tiles."""
        return (self.active,) if self.maximised else tuple(range(self.layout.tiles))

    @property
    def tile(self) -> Tile:
        """The active tile."""
        return self.tiles[self.active]

    def lines_of(self, sop_instance_uid: str, frame: int) -> tuple[Length, ...]:
        """The measurements of one picture."""
        return tuple(
            line
            for line in self.lengths
            if line.sop_instance_uid == sop_instance_uid and line.frame == frame
        )
