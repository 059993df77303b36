"""Windows: presets, their menu, and the values they are made from."""

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QMenu,
)

from app.domain.image import Window
from app.ui.study.corners import window_line
from app.ui.study.menus import fill_presets
from tests.ui.gestures import drag, hover


def test_number_keys_give_a_ct_its_presets_and_0_the_images_own(open_study, series_folder):
    page = open_study(series_folder / "phantom_sphere")
    QTest.keyClick(page.grid.active, "2")
    assert page.desk.tile.window == Window(-600, 1500)
    QTest.keyClick(page.grid.active, "0")
    assert page.desk.tile.window is None


def test_number_keys_give_an_mr_windows_by_its_values_and_its_own(open_study, series_folder):
    page = open_study(series_folder / "mr_multiseq" / "t1")
    seen = []
    for key in "234":
        QTest.keyClick(page.grid.active, key)
        seen.append(page.desk.tile.window.width)
    automatic, narrow, wide = seen
    assert narrow < automatic < wide
    QTest.keyClick(page.grid.active, "1")
    assert page.desk.tile.window is None


def test_number_keys_give_a_pet_its_ranges_of_suv(open_study, series_folder):
    page = open_study(series_folder / "pet_wb_a")
    QTest.keyClick(page.grid.active, "4")
    shown = page.grid.active.shown()
    assert window_line(shown.window, shown.image) == "SUV 0 to 10"


def test_the_menu_of_windows_says_the_keys(a_brain):
    menu = QMenu()
    fill_presets(menu, a_brain.desk)
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == [
        "Window of the image\t0, 1",
        "Full window\t`",
        "Automatic window\t2",
        "Narrow window\t3",
        "Wide window\t4",
    ]
    menu.actions()[-1].trigger()
    assert a_brain.desk.tile.window is not None
    menu.deleteLater()


def test_the_menu_of_windows_says_that_a_colour_image_has_none(open_study, series_folder):
    page = open_study(series_folder / "d2n_generic_rgb")
    menu = QMenu()
    fill_presets(menu, page.desk)
    assert [action.text() for action in menu.actions()] == ["A colour image has no window"]
    menu.deleteLater()


def test_the_value_under_the_mouse_is_said_in_the_unit_of_the_image(open_study, series_folder):
    page = open_study(series_folder / "phantom_sphere")
    viewport = page.grid.active
    hover(viewport, viewport.rect().center())
    image = viewport.shown()
    stored = image.values[32, 32] * image.image.slope + image.image.intercept
    assert viewport._pixel.startswith(f"Value {stored:.0f}".replace("-", "−"))
    QApplication.sendEvent(viewport, QEvent(QEvent.Type.Leave))
    assert viewport._pixel == ""
    hover(viewport, QPoint(2, 2))
    assert viewport._pixel == ""


def test_the_value_of_a_colour_image_has_three_parts(open_study, series_folder):
    page = open_study(series_folder / "d2n_generic_rgb")
    hover(page.grid.active, page.grid.active.rect().center())
    assert page.grid.active._pixel.startswith("RGB ")


def test_windows_by_the_values_of_an_image(open_study, series_folder):
    page = open_study(series_folder / "phantom_sphere")
    values = page.grid.active.shown().values
    QTest.keyClick(page.grid.active, "`")
    full = page.desk.tile.window
    assert full.width == pytest.approx(float(values.max()) - float(values.min()) + 1)
    page.desk.use_automatic_window()
    assert page.desk.tile.window.width <= full.width


def test_colour_images_take_no_window(open_study, series_folder):
    page = open_study(series_folder / "d2n_generic_rgb")
    QTest.keyClick(page.grid.active, "2")
    assert page.message.text() == "A colour image has no window"
    QTest.keyClick(page.grid.active, "`")
    page.desk.use_automatic_window()
    assert page.desk.tile.window is None
    drag(page.grid.active, QPoint(300, 300), QPoint(400, 300))
    assert page.desk.tile.window is None
