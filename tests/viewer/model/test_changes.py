"""What may happen to the viewer's state."""

from dataclasses import replace

import pytest

from app.domain.image import Window
from app.viewer.model import changes
from app.viewer.model.length import Length
from app.viewer.model.state import Drawing, Layout, Overlay, Tile, ToolName, ViewerState
from app.viewer.model.turn import Turn
from app.viewer.model.view import View


def a_state(*series: str, columns: int = 1, rows: int = 1, count: int = 10) -> ViewerState:
    state = ViewerState(layout=Layout(rows, columns))
    for index, uid in enumerate(series):
        state = changes.with_tile(state, index, Tile(uid, count, 5))
    return state


def a_view(tile: Tile) -> View:
    return View(200, 100, 50, 50, zoom=tile.zoom, focus=tile.focus, turn=tile.turn)


def test_a_series_opens_at_its_middle():
    assert changes.opened_tile("1.2", 9).index == 4
    assert changes.opened_tile("1.2", 9, first=0).index == 0


def test_a_larger_layout_is_filled_with_the_series_not_shown_yet():
    state = changes.arranged(a_state("a"), Layout(2, 2), [("a", 3), ("b", 4), ("c", 5)])
    assert [tile.series_uid for tile in state.tiles[:4]] == ["a", "b", "c", ""]


def test_a_smaller_layout_keeps_what_one_looks_at():
    state = changes.activated(a_state("a", "b", "c", columns=3), 2)
    state = changes.arranged(state, Layout(1, 1))
    assert state.tile.series_uid == "c"
    assert state.active == 0


def test_a_layout_has_at_most_three_rows_and_columns():
    assert changes.arranged(a_state("a"), Layout(9, 0)).layout == Layout(3, 1)


def test_the_next_tile_is_the_next_with_a_series():
    state = a_state("a", "", "c", columns=3)
    assert changes.next_activated(state, 1).active == 2
    assert changes.next_activated(state, -1).active == 2
    assert changes.next_activated(a_state(), 1).active == 0


def test_a_tile_is_maximised_and_comes_back():
    state = a_state("a", "b", columns=2)
    large = changes.maximised(state, 1)
    assert large.shown == (1,)
    assert changes.maximised(large, 1).shown == (0, 1)
    assert changes.maximised(a_state("a"), 0).maximised is False


@pytest.mark.parametrize(("by", "index"), [(1, 6), (-1, 4), (100, 9), (-100, 0)])
def test_scrolling_ends_at_the_first_and_last_picture(by, index):
    assert changes.scrolled(a_state("a"), 0, by).tile.index == index


def test_a_chosen_window_stays_while_scrolling_and_is_given_back():
    state = changes.windowed(a_state("a"), 0, Window(40, 400))
    assert changes.scrolled(state, 0, 1).tile.window == Window(40, 400)
    assert changes.unwindowed(state, 0).tile.window is None


def test_a_window_is_never_without_width():
    window = changes.windowed(a_state("a"), 0, Window(40, -3)).tile.window
    assert window is not None
    assert window.width > 0


def test_zooming_keeps_the_point_under_the_cursor():
    state = a_state("a")
    view = a_view(state.tile)
    kept = view.to_image((150, 20))
    state = changes.zoomed(state, 0, view, 3.0, (150, 20))
    assert a_view(state.tile).to_view(kept) == pytest.approx((150, 20))
    assert state.tile.zoom == 3.0


def test_zoom_has_bounds_and_panning_can_not_lose_the_picture():
    state = a_state("a")
    assert changes.zoomed(state, 0, a_view(state.tile), 1e9).tile.zoom == changes.ZOOMS[1]
    assert changes.zoomed(state, 0, a_view(state.tile), 1e-9).tile.zoom == changes.ZOOMS[0]
    focus = changes.panned(state, 0, a_view(state.tile), (1e6, -1e6)).tile.focus
    assert focus == (-0.5, 1.5)


def test_panning_moves_the_picture_with_the_mouse():
    state = changes.turned(a_state("a"), 0, Turn(1))
    before = a_view(state.tile)
    state = changes.panned(state, 0, before, (30, -10))
    x, y = before.to_view((25, 25))
    assert a_view(state.tile).to_view((25, 25)) == pytest.approx((x + 30, y - 10))


def test_reset_gives_back_the_view_but_not_the_first_picture():
    state = changes.windowed(changes.inverted(a_state("a"), 0), 0, Window(1, 2))
    state = changes.scrolled(changes.turned(state, 0, Turn(2)), 0, 2)
    assert changes.reset(state, 0).tile == Tile("a", 10, 7)


def test_fitting_keeps_the_window():
    state = changes.windowed(a_state("a"), 0, Window(1, 2))
    state = changes.zoomed(state, 0, a_view(state.tile), 2.0, (0, 0))
    tile = changes.fitted(state, 0).tile
    assert (tile.zoom, tile.focus, tile.window) == (1.0, (0.5, 0.5), Window(1, 2))


def test_overlays_have_three_states():
    state = a_state("a")
    seen = []
    for _ in range(3):
        state = changes.next_overlay(state)
        seen.append(state.overlay)
    assert seen == [Overlay.SHORT, Overlay.LEAST, Overlay.FULL]


def test_a_line_is_added_changed_and_removed():
    line = Length(1, "1.2", 0, (0, 0), (3, 4))
    state = changes.with_line(a_state("a"), line)
    assert (state.lines_of("1.2", 0), state.selected, state.next_number) == ((line,), 1, 2)
    longer = replace(line, end=(6, 8))
    assert changes.with_line(state, longer).lengths == (longer,)
    gone = changes.without_line(state, 1)
    assert (gone.lengths, gone.selected) == ((), 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda state: changes.with_tool(state, ToolName.PAN),
        lambda state: changes.scrolled(state, 0, 1),
        lambda state: changes.arranged(state, Layout(1, 2)),
        lambda state: changes.placed(state, 0, Tile("b", 3)),
    ],
)
def test_an_unfinished_line_goes_when_one_turns_to_something_else(change):
    drawing = Drawing(0, Length(1, "1.2", 0, (0, 0), (0, 0)))
    assert change(replace(a_state("a"), drawing=drawing)).drawing is None


def test_a_series_is_placed_only_on_a_visible_tile():
    state = a_state("a")
    assert changes.placed(state, 4, Tile("b", 3)) == state
    assert changes.activated(state, 4) == state
