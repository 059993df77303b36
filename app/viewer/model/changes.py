"""The pure changes of the viewer's state: each answers a new one."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.image import Window
from app.viewer.model.length import Length
from app.viewer.model.state import (
    MOST_COLUMNS,
    MOST_ROWS,
    Layout,
    Overlay,
    Tile,
    ToolName,
    ViewerState,
)
from app.viewer.model.turn import Turn
from app.viewer.model.view import Point, View, focus_for

ZOOMS = (0.1, 60.0)
LEAST_WIDTH = 1e-3


def with_tile(state: ViewerState, index: int, tile: Tile) -> ViewerState:
    """Tile `index` exchanged."""
    return replace(state, tiles=(*state.tiles[:index], tile, *state.tiles[index + 1 :]))


def activated(state: ViewerState, index: int) -> ViewerState:
    """Tile `index` takes keys and tools."""
    return replace(state, active=index) if 0 <= index < state.layout.tiles else state


def next_activated(state: ViewerState, by: int) -> ViewerState:
    """The next tile that has a series, or the previous; round the corner."""
    count = state.layout.tiles
    for step in range(1, count + 1):
        index = (state.active + by * step) % count
        if state.tiles[index].series_uid:
            return activated(state, index)
    return state


def arranged(
    state: ViewerState, layout: Layout, series: Sequence[tuple[str, int]] = ()
) -> ViewerState:
    """Another layout; its empty tiles take the series (uid, count) that no tile shows yet."""
    rows = min(max(layout.rows, 1), MOST_ROWS)
    columns = min(max(layout.columns, 1), MOST_COLUMNS)
    layout = Layout(rows, columns)
    tiles = list(state.tiles)
    if state.active >= layout.tiles:
        # What one looks at stays on the screen.
        tiles[0], tiles[state.active] = tiles[state.active], tiles[0]
    used = {tile.series_uid for tile in tiles[: layout.tiles]}
    waiting = [each for each in series if each[0] not in used]
    for index in range(layout.tiles):
        if not tiles[index].series_uid and waiting:
            tiles[index] = opened_tile(*waiting.pop(0))
    active = state.active if state.active < layout.tiles else 0
    return replace(
        state, layout=layout, tiles=tuple(tiles), active=active, maximised=False, drawing=None
    )


def maximised(state: ViewerState, index: int) -> ViewerState:
    """Tile `index` over the whole page, or the layout again."""
    if state.layout.tiles == 1:
        return state
    return replace(activated(state, index), maximised=not state.maximised)


def opened_tile(series_uid: str, count: int, first: int | None = None) -> Tile:
    """A tile that shows a series from its picture `first`, else from its middle."""
    index = count // 2 if first is None else first
    return Tile(series_uid, count, index=min(max(index, 0), max(count - 1, 0)))


def placed(state: ViewerState, index: int, tile: Tile) -> ViewerState:
    """A series shown in tile `index`, which becomes the active one."""
    if index >= state.layout.tiles:
        return state
    return replace(activated(with_tile(state, index, tile), index), drawing=None)


def scrolled_to(state: ViewerState, index: int, picture: int) -> ViewerState:
    """Tile `index` at another picture, or the nearest there is."""
    tile = state.tiles[index]
    picture = min(max(picture, 0), max(tile.count - 1, 0))
    if picture == tile.index:
        return state
    return replace(with_tile(state, index, replace(tile, index=picture)), drawing=None)


def scrolled(state: ViewerState, index: int, by: int) -> ViewerState:
    """Tile `index` moved on by pictures."""
    return scrolled_to(state, index, state.tiles[index].index + by)


def windowed(state: ViewerState, index: int, window: Window) -> ViewerState:
    """Tile `index` with a chosen window."""
    window = replace(window, width=max(window.width, LEAST_WIDTH))
    return with_tile(state, index, replace(state.tiles[index], window=window))


def unwindowed(state: ViewerState, index: int) -> ViewerState:
    """Tile `index` with each picture's own window again."""
    return with_tile(state, index, replace(state.tiles[index], window=None))


def inverted(state: ViewerState, index: int) -> ViewerState:
    """Black and white of tile `index` exchanged."""
    tile = state.tiles[index]
    return with_tile(state, index, replace(tile, inverted=not tile.inverted))


def turned(state: ViewerState, index: int, turn: Turn) -> ViewerState:
    """The picture of tile `index` laid another way."""
    return with_tile(state, index, replace(state.tiles[index], turn=turn))


def zoomed(
    state: ViewerState, index: int, view: View, factor: float, at: Point | None = None
) -> ViewerState:
    """Tile `index`, seen as `view`, zoomed about a view point, or about its middle."""
    tile = state.tiles[index]
    zoom = min(max(view.zoom * factor, ZOOMS[0]), ZOOMS[1])
    at = at or ((view.width - 1) / 2, (view.height - 1) / 2)
    focus = focus_for(lambda tried: replace(view, zoom=zoom, focus=tried), view.to_image(at), at)
    return with_tile(state, index, replace(tile, zoom=zoom, focus=_kept(focus)))


def panned(state: ViewerState, index: int, view: View, by: Point) -> ViewerState:
    """Tile `index`, seen as `view`, with its picture moved by view pixels."""
    middle = ((view.width - 1) / 2, (view.height - 1) / 2)
    point = view.to_image((middle[0] - by[0], middle[1] - by[1]))
    focus = ((point[0] + 0.5) / view.columns, (point[1] + 0.5) / view.rows)
    return with_tile(state, index, replace(state.tiles[index], focus=_kept(focus)))


def fitted(state: ViewerState, index: int) -> ViewerState:
    """Tile `index` with its whole picture in view."""
    return with_tile(state, index, replace(state.tiles[index], zoom=1.0, focus=(0.5, 0.5)))


def reset(state: ViewerState, index: int) -> ViewerState:
    """Tile `index` as it opened, but at its picture."""
    tile = state.tiles[index]
    return with_tile(state, index, Tile(tile.series_uid, tile.count, tile.index))


def _kept(focus: Point) -> Point:
    """A focus that leaves the picture within reach."""
    return min(max(focus[0], -0.5), 1.5), min(max(focus[1], -0.5), 1.5)


def with_tool(state: ViewerState, tool: ToolName) -> ViewerState:
    """Another tool on the left button."""
    return replace(state, tool=tool, drawing=None)


def next_overlay(state: ViewerState) -> ViewerState:
    """The next of the three amounts of text."""
    return replace(state, overlay=Overlay((state.overlay + 1) % len(Overlay)))


def with_line(state: ViewerState, line: Length) -> ViewerState:
    """A measurement added, or changed when its number is known; it becomes the selected one."""
    known = any(each.number == line.number for each in state.lengths)
    lengths = (
        tuple(line if each.number == line.number else each for each in state.lengths)
        if known
        else (*state.lengths, line)
    )
    return replace(
        state,
        lengths=lengths,
        selected=line.number,
        next_number=max(state.next_number, line.number + 1),
    )


def without_line(state: ViewerState, number: int) -> ViewerState:
    """A measurement removed."""
    lengths = tuple(each for each in state.lengths if each.number != number)
    selected = 0 if state.selected == number else state.selected
    return replace(state, lengths=lengths, selected=selected)


def with_lines(state: ViewerState, lengths: tuple[Length, ...]) -> ViewerState:
    """All measurements exchanged, none selected, none being drawn."""
    return replace(state, lengths=lengths, selected=0, drawing=None)
