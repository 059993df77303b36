"""Reading with the mouse: wheel, drags, clicks, and what hovers."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QWidget,
)

from app.ui.study.rail_model import SERIES_MIME
from tests.ui.gestures import LEFT, MIDDLE, NO_KEYS, RIGHT, drag, hover, wheel


def test_the_wheel_leafs_by_one_and_with_shift_by_ten(a_brain):
    wheel(a_brain.grid.active, -1)
    assert a_brain.desk.tile.index == 16
    wheel(a_brain.grid.active, 1, Qt.KeyboardModifier.ShiftModifier)
    assert a_brain.desk.tile.index == 6


def test_the_wheel_with_ctrl_zooms_at_the_cursor(a_brain):
    viewport = a_brain.grid.active
    at = QPoint(300, 200)
    before = viewport.shown().view.to_image((300, 200))
    wheel(viewport, 4, Qt.KeyboardModifier.ControlModifier, at)
    assert a_brain.desk.tile.zoom == pytest.approx(1.15**4)
    assert viewport.shown().view.to_image((300, 200)) == pytest.approx(before, abs=0.5)


def test_dragging_right_widens_the_window(a_brain):
    viewport = a_brain.grid.active
    before = viewport.shown().window
    drag(viewport, QPoint(300, 300), QPoint(450, 300))
    assert a_brain.desk.tile.window.width == pytest.approx(before.width * 2, rel=0.01)


def test_the_middle_button_pans_and_the_right_one_zooms(a_brain):
    viewport = a_brain.grid.active
    drag(viewport, QPoint(300, 300), QPoint(350, 300), MIDDLE)
    assert a_brain.desk.tile.focus[0] < 0.5
    drag(viewport, QPoint(300, 300), QPoint(300, 180), RIGHT)
    assert a_brain.desk.tile.zoom == pytest.approx(2.0)
    assert a_brain.findChild(QWidget, "none") is None


def test_a_right_click_offers_the_menu_and_changes_nothing(a_brain):
    before = a_brain.desk.state
    wanted = []
    a_brain.grid.menu_wanted.connect(lambda index, _where: wanted.append(index))
    QTest.mouseClick(a_brain.grid.active, RIGHT, NO_KEYS, QPoint(300, 300))
    assert wanted == [0]
    assert a_brain.desk.state == before
    a_brain._menu.close()


def test_a_right_click_on_a_measurement_chooses_it(a_brain):
    viewport = a_brain.grid.active
    QTest.keyClick(viewport, "d")
    drag(viewport, QPoint(450, 300), QPoint(550, 300))
    QTest.mouseClick(viewport, RIGHT, NO_KEYS, QPoint(300, 500))
    assert a_brain.desk.state.selected == 0
    a_brain._menu.close()
    QTest.mouseClick(viewport, RIGHT, NO_KEYS, QPoint(500, 301))
    assert a_brain.desk.state.selected == 1
    assert a_brain.commands.actions["measurement.delete"] in a_brain._menu.actions()
    a_brain._menu.close()


def test_a_double_click_maximises_a_tile_and_brings_the_others_back(a_brain):
    a_brain.desk.arrange(2, 2)
    QTest.mouseDClick(a_brain.grid.viewports[0], LEFT, NO_KEYS, QPoint(50, 50))
    assert a_brain.desk.state.maximised
    assert a_brain.grid.viewports[0].size() == a_brain.grid.size()
    assert not a_brain.grid.viewports[1].isVisible()
    QTest.mouseDClick(a_brain.grid.viewports[0], LEFT, NO_KEYS, QPoint(50, 50))
    assert not a_brain.desk.state.maximised
    assert a_brain.grid.viewports[1].isVisible()


def test_a_series_dropped_on_a_tile_is_shown_there(a_brain, qtbot):
    a_brain.desk.arrange(1, 2)
    data = QMimeData()
    data.setData(SERIES_MIME, a_brain.desk.readable[0].series_uid.encode())
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, NO_KEYS)
    a_brain.grid.viewports[1].dropEvent(event)
    assert a_brain.desk.state.active == 1
    assert a_brain.desk.tile.series_uid == a_brain.desk.readable[0].series_uid
    assert a_brain.desk.tile.count == 30


def test_the_mouse_shows_that_a_measurement_can_be_held(a_brain):
    viewport = a_brain.grid.active
    QTest.keyClick(viewport, "d")
    drag(viewport, QPoint(450, 300), QPoint(550, 300))
    hover(viewport, QPoint(500, 301))
    assert viewport.cursor().shape() is Qt.CursorShape.SizeAllCursor
    hover(viewport, QPoint(450, 300))
    assert viewport.cursor().shape() is Qt.CursorShape.PointingHandCursor
    hover(viewport, QPoint(300, 500))
    assert viewport.cursor().shape() is Qt.CursorShape.CrossCursor


@pytest.mark.filterwarnings("ignore:Function. 'QDragEnterEvent:DeprecationWarning")
def test_a_dragged_series_lights_the_tile_it_is_over(a_brain):
    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent

    viewport = a_brain.grid.active
    data = QMimeData()
    data.setData(SERIES_MIME, b"1.2")
    viewport.dragEnterEvent(
        QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, LEFT, NO_KEYS)
    )
    lit = viewport.grab().toImage().pixelColor(1, 1)
    assert lit.blue() > lit.red()
    viewport.dragLeaveEvent(QDragLeaveEvent())
    assert viewport.grab().toImage().pixelColor(1, 1).lightness() == 0
