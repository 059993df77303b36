"""What the mouse does, by button and tool."""

from dataclasses import replace

import pytest

from app.domain.image import Window
from app.viewer.model import changes
from app.viewer.model.length import Part
from app.viewer.model.state import Layout, Tile, ToolName, ViewerState
from app.viewer.model.view import View
from app.viewer.tools import length
from app.viewer.tools.mouse import Button, Mouse
from app.viewer.tools.touch import Touch

VIEW = View(400, 400, 100, 100)


def a_touch(x: float, y: float, *, tile: int = 0, view: View = VIEW, uid: str = "1.2") -> Touch:
    return Touch(tile, (x, y), view, uid, 0, Window(40, 400))


def a_state(tool: ToolName) -> ViewerState:
    state = ViewerState(layout=Layout(1, 2), tool=tool)
    return changes.with_tile(state, 0, Tile("a", 20, 5))


class Hand:
    """Presses, moves and releases one mouse over one state."""

    def __init__(self, tool: ToolName) -> None:
        self.state = a_state(tool)
        self.mouse = Mouse()

    def press(self, x: float, y: float, button: Button = Button.LEFT) -> None:
        self.state = self.mouse.press(self.state, a_touch(x, y), button)

    def move(self, x: float, y: float) -> None:
        self.state = self.mouse.move(self.state, a_touch(x, y))

    def release(self, x: float, y: float) -> None:
        self.state = self.mouse.release(self.state, a_touch(x, y))

    def drag(self, *points: tuple[float, float], button: Button = Button.LEFT) -> None:
        self.press(*points[0], button)
        for point in points[1:]:
            self.move(*point)
        self.release(*points[-1])


@pytest.fixture
def a_measuring_hand() -> Hand:
    return Hand(ToolName.LENGTH)


def test_dragging_right_widens_the_window_and_up_lowers_its_centre():
    hand = Hand(ToolName.WINDOW)
    hand.drag((100, 100), (250, 0))
    window = hand.state.tile.window
    assert window is not None
    assert window.width == 800
    assert window.centre < 40


def test_a_window_drag_starts_from_where_the_button_went_down_not_step_by_step():
    one, many = Hand(ToolName.WINDOW), Hand(ToolName.WINDOW)
    one.drag((100, 100), (160, 130))
    many.drag((100, 100), (110, 105), (90, 300), (160, 130))
    assert one.state == many.state


def test_a_picture_without_a_window_has_none_to_drag():
    mouse, state = Mouse(), a_state(ToolName.WINDOW)
    touch = replace(a_touch(10, 10), window=None)
    state = mouse.press(state, touch, Button.LEFT)
    assert mouse.move(state, replace(touch, at=(80, 80))) == state


def test_a_window_drag_is_as_long_on_a_fine_screen_as_on_a_coarse_one():
    fine = replace(VIEW, width=800, height=800, ratio=2.0)
    mouse, state = Mouse(), a_state(ToolName.WINDOW)
    state = mouse.press(state, a_touch(200, 200, view=fine), Button.LEFT)
    state = mouse.move(state, a_touch(500, 200, view=fine))
    assert state.tile.window is not None
    assert state.tile.window.width == 800


def test_the_middle_button_pans_and_the_right_one_zooms_whatever_the_tool():
    hand = Hand(ToolName.WINDOW)
    hand.drag((100, 100), (140, 100), button=Button.MIDDLE)
    assert hand.state.tile.focus == pytest.approx((0.4, 0.5))
    hand.drag((100, 200), (100, 80), button=Button.RIGHT)
    assert hand.state.tile.zoom == pytest.approx(2.0)


def test_a_right_click_changes_nothing():
    hand = Hand(ToolName.WINDOW)
    before = hand.state
    hand.drag((100, 100), (102, 101), button=Button.RIGHT)
    assert hand.state == before
    assert not hand.mouse.dragging


def test_zooming_keeps_the_point_where_the_button_went_down():
    hand = Hand(ToolName.ZOOM)
    kept = VIEW.to_image((100, 300))
    hand.drag((100, 300), (100, 180))
    tile = hand.state.tile
    assert replace(VIEW, zoom=tile.zoom, focus=tile.focus).to_view(kept) == pytest.approx(
        (100, 300)
    )


def test_scrolling_down_goes_further():
    hand = Hand(ToolName.SCROLL)
    hand.drag((100, 100), (100, 160))
    assert hand.state.tile.index == 8
    hand.drag((100, 100), (100, 0))
    assert hand.state.tile.index == 3


def test_a_line_is_drawn_by_press_drag_and_release(a_measuring_hand):
    a_measuring_hand.drag((100, 100), (150, 120), (200, 100))
    (line,) = a_measuring_hand.state.lengths
    assert line.start == pytest.approx(VIEW.to_image((100, 100)))
    assert line.end == pytest.approx(VIEW.to_image((200, 100)))
    assert a_measuring_hand.state.selected == line.number
    assert a_measuring_hand.state.drawing is None


def test_a_line_is_drawn_by_click_move_and_click(a_measuring_hand):
    hand = a_measuring_hand
    hand.drag((100, 100))
    assert hand.state.lengths == ()
    hand.move(180, 110)
    assert hand.state.drawing is not None
    hand.drag((200, 100))
    (line,) = hand.state.lengths
    assert line.end == pytest.approx(VIEW.to_image((200, 100)))


def test_a_double_click_in_one_place_leaves_no_line(a_measuring_hand):
    a_measuring_hand.drag((100, 100))
    a_measuring_hand.drag((100, 100))
    assert a_measuring_hand.state.lengths == ()
    assert a_measuring_hand.state.drawing is None


def test_a_line_ends_at_the_edge_of_the_image(a_measuring_hand):
    a_measuring_hand.drag((100, 100), (1000, 100))
    (line,) = a_measuring_hand.state.lengths
    assert line.end[0] == 99.5


def test_no_line_begins_beside_the_image():
    mouse, state = Mouse(), a_state(ToolName.LENGTH)
    wide = View(800, 400, 100, 100)
    state = mouse.press(state, a_touch(10, 100, view=wide), Button.LEFT)
    assert state.drawing is None
    assert mouse.release(state, a_touch(300, 100, view=wide)).lengths == ()


def test_a_line_being_drawn_is_not_continued_on_another_picture(a_measuring_hand):
    hand = a_measuring_hand
    hand.drag((100, 100))
    other = a_touch(200, 200, uid="9.9")
    assert length.moved(hand.state, other) == hand.state
    assert length.pressed(hand.state, other).drawing.line.sop_instance_uid == "9.9"


def test_an_end_is_moved_by_its_handle_with_any_tool(a_measuring_hand):
    hand = a_measuring_hand
    hand.drag((100, 100), (200, 100))
    hand.state = changes.with_tool(hand.state, ToolName.WINDOW)
    hand.drag((202, 101), (202, 151))
    (line,) = hand.state.lengths
    assert line.start == pytest.approx(VIEW.to_image((100, 100)))
    assert line.end == pytest.approx(VIEW.to_image((200, 150)))
    assert hand.state.tile.window is None


def test_a_line_is_moved_as_a_whole_by_its_middle(a_measuring_hand):
    hand = a_measuring_hand
    hand.drag((100, 100), (200, 100))
    hand.drag((150, 102), (160, 142))
    (line,) = hand.state.lengths
    assert line.start == pytest.approx(VIEW.to_image((110, 140)))
    assert line.end == pytest.approx(VIEW.to_image((210, 140)))


def test_a_click_selects_a_line_without_moving_it_and_beside_it_deselects(a_measuring_hand):
    hand = a_measuring_hand
    hand.drag((100, 100), (200, 100))
    hand.state = changes.with_tool(hand.state, ToolName.PAN)
    before = hand.state.lengths
    hand.drag((300, 300))
    assert hand.state.selected == 0
    hand.drag((100, 100), (101, 101))
    assert hand.state.selected == 1
    assert hand.state.lengths == before


def test_ends_are_held_before_lines_and_newer_before_older(a_measuring_hand):
    hand = a_measuring_hand
    hand.drag((100, 100), (200, 100))
    hand.drag((150, 300), (250, 300))
    assert length.held(hand.state, a_touch(100, 103)).part is Part.START
    assert length.held(hand.state, a_touch(150, 104)).part is Part.LINE
    assert length.held(hand.state, a_touch(200, 298)).number == 2
    assert length.held(hand.state, a_touch(20, 20)) is None


def test_a_mouse_that_was_taken_away_forgets_its_button():
    hand = Hand(ToolName.WINDOW)
    hand.press(100, 100)
    assert hand.mouse.held
    hand.mouse.cancel()
    hand.move(300, 300)
    assert hand.state.tile.window is None
    assert not hand.mouse.held
