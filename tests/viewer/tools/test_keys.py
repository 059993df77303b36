"""Tools worked by keys alone."""

from dataclasses import replace

import pytest

from app.domain.image import Window
from app.viewer.model.state import Tile, ToolName, ViewerState
from app.viewer.model.view import View
from app.viewer.tools.keys import entered, stepped
from app.viewer.tools.touch import Touch

RIGHT, UP = (1.0, 0.0), (0.0, -1.0)


def a_state(tool: ToolName) -> ViewerState:
    tiles = (Tile("1.2", count=30, index=15), *ViewerState().tiles[1:])
    return ViewerState(tool=tool, tiles=tiles)


def a_touch(state: ViewerState, ratio: float = 1.0) -> Touch:
    view = View(400, 400, 100, 100, focus=state.tile.focus, ratio=ratio)
    return Touch(0, (199.5, 199.5), view, "1.2.3", 0, state.tile.window or Window(40, 400))


def pressed(state, *ways, large=False):
    for way in ways:
        state = stepped(state, a_touch(state), way, large=large)
    return state


def test_right_widens_the_window_and_up_is_brighter():
    state = pressed(a_state(ToolName.WINDOW), RIGHT)
    assert state.tile.window.width > 400
    assert pressed(a_state(ToolName.WINDOW), UP).tile.window.centre < 40
    large = pressed(a_state(ToolName.WINDOW), RIGHT, large=True)
    assert large.tile.window.width > state.tile.window.width


@pytest.mark.parametrize("width", [0.5, 10, 50, 400])
def test_every_step_changes_a_window_of_any_width(width):
    state = a_state(ToolName.WINDOW)
    touch = replace(a_touch(state), window=Window(5, width))
    assert stepped(state, touch, RIGHT, large=False).tile.window.width > width
    assert stepped(state, touch, UP, large=False).tile.window.centre < 5


def test_the_picture_is_moved():
    state = pressed(a_state(ToolName.PAN), RIGHT)
    assert state.tile.focus == pytest.approx((0.47, 0.5))
    far = pressed(a_state(ToolName.PAN), RIGHT, large=True)
    assert far.tile.focus == pytest.approx((0.35, 0.5))


def test_up_enlarges_with_the_zoom_tool():
    assert pressed(a_state(ToolName.ZOOM), UP).tile.zoom > 1


def test_scroll_goes_by_one_and_with_shift_by_ten():
    assert pressed(a_state(ToolName.SCROLL), RIGHT).tile.index == 16
    assert pressed(a_state(ToolName.SCROLL), UP, large=True).tile.index == 5


def test_a_length_is_begun_its_start_set_and_its_end():
    state = a_state(ToolName.LENGTH)
    assert pressed(state, RIGHT) is state
    state = entered(state, a_touch(state))
    state = pressed(state, RIGHT, RIGHT)
    assert state.drawing.line.start == state.drawing.line.end == pytest.approx((50.0, 49.5))
    state = entered(state, a_touch(state))
    state = pressed(state, UP, large=True)
    state = entered(state, a_touch(state))
    (line,) = state.lengths
    assert state.drawing is None
    assert line.start == pytest.approx((50.0, 49.5))
    assert line.end == pytest.approx((50.0, 44.5))


def test_a_line_without_a_length_is_not_kept():
    state = a_state(ToolName.LENGTH)
    for _ in range(3):
        state = entered(state, a_touch(state))
    assert state.lengths == ()
    assert state.drawing is None


def test_enter_means_nothing_to_the_other_tools():
    state = a_state(ToolName.PAN)
    assert entered(state, a_touch(state)) is state
