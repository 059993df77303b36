"""The page of a volume: what hands do, what eyes see, and that nothing is left behind."""

import threading

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction, QImage, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from app.language import Language
from app.ui.language import switch_language
from app.ui.volume.grips import handles, lines
from app.ui.volume.pane import Pane
from app.ui.volume.plane_pane import PlaneTool
from app.ui.volume.volume_renderer import VolumeRenderer
from app.viewer.scene.planes import STANDARD, PlaneName
from app.viewer.scene.slab import SlabMode
from tests.ui.gestures import LEFT, MIDDLE, NO_KEYS, RIGHT, click, drag, wheel
from tests.ui.volume.conftest import (
    grey_at,
    planes,
    point_of,
    wait_for_planes,
    wait_for_rest,
)

AXIAL, CORONAL, SAGITTAL = PlaneName
BALL = (15.0, -15.0, 15.0)
Keys = Qt.KeyboardModifier


def state(page):
    return page.viewing.session.state


def pane(page, name):
    return page.viewing.panes.planes[name]


def press(page, key, modifiers=NO_KEYS, where=AXIAL):
    QTest.keyClick(pane(page, where), key, modifiers)


def test_a_click_on_a_finding_shows_it_in_all_three_planes(page, qtbot):
    axial = pane(page, AXIAL)
    wheel(pane(page, AXIAL), 10)
    click(axial, point_of(axial, (BALL[0], BALL[1], 0)))
    wait_for_rest(qtbot, page)
    assert state(page).crosshair == pytest.approx(BALL, abs=1.0)
    for each in planes(page):
        beside = point_of(each, state(page).crosshair) + QPointF(3, 3)
        assert grey_at(each, beside) == 255, each.name


def test_dragging_a_line_moves_the_crosshair(page):
    axial = pane(page, AXIAL)
    start = point_of(axial, state(page).crosshair) + QPointF(60, 0)
    drag(axial, start, start + QPointF(0, 30))
    moved = state(page).crosshair[1] - page.viewing.session.first.crosshair[1]
    assert moved == pytest.approx(30 * axial.cut.pitch * axial.devicePixelRatioF())


def test_dragging_a_handle_turns_the_other_planes(page, qtbot):
    axial = pane(page, AXIAL)
    line = lines(state(page), axial.cut, AXIAL)[0]
    ratio = axial.devicePixelRatioF()
    start = QPointF(*handles(line, axial.cut)[1]) / ratio
    drag(axial, start, start + QPointF(0, 40))
    assert state(page).turned
    assert state(page).orientations[AXIAL] == STANDARD[AXIAL]
    page.viewing.straighten()
    assert not state(page).turned


@pytest.mark.parametrize(
    ("name", "axis", "step"), [(AXIAL, 2, -1.5), (CORONAL, 1, 1.0), (SAGITTAL, 0, 1.0)]
)
def test_the_wheel_leafs_by_one_plane_in_reading_order(page, name, axis, step):
    before = state(page).crosshair
    wheel(pane(page, name), -1)
    assert state(page).crosshair[axis] - before[axis] == pytest.approx(step)
    wheel(pane(page, name), -1, Keys.ShiftModifier)
    assert state(page).crosshair[axis] - before[axis] == pytest.approx(step * 11)


def test_parts_of_a_notch_from_a_touchpad_add_up(page):
    before = state(page).crosshair
    for _ in range(4):
        wheel(pane(page, AXIAL), -0.25)
    assert state(page).crosshair[2] - before[2] == pytest.approx(-1.5)


@pytest.mark.parametrize("sideways", [False, True])
def test_alt_and_the_wheel_thicken_the_slab_live(page, qtbot, sideways):
    wheel(pane(page, CORONAL), 8, Keys.AltModifier, sideways=sideways)
    assert state(page).slab.thickness_mm == 8
    assert page.viewing.bar.thickness.value() == 8
    wheel(pane(page, CORONAL), -20, Keys.AltModifier, sideways=sideways)
    assert state(page).slab.thickness_mm == 0


def test_a_mip_slab_shows_what_lies_before_and_behind(page, qtbot):
    axial = pane(page, AXIAL)
    at = point_of(axial, (BALL[0], BALL[1], 0))
    assert grey_at(axial, at) < 150
    page.viewing.bar.thickness.setValue(40)
    wait_for_rest(qtbot, page)
    assert grey_at(axial, at) == 255
    page.viewing.bar.mode.setCurrentIndex(list(SlabMode).index(SlabMode.MINIP))
    wait_for_rest(qtbot, page)
    assert grey_at(axial, at) < 150


def test_a_key_goes_through_the_ways_of_projecting(page):
    modes = []
    for _ in SlabMode:
        press(page, Qt.Key.Key_B, Keys.ControlModifier | Keys.AltModifier)
        modes.append(state(page).slab.mode)
    assert modes == [SlabMode.MINIP, SlabMode.MEAN, SlabMode.MIP]


def test_the_cursor_tells_what_can_be_taken(page):
    axial = pane(page, AXIAL)
    middle = point_of(axial, state(page).crosshair)
    shapes = []
    for at in (QPointF(40, 40), middle, middle + QPointF(60, 0)):
        QTest.mouseMove(axial, at.toPoint())
        shapes.append(axial.cursor().shape())
    assert shapes == [
        Qt.CursorShape.CrossCursor,
        Qt.CursorShape.SizeAllCursor,
        Qt.CursorShape.SizeAllCursor,
    ]


def test_a_second_button_does_not_disturb_a_drag(page):
    axial = pane(page, AXIAL)
    QTest.mousePress(axial, LEFT, NO_KEYS, QPointF(40, 40).toPoint())
    QTest.mousePress(axial, RIGHT, NO_KEYS, QPointF(40, 40).toPoint())
    QTest.mouseRelease(axial, RIGHT, NO_KEYS, QPointF(40, 40).toPoint())
    QTest.mouseRelease(axial, LEFT, NO_KEYS, QPointF(40, 40).toPoint())
    drag(axial, QPointF(40, 40), QPointF(190, 40))
    assert state(page).shade.width == 800


def test_ctrl_and_the_wheel_zoom_about_the_mouse(page):
    axial = pane(page, AXIAL)
    at = QPointF(100, 80)
    kept, pitch = axial.cut.lps(*axial.device_point(at)), axial.cut.pitch
    wheel(axial, 3, Keys.ControlModifier, at)
    assert axial.cut.pitch < pitch
    assert axial.cut.lps(*axial.device_point(at)) == pytest.approx(kept, abs=0.3)


def test_dragging_beside_the_crosshair_changes_the_window(page):
    axial = pane(page, AXIAL)
    drag(axial, QPointF(40, 40), QPointF(190, 40))
    assert (state(page).shade.centre, state(page).shade.width) == (40, 800)


def test_with_the_crosshair_tool_a_drag_moves_the_crosshair(page):
    press(page, Qt.Key.Key_X)
    assert page.viewing.bar.tools[PlaneTool.CROSSHAIR].isChecked()
    axial = pane(page, AXIAL)
    drag(axial, QPointF(40, 40), QPointF(150, 90))
    expected = axial.cut.lps(*axial.device_point(QPointF(150, 90)))
    assert state(page).crosshair == pytest.approx(expected)
    assert state(page).shade == page.viewing.session.first.shade


def test_the_middle_button_pans_and_the_right_one_zooms(page):
    axial = pane(page, AXIAL)
    point = axial.cut.lps(50, 50)
    drag(axial, QPointF(100, 100), QPointF(130, 110), MIDDLE)
    ratio = axial.devicePixelRatioF()
    assert axial.cut.pixel(point) == pytest.approx((50 + 30 * ratio, 50 + 10 * ratio))
    pitch = axial.cut.pitch
    drag(axial, QPointF(100, 100), QPointF(100, 40), RIGHT)
    assert axial.cut.pitch < pitch


def test_number_keys_choose_windows_and_nought_the_first(page):
    press(page, Qt.Key.Key_2)
    assert (state(page).shade.centre, state(page).shade.width) == (-600, 1500)
    assert page.viewing.bar.presets.currentIndex() == 2
    press(page, Qt.Key.Key_0)
    assert state(page).shade == page.viewing.session.first.shade


def test_an_mr_has_no_presets_of_hounsfield_units(open_page, qtbot):
    page = open_page("MR", window=None)
    before = state(page).shade
    press(page, Qt.Key.Key_2)
    assert state(page).shade == before
    assert not page.viewing.bar.presets.isVisible()


def test_the_series_is_named_in_a_narrow_bar_too(open_page, qtbot):
    bar = open_page().tool_bar
    bar.show_title("CT 30026 · CHEST 1.0 B31f with contrast")
    bar.resize(bar.minimumSizeHint())
    assert bar.title.fontMetrics().horizontalAdvance("CT 30026…") < bar.title.width()
    assert bar.title.toolTip() == "CT 30026 · CHEST 1.0 B31f with contrast"


def test_keys_work_on_a_russian_keyboard(page):
    event = QKeyEvent(QKeyEvent.Type.KeyPress, 0x0428, NO_KEYS, "ш")
    QApplication.sendEvent(pane(page, AXIAL), event)
    assert state(page).shade.inverted


def test_arrow_keys_leaf(page):
    before = state(page).crosshair
    press(page, Qt.Key.Key_Down)
    assert state(page).crosshair[2] - before[2] == pytest.approx(-1.5)
    press(page, Qt.Key.Key_Home)
    assert state(page).crosshair[2] == pytest.approx(28.5)
    press(page, Qt.Key.Key_End)
    assert state(page).crosshair[2] == pytest.approx(-30)


def test_everything_the_mouse_does_has_a_key(page):
    axial, first = pane(page, AXIAL), page.viewing.session.first
    pitch = axial.cut.pitch
    press(page, Qt.Key.Key_Plus)
    assert axial.cut.pitch < pitch
    press(page, Qt.Key.Key_Minus)
    assert axial.cut.pitch == pytest.approx(pitch)
    press(page, Qt.Key.Key_Up, Keys.AltModifier)
    assert state(page).slab.thickness_mm == 1
    press(page, Qt.Key.Key_Right, Keys.ControlModifier)
    assert state(page).turned
    press(page, Qt.Key.Key_0, Keys.ControlModifier)
    assert state(page) == first


def test_keys_of_the_page_are_not_taken_by_a_shortcut_around_it(open_page, qtbot):
    outer = QWidget()
    action = QAction(outer)
    action.setShortcut("I")
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    outer.addAction(action)
    taken = []
    action.triggered.connect(lambda: taken.append(True))
    page = open_page()
    QVBoxLayout(outer).addWidget(page)
    outer.show()
    qtbot.waitExposed(outer)
    outer.activateWindow()
    pane(page, AXIAL).setFocus()
    press(page, Qt.Key.Key_I)
    assert state(page).shade.inverted
    assert not taken
    page.setParent(None)
    outer.deleteLater()


def test_a_double_click_shows_one_pane_alone_and_leaves_the_crosshair(page, qtbot):
    coronal = pane(page, CORONAL)
    before, narrow = state(page).crosshair, coronal.width()
    at = QPointF(50, 50)
    click(coronal, at)
    QTest.mouseDClick(coronal, LEFT, NO_KEYS, at.toPoint())
    qtbot.waitUntil(lambda: coronal.width() > narrow * 1.8)
    assert state(page).crosshair == before
    assert not pane(page, AXIAL).isVisible()
    QTest.mouseDClick(coronal, LEFT, NO_KEYS, at.toPoint())
    qtbot.waitUntil(lambda: coronal.width() == narrow)
    assert all(each.isVisible() for each in page.viewing.panes.all)


def test_escape_shows_all_panes_again_but_does_nothing_else(page):
    press(page, Qt.Key.Key_Return)
    assert "Esc" in pane(page, AXIAL).keys
    press(page, Qt.Key.Key_Escape)
    assert all(each.isVisible() for each in page.viewing.panes.all)
    assert "Esc" not in pane(page, AXIAL).keys


def test_after_a_choice_in_the_bar_keys_belong_to_the_pane_again(page, qtbot):
    page.activateWindow()
    pane(page, SAGITTAL).setFocus()
    page.viewing.bar.thickness.setFocus()
    QTest.keyClick(page.viewing.bar.thickness, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: pane(page, SAGITTAL).hasFocus())


def test_reset_shows_everything_as_it_opened(page):
    wheel(pane(page, AXIAL), 3)
    wheel(pane(page, AXIAL), 3, Keys.AltModifier)
    press(page, Qt.Key.Key_3)
    press(page, Qt.Key.Key_0, Keys.ControlModifier)
    assert state(page) == page.viewing.session.first


def test_a_key_image_is_the_active_pane_with_its_texts(page, qtbot):
    pane(page, SAGITTAL).setFocus()
    page.viewing.bar.thickness.setValue(10)
    wait_for_rest(qtbot, page)
    with qtbot.waitSignal(page.key_image_captured) as caught:
        press(page, Qt.Key.Key_K, where=SAGITTAL)
    captured = caught.args[0]
    image = QImage.fromData(captured.png, "PNG")
    assert (image.width(), image.height()) == pane(page, SAGITTAL).device_size
    assert captured.caption == "Head, Sagittal, MIP 10 mm"
    assert captured.sop_instance_uid == ""


def test_the_crosshair_and_the_texts_can_be_hidden(page):
    def picture():
        return pane(page, AXIAL).capture().toImage()

    full = picture()
    press(page, Qt.Key.Key_C)
    bare = picture()
    assert bare != full
    press(page, Qt.Key.Key_O)
    assert picture() != bare


@pytest.fixture
def fine_screen(monkeypatch):
    monkeypatch.setattr(Pane, "devicePixelRatioF", lambda _pane: 2.0)


def test_on_a_screen_of_twice_the_pixels_pictures_are_sharp_and_points_true(
    fine_screen, open_page, qtbot
):
    page = open_page()
    wait_for_planes(qtbot, page)
    axial = pane(page, AXIAL)
    image = axial.picture()
    assert (image.width(), image.height()) == (axial.width() * 2, axial.height() * 2)
    wheel(axial, 10)
    click(axial, point_of(axial, (BALL[0], BALL[1], 0)))
    wait_for_rest(qtbot, page)
    assert state(page).crosshair == pytest.approx(BALL, abs=1.0)
    for each in planes(page):
        assert grey_at(each, point_of(each, state(page).crosshair) + QPointF(3, 3)) == 255


def texts(page):
    return " ".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def test_what_is_odd_about_the_volume_is_said(open_page):
    page = open_page(warnings=("gantry-tilt", "irregular-spacing"))
    assert "tilted" in texts(page)
    assert "evenly spaced" in texts(page)


def test_a_series_that_is_no_volume_says_why(qtbot):
    from app.ui.volume.page import VolumePage

    page = VolumePage(None, refusal="missing-slices")
    qtbot.addWidget(page)
    page.show()
    assert "Slices are missing" in texts(page)
    page.close()


def test_texts_follow_the_language(page, monkeypatch):
    monkeypatch.setattr("app.ui.volume.plane_pane.tr", lambda text, **_: f"[{text}]")
    switch_language(Language.RU)
    assert pane(page, AXIAL).accessibleName() == "[Axial]"


def test_every_control_has_a_name(page):
    from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QToolButton

    for kind in (QComboBox, QDoubleSpinBox, QToolButton, Pane):
        for control in page.findChildren(kind):
            assert control.accessibleName(), control


def test_pages_opened_and_closed_leave_no_thread_behind(open_page, qtbot):
    before = set(threading.enumerate())
    for _ in range(20):
        page = open_page(size=(500, 400))
        qtbot.wait(5)
        page.close()
        page.close()
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= before)
    qtbot.waitUntil(lambda: not VolumeRenderer._lingering)
