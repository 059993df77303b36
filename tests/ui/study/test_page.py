"""Reading a study with mouse and keys."""

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.image import Window
from app.ui.study.corners import window_line
from app.ui.study.menus import fill_presets
from app.ui.study.rail_model import SERIES_MIME
from app.viewer.model.state import Layout, Overlay, ToolName
from app.viewer.model.turn import Turn
from tests.ui.study.archive import FolderServer
from tests.ui.study.conftest import settled

LEFT, MIDDLE, RIGHT = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.MiddleButton,
    Qt.MouseButton.RightButton,
)
NONE = Qt.KeyboardModifier.NoModifier


def drag(widget: QWidget, start: QPoint, end: QPoint, button=LEFT) -> None:
    QTest.mousePress(widget, button, NONE, start)
    for part in (0.5, 1.0):
        at = QPointF(start + (end - start) * part)
        event = QEvent.Type.MouseMove
        move = _mouse(widget, event, at, button)
        QApplication.sendEvent(widget, move)
    QTest.mouseRelease(widget, button, NONE, end)


def _mouse(widget, kind, at, button):
    from PySide6.QtGui import QMouseEvent

    return QMouseEvent(kind, at, widget.mapToGlobal(at), Qt.MouseButton.NoButton, button, NONE)


def wheel(widget: QWidget, notches: int, modifiers=NONE, at: QPoint | None = None) -> None:
    place = QPointF(at or widget.rect().center())
    event = QWheelEvent(
        place,
        widget.mapToGlobal(place),
        QPoint(),
        QPoint(0, notches * 120),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def tile(page):
    return page.desk.tile


def test_a_study_opens_at_the_middle_image_of_its_first_series(a_brain):
    assert tile(a_brain).count == 30
    assert tile(a_brain).index == 15
    assert a_brain.grid.active.hasFocus()
    shown = a_brain.grid.active.shown()
    assert shown.picture().max() > 0


def test_the_picture_is_painted_where_the_image_lies(a_brain):
    viewport = a_brain.grid.active
    image = viewport.grab().toImage()
    middle = image.pixelColor(viewport.rect().center())
    assert middle.lightness() > 0
    assert image.pixelColor(3, viewport.height() // 3).lightness() == 0


def test_the_wheel_leafs_by_one_and_with_shift_by_ten(a_brain):
    wheel(a_brain.grid.active, -1)
    assert tile(a_brain).index == 16
    wheel(a_brain.grid.active, 1, Qt.KeyboardModifier.ShiftModifier)
    assert tile(a_brain).index == 6


def test_the_wheel_with_ctrl_zooms_at_the_cursor(a_brain):
    viewport = a_brain.grid.active
    at = QPoint(300, 200)
    before = viewport.shown().view.to_image((300, 200))
    wheel(viewport, 4, Qt.KeyboardModifier.ControlModifier, at)
    assert tile(a_brain).zoom == pytest.approx(1.15**4)
    assert viewport.shown().view.to_image((300, 200)) == pytest.approx(before, abs=0.5)


def test_dragging_right_widens_the_window(a_brain):
    viewport = a_brain.grid.active
    before = viewport.shown().window
    drag(viewport, QPoint(300, 300), QPoint(450, 300))
    assert tile(a_brain).window.width == pytest.approx(before.width * 2, rel=0.01)


def test_the_middle_button_pans_and_the_right_one_zooms(a_brain):
    viewport = a_brain.grid.active
    drag(viewport, QPoint(300, 300), QPoint(350, 300), MIDDLE)
    assert tile(a_brain).focus[0] < 0.5
    drag(viewport, QPoint(300, 300), QPoint(300, 180), RIGHT)
    assert tile(a_brain).zoom == pytest.approx(2.0)
    assert a_brain.findChild(QWidget, "none") is None


def test_a_right_click_offers_the_menu_and_changes_nothing(a_brain):
    before = a_brain.desk.state
    wanted = []
    a_brain.grid.menu_wanted.connect(lambda index, _where: wanted.append(index))
    QTest.mouseClick(a_brain.grid.active, RIGHT, NONE, QPoint(300, 300))
    assert wanted == [0]
    assert a_brain.desk.state == before
    a_brain._menu.close()


def test_a_right_click_on_a_measurement_chooses_it(a_brain):
    viewport = a_brain.grid.active
    QTest.keyClick(viewport, "d")
    drag(viewport, QPoint(450, 300), QPoint(550, 300))
    QTest.mouseClick(viewport, RIGHT, NONE, QPoint(300, 500))
    assert a_brain.desk.state.selected == 0
    a_brain._menu.close()
    QTest.mouseClick(viewport, RIGHT, NONE, QPoint(500, 301))
    assert a_brain.desk.state.selected == 1
    assert a_brain.commands.actions["measurement.delete"] in a_brain._menu.actions()
    a_brain._menu.close()


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
    assert tile(a_brain).index == index


def test_shift_and_arrow_leaf_by_ten(a_brain):
    QTest.keyClick(a_brain.grid.active, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert tile(a_brain).index == 25


def test_letters_invert_rotate_and_flip(a_brain):
    for key in "irh":
        QTest.keyClick(a_brain.grid.active, key)
    assert tile(a_brain).inverted
    assert tile(a_brain).turn == Turn(1).flipped_across()


def test_letters_choose_tools_and_the_overlay(a_brain):
    QTest.keyClick(a_brain.grid.active, "d")
    assert a_brain.desk.state.tool is ToolName.LENGTH
    assert a_brain.commands.actions["tool.length"].isChecked()
    QTest.keyClick(a_brain.grid.active, "o")
    assert a_brain.desk.state.overlay is Overlay.SHORT


def test_number_keys_give_a_ct_its_presets_and_0_the_images_own(open_study, series_folder):
    page = open_study(series_folder / "phantom_sphere")
    QTest.keyClick(page.grid.active, "2")
    assert tile(page).window == Window(-600, 1500)
    QTest.keyClick(page.grid.active, "0")
    assert tile(page).window is None


def test_number_keys_give_an_mr_windows_by_its_values_and_its_own(open_study, series_folder):
    page = open_study(series_folder / "mr_multiseq" / "t1")
    seen = []
    for key in "234":
        QTest.keyClick(page.grid.active, key)
        seen.append(tile(page).window.width)
    automatic, narrow, wide = seen
    assert narrow < automatic < wide
    QTest.keyClick(page.grid.active, "1")
    assert tile(page).window is None


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
    assert tile(a_brain).window is not None
    menu.deleteLater()


def test_the_menu_of_windows_says_that_a_colour_image_has_none(open_study, series_folder):
    page = open_study(series_folder / "d2n_generic_rgb")
    menu = QMenu()
    fill_presets(menu, page.desk)
    assert [action.text() for action in menu.actions()] == ["A colour image has no window"]
    menu.deleteLater()


def test_the_chosen_tool_is_worked_by_ctrl_and_arrows(a_brain):
    ctrl, view = Qt.KeyboardModifier.ControlModifier, a_brain.grid.active
    width = view.shown().window.width
    QTest.keyClick(view, Qt.Key.Key_Right, ctrl)
    assert tile(a_brain).window.width > width
    QTest.keyClick(view, Qt.Key.Key_T)
    QTest.keyClick(view, Qt.Key.Key_Right, ctrl | Qt.KeyboardModifier.ShiftModifier)
    assert tile(a_brain).focus[0] < 0.5
    assert tile(a_brain).index == 15


def test_a_length_is_measured_without_the_mouse(a_brain):
    view = a_brain.grid.active
    QTest.keyClick(view, Qt.Key.Key_D)
    QTest.keyClick(view, Qt.Key.Key_Return)
    QTest.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view, Qt.Key.Key_Return)
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view, Qt.Key.Key_Return)
    (line,) = a_brain.desk.state.lengths
    assert line.end[1] > line.start[1]
    assert tile(a_brain).index == 15
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert tile(a_brain).index == 16


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
    assert tile(a_brain).window is not None
    test_a_length_is_measured_without_the_mouse(a_brain)
    press_cyrillic(a_brain.grid.active, "Я", Qt.KeyboardModifier.ControlModifier)
    assert a_brain.desk.state.lengths == ()


def press_cyrillic(widget: QWidget, letter: str, modifiers=NONE) -> None:
    kind = QEvent.Type.KeyPress
    QApplication.sendEvent(widget, QKeyEvent(kind, ord(letter), modifiers, letter.lower()))


def test_escape_gives_up_first_and_resets_then(a_brain):
    viewport = a_brain.grid.active
    wheel(viewport, 3, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(viewport, "d")
    QTest.mouseClick(viewport, LEFT, NONE, QPoint(500, 300))
    assert a_brain.desk.state.drawing is not None
    QTest.keyClick(viewport, Qt.Key.Key_Escape)
    assert a_brain.desk.state.drawing is None
    assert tile(a_brain).zoom > 1
    QTest.keyClick(viewport, Qt.Key.Key_Escape)
    assert tile(a_brain).zoom == 1


def test_a_length_is_measured_selected_and_deleted(a_brain):
    viewport = a_brain.grid.active
    QTest.keyClick(viewport, "d")
    drag(viewport, QPoint(450, 300), QPoint(550, 300))
    (line,) = a_brain.desk.state.lengths
    assert a_brain.desk.state.selected == line.number
    QTest.keyClick(viewport, Qt.Key.Key_Delete)
    assert a_brain.desk.state.lengths == ()
    QTest.keyClick(viewport, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert a_brain.desk.state.lengths == (line,)


def test_a_measurement_does_not_darken_its_picture(a_brain, qtbot):
    a_brain.desk.arrange(1, 2)
    viewport = a_brain.grid.viewports[0]
    middle = viewport.rect().center()
    before = viewport.grab().toImage().pixelColor(middle).lightness()
    QTest.keyClick(viewport, "d")
    drag(viewport, middle + QPoint(40, 60), middle + QPoint(80, 90))
    assert len(a_brain.desk.state.lengths) == 1
    assert viewport.grab().toImage().pixelColor(middle).lightness() == before > 0


def test_a_measurement_goes_to_the_report_in_millimetres_with_its_calibration(a_brain, qtbot):
    viewport = a_brain.grid.active
    QTest.keyClick(viewport, "d")
    drag(viewport, QPoint(450, 300), QPoint(550, 300))
    with qtbot.waitSignal(a_brain.measurement_chosen) as sent:
        QTest.keyClick(viewport, "m")
    line = sent.args[0]
    assert line.unit == "mm"
    assert line.value == pytest.approx(100 / viewport.shown().view.scale, rel=0.02)
    assert line.calibration == "Pixel spacing"
    assert "image 16" in line.label


def test_sending_without_a_measurement_says_what_to_do(a_brain):
    a_brain.send_measurement()
    assert "Measure a length" in a_brain.message.text()


def test_a_key_image_is_a_png_without_the_patients_name(a_brain, qtbot):
    with qtbot.waitSignal(a_brain.key_image_captured) as sent:
        QTest.keyClick(a_brain.grid.active, "k")
    captured = sent.args[0]
    assert captured.png.startswith(b"\x89PNG")
    assert captured.sop_instance_uid == a_brain.grid.active.shown().image.sop_instance_uid
    assert captured.frame == 0
    assert "image 16" in captured.caption


def test_a_layout_is_filled_with_the_series_of_the_study(open_study, series_folder, qtbot):
    page = open_study(series_folder / "mr_multiseq" / "t1", series_folder / "mr_multiseq" / "t2")
    page.desk.arrange(1, 2)
    qtbot.waitUntil(lambda: settled(page), timeout=20_000)
    uids = {each.series_uid for each in page.desk.state.tiles[:2]}
    assert len(uids) == 2
    first, second = page.grid.viewports
    assert first.geometry().right() < second.geometry().left()
    assert all(viewport.shown().picture() is not None for viewport in (first, second))


def test_a_double_click_maximises_a_tile_and_brings_the_others_back(a_brain):
    a_brain.desk.arrange(2, 2)
    QTest.mouseDClick(a_brain.grid.viewports[0], LEFT, NONE, QPoint(50, 50))
    assert a_brain.desk.state.maximised
    assert a_brain.grid.viewports[0].size() == a_brain.grid.size()
    assert not a_brain.grid.viewports[1].isVisible()
    QTest.mouseDClick(a_brain.grid.viewports[0], LEFT, NONE, QPoint(50, 50))
    assert not a_brain.desk.state.maximised
    assert a_brain.grid.viewports[1].isVisible()


def test_a_series_dropped_on_a_tile_is_shown_there(a_brain, qtbot):
    a_brain.desk.arrange(1, 2)
    data = QMimeData()
    data.setData(SERIES_MIME, a_brain.desk.readable[0].series_uid.encode())
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, NONE)
    a_brain.grid.viewports[1].dropEvent(event)
    assert a_brain.desk.state.active == 1
    assert tile(a_brain).series_uid == a_brain.desk.readable[0].series_uid
    assert tile(a_brain).count == 30


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
    first = tile(page).series_uid
    page.rail.setFocus()
    QTest.keyClick(page.rail, Qt.Key.Key_Down)
    QTest.keyClick(page.rail, Qt.Key.Key_Return)
    assert tile(page).series_uid != first
    QTest.keyClick(page.grid.active, Qt.Key.Key_PageUp)
    assert tile(page).series_uid == first


def test_layouts_have_keys(a_brain):
    a_brain.commands.actions["layout.2x2"].trigger()
    assert a_brain.desk.state.layout == Layout(2, 2)


def test_a_panel_is_docked_at_the_right_and_can_be_hidden(a_brain):
    panel = QLabel("report")
    panel.setMinimumWidth(200)
    a_brain.set_side_panel(panel)
    assert panel.isVisible()
    assert panel.mapTo(a_brain, QPoint(0, 0)).x() > a_brain.grid.width() / 2
    a_brain.toolbar.panel.click()
    assert not panel.isVisible()


def test_without_a_panel_there_is_no_button_for_it(a_brain):
    assert not a_brain.toolbar.panel.isVisible()
    a_brain.set_side_panel(QLabel("report"))
    assert a_brain.toolbar.panel.isVisible()


def test_who_may_not_write_reports_sends_nothing_to_them(open_study, series_folder):
    server = FolderServer(series_folder / "mr_pacsman")
    server.permissions = frozenset()
    page = open_study(server=server)
    assert not page.toolbar.key_image.isVisible()
    assert not page.toolbar.measurement.isVisible()
    page.commands.actions["view.mpr"].trigger()
    assert not page.toolbar.key_image.isVisible()


def test_letters_typed_into_the_panel_do_not_reach_the_images(a_brain, qtbot):
    from PySide6.QtWidgets import QLineEdit

    panel = QLineEdit()
    a_brain.set_side_panel(panel)
    panel.setFocus()
    QTest.keyClicks(panel, "irdo")
    assert panel.text() == "irdo"
    assert not tile(a_brain).inverted


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


def test_every_button_has_a_name(a_brain):
    for button in a_brain.toolbar.findChildren(QAbstractButton):
        assert button.accessibleName() or button.text()
    for widget in (a_brain.rail, a_brain.grid.active):
        assert widget.accessibleName()


def hover(widget: QWidget, at: QPoint) -> None:
    QApplication.sendEvent(
        widget, _mouse(widget, QEvent.Type.MouseMove, QPointF(at), Qt.MouseButton.NoButton)
    )


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


def test_windows_by_the_values_of_an_image(open_study, series_folder):
    page = open_study(series_folder / "phantom_sphere")
    values = page.grid.active.shown().values
    QTest.keyClick(page.grid.active, "`")
    full = tile(page).window
    assert full.width == pytest.approx(float(values.max()) - float(values.min()) + 1)
    page.desk.use_automatic_window()
    assert tile(page).window.width <= full.width


def test_colour_images_take_no_window(open_study, series_folder):
    page = open_study(series_folder / "d2n_generic_rgb")
    QTest.keyClick(page.grid.active, "2")
    assert page.message.text() == "A colour image has no window"
    QTest.keyClick(page.grid.active, "`")
    page.desk.use_automatic_window()
    assert tile(page).window is None
    drag(page.grid.active, QPoint(300, 300), QPoint(400, 300))
    assert tile(page).window is None


def test_plus_and_minus_zoom_about_the_middle(a_brain):
    QTest.keyClick(a_brain.grid.active, Qt.Key.Key_Plus)
    assert tile(a_brain).zoom == pytest.approx(1.15)
    assert tile(a_brain).focus == pytest.approx((0.5, 0.5))
    QTest.keyClick(a_brain.grid.active, Qt.Key.Key_Minus)
    assert tile(a_brain).zoom == pytest.approx(1.0)


def test_an_image_of_the_report_is_shown_where_it_came_from(open_study, series_folder, qtbot):
    page = open_study(series_folder / "mr_multiseq" / "t1", series_folder / "mr_multiseq" / "t2")
    first = tile(page).series_uid
    uid = page.desk.loaded(0).shots[1].image.sop_instance_uid
    QTest.keyClick(page.grid.active, Qt.Key.Key_PageDown)
    assert tile(page).series_uid != first
    assert page.show_image(uid)
    assert (tile(page).series_uid, tile(page).index) == (first, 1)
    assert not page.show_image("9.9.9")


def test_a_dragged_series_lights_the_tile_it_is_over(a_brain):
    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent

    viewport = a_brain.grid.active
    data = QMimeData()
    data.setData(SERIES_MIME, b"1.2")
    viewport.dragEnterEvent(
        QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, LEFT, NONE)
    )
    lit = viewport.grab().toImage().pixelColor(1, 1)
    assert lit.blue() > lit.red()
    viewport.dragLeaveEvent(QDragLeaveEvent())
    assert viewport.grab().toImage().pixelColor(1, 1).lightness() == 0


def test_the_list_says_what_each_series_is(a_brain):
    model = a_brain.rail.model()
    index = model.index(0)
    described = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Magnetic resonance" in described
    assert "30 images" in described
    data = model.mimeData([index])
    assert data.data(SERIES_MIME).toStdString() == a_brain.desk.readable[0].series_uid


def test_the_page_works_on_while_the_server_is_away(open_study, series_folder):
    server = FolderServer(series_folder / "mr_pacsman")
    page = open_study(server=server)
    server.reachable = False
    page.refresh()
    wheel(page.grid.active, -3)
    assert tile(page).index == 18
    assert page.grid.active.shown().picture() is not None
