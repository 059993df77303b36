"""Reading with keys, on any keyboard."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.viewer.model.state import Layout, Overlay, ToolName
from app.viewer.model.turn import Turn
from tests.ui.gestures import LEFT, NO_KEYS, drag, wheel


def press_cyrillic(widget: QWidget, letter: str, modifiers=NO_KEYS) -> None:
    kind = QEvent.Type.KeyPress
    QApplication.sendEvent(widget, QKeyEvent(kind, ord(letter), modifiers, letter.lower()))


@pytest.mark.parametrize(
    ("key", "index"),
    [
        (Qt.Key.Key_Down, 16),
        (Qt.Key.Key_Up, 14),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_End, 29),
    ],
)
def test_arrow_keys_home_and_end_leaf(a_brain, key, index):
    QTest.keyClick(a_brain.grid.active, key)
    assert a_brain.desk.tile.index == index


def test_shift_and_arrow_leaf_by_ten(a_brain):
    QTest.keyClick(a_brain.grid.active, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert a_brain.desk.tile.index == 25


def test_letters_invert_rotate_and_flip(a_brain):
    for key in "irh":
        QTest.keyClick(a_brain.grid.active, key)
    assert a_brain.desk.tile.inverted
    assert a_brain.desk.tile.turn == Turn(1).flipped_across()


def test_letters_choose_tools_and_the_overlay(a_brain):
    QTest.keyClick(a_brain.grid.active, "d")
    assert a_brain.desk.state.tool is ToolName.LENGTH
    assert a_brain.commands.actions["tool.length"].isChecked()
    QTest.keyClick(a_brain.grid.active, "o")
    assert a_brain.desk.state.overlay is Overlay.SHORT


def test_the_chosen_tool_is_worked_by_ctrl_and_arrows(a_brain):
    ctrl, view = Qt.KeyboardModifier.ControlModifier, a_brain.grid.active
    width = view.shown().window.width
    QTest.keyClick(view, Qt.Key.Key_Right, ctrl)
    assert a_brain.desk.tile.window.width > width
    QTest.keyClick(view, Qt.Key.Key_T)
    QTest.keyClick(view, Qt.Key.Key_Right, ctrl | Qt.KeyboardModifier.ShiftModifier)
    assert a_brain.desk.tile.focus[0] < 0.5
    assert a_brain.desk.tile.index == 15


@pytest.mark.parametrize(
    ("letter", "tool"), [("В", ToolName.LENGTH), ("Е", ToolName.PAN), ("Я", ToolName.ZOOM)]
)
def test_letters_work_on_a_russian_keyboard(a_brain, letter, tool):
    press_cyrillic(a_brain.grid.active, letter)
    assert a_brain.desk.state.tool is tool


def test_a_russian_key_with_ctrl_works_and_one_without_meaning_does_nothing(a_brain):
    state = a_brain.desk.state
    press_cyrillic(a_brain.grid.active, "Ъ")
    assert a_brain.desk.state == state
    press_cyrillic(a_brain.grid.active, "Ё")
    assert a_brain.desk.tile.window is not None
    press_cyrillic(a_brain.grid.active, "В")
    drag(a_brain.grid.active, QPoint(400, 200), QPoint(500, 300))
    assert len(a_brain.desk.state.lengths) == 1
    press_cyrillic(a_brain.grid.active, "Я", Qt.KeyboardModifier.ControlModifier)
    assert a_brain.desk.state.lengths == ()


def test_escape_gives_up_first_and_resets_then(a_brain):
    viewport = a_brain.grid.active
    wheel(viewport, 3, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(viewport, "d")
    QTest.mouseClick(viewport, LEFT, NO_KEYS, QPoint(500, 300))
    assert a_brain.desk.state.drawing is not None
    QTest.keyClick(viewport, Qt.Key.Key_Escape)
    assert a_brain.desk.state.drawing is None
    assert a_brain.desk.tile.zoom > 1
    QTest.keyClick(viewport, Qt.Key.Key_Escape)
    assert a_brain.desk.tile.zoom == 1


def test_tab_goes_to_the_next_tile(a_brain):
    a_brain.desk.arrange(1, 2)
    a_brain.desk.open_series(a_brain.desk.readable[0].series_uid, 1)
    a_brain.grid.viewports[0].setFocus()
    assert a_brain.desk.state.active == 0
    QTest.keyClick(a_brain.grid.viewports[0], Qt.Key.Key_Tab)
    assert a_brain.desk.state.active == 1
    QTest.keyClick(a_brain.grid.viewports[1], Qt.Key.Key_Left)
    assert a_brain.desk.state.active == 0
    assert a_brain.grid.viewports[0].hasFocus()


def test_enter_in_the_list_opens_a_series(open_study, series_folder, qtbot):
    page = open_study(series_folder / "mr_multiseq" / "t1", series_folder / "mr_multiseq" / "t2")
    first = page.desk.tile.series_uid
    page.rail.setFocus()
    QTest.keyClick(page.rail, Qt.Key.Key_Down)
    QTest.keyClick(page.rail, Qt.Key.Key_Return)
    assert page.desk.tile.series_uid != first
    QTest.keyClick(page.grid.active, Qt.Key.Key_PageUp)
    assert page.desk.tile.series_uid == first


def test_layouts_have_keys(a_brain):
    a_brain.commands.actions["layout.2x2"].trigger()
    assert a_brain.desk.state.layout == Layout(2, 2)


def test_letters_typed_into_the_panel_do_not_reach_the_images(a_brain, qtbot):
    from PySide6.QtWidgets import QLineEdit

    panel = QLineEdit()
    a_brain.set_side_panel(panel)
    panel.setFocus()
    QTest.keyClicks(panel, "irdo")
    assert panel.text() == "irdo"
    assert not a_brain.desk.tile.inverted


def test_a_page_put_into_a_window_has_its_keys_in_the_images(open_study, series_folder, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    page = open_study(series_folder / "mr_pacsman")
    page.hide()
    column = QVBoxLayout(window)
    column.addWidget(QPushButton("elsewhere"))
    column.addWidget(page)
    page.show()
    window.show()
    qtbot.waitUntil(page.grid.active.hasFocus)
    page.setParent(None)


def test_plus_and_minus_zoom_about_the_middle(a_brain):
    QTest.keyClick(a_brain.grid.active, Qt.Key.Key_Plus)
    assert a_brain.desk.tile.zoom == pytest.approx(1.15)
    assert a_brain.desk.tile.focus == pytest.approx((0.5, 0.5))
    QTest.keyClick(a_brain.grid.active, Qt.Key.Key_Minus)
    assert a_brain.desk.tile.zoom == pytest.approx(1.0)
