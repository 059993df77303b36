"""Choosing rows and columns by pointing."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.ui.study.layout_chooser import CELL, EDGE, GAP, LayoutChooser
from app.viewer.model.state import Layout


@pytest.fixture
def a_chooser(qtbot):
    chooser = LayoutChooser()
    qtbot.addWidget(chooser)
    chooser.show_layout(Layout(1, 2))
    return chooser


@pytest.fixture
def chosen(a_chooser):
    got = []
    a_chooser.chosen.connect(lambda rows, columns: got.append((rows, columns)))
    return got


def cell(row: int, column: int) -> QPoint:
    pitch = CELL + GAP
    return QPoint(EDGE + column * pitch + CELL // 2, EDGE + row * pitch + CELL // 2)


def test_it_begins_with_the_layout_in_use(a_chooser):
    assert a_chooser.grid.pointed == (1, 2)
    assert a_chooser.grid.accessibleName() == "Layout of 1 by 2"


def test_a_click_on_a_cell_chooses_the_layout_up_to_it(a_chooser, chosen):
    QTest.mouseClick(a_chooser.grid, Qt.MouseButton.LeftButton, pos=cell(1, 2))
    assert chosen == [(2, 3)]


def test_arrow_keys_point_and_enter_chooses(a_chooser, chosen):
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left):
        QTest.keyClick(a_chooser.grid, key)
    assert a_chooser.grid.pointed == (3, 1)
    QTest.keyClick(a_chooser.grid, Qt.Key.Key_Return)
    assert chosen == [(3, 1)]


def test_pointing_outside_stays_within_nine_cells(a_chooser, chosen):
    QTest.mouseClick(a_chooser.grid, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert chosen == [(1, 1)]
    a_chooser.grid.point_at(7, 9)
    assert a_chooser.grid.pointed == (3, 3)


def test_the_lit_cells_are_those_up_to_the_pointed_one(a_chooser):
    a_chooser.grid.point_at(1, 2)
    drawn = a_chooser.grid.grab().toImage()
    lit, dark = drawn.pixelColor(cell(0, 1)), drawn.pixelColor(cell(1, 1))
    assert lit.blue() > lit.red()
    assert dark.blue() == dark.red()
