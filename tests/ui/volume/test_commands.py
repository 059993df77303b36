"""The commands of a volume's page are rows of the action table, for menus and help."""

import pytest

from app.ui.actions import ACTIONS, Menu, TableAction
from app.ui.volume.keys import pane_keys
from app.viewer.model.orientation import letters
from app.viewer.scene.planes import PlaneName
from app.viewer.scene.slab import SlabMode


def actions(page):
    return {action.row.id: action for action in page.findChildren(TableAction)}


def test_every_row_of_the_volume_has_its_action(page):
    rows = {row.id for row in ACTIONS.values() if row.menu is Menu.VOLUME}
    assert set(actions(page)) == rows - {"view.mpr"}


def test_every_key_that_does_more_than_move_a_pane_is_in_the_table(page):
    listed = {key for row in ACTIONS.values() for key in row.keys}
    for pane in page.viewing.panes.all:
        assert set(pane.keys) - set(pane_keys(page.viewing, pane)) <= listed


@pytest.mark.parametrize(
    ("name", "letter"), [("volume.left", "L"), ("volume.feet", "F"), ("volume.back", "P")]
)
def test_the_menu_looks_from_a_side(page, name, letter):
    actions(page)[name].trigger()
    assert letters(page.viewing.panes.volume.camera.towards_eye) == letter


def test_the_menu_turns_planes_and_thickens_the_slab(page):
    chosen, session = actions(page), page.viewing.session
    page.viewing.panes.planes[PlaneName.CORONAL].setFocus()
    chosen["volume.turn-right"].trigger()
    assert session.state.turned
    chosen["volume.straighten"].trigger()
    assert not session.state.turned
    for _ in range(3):
        chosen["volume.thicker"].trigger()
    chosen["volume.thinner"].trigger()
    chosen["volume.projection"].trigger()
    assert (session.state.slab.thickness_mm, session.state.slab.mode) == (2, SlabMode.MINIP)
    chosen["volume.alone"].trigger()
    assert page.viewing.panes.alone is page.viewing.panes.active
    chosen["volume.reset"].trigger()
    assert session.state.slab.thickness_mm == 0
