"""Lengths, and what goes from the images to the report."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from tests.ui.gestures import drag
from tests.ui.study.archive import FolderServer


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
    assert a_brain.desk.tile.index == 15
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert a_brain.desk.tile.index == 16


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


def test_who_may_not_write_reports_sends_nothing_to_them(open_study, series_folder):
    server = FolderServer(series_folder / "mr_pacsman")
    server.permissions = frozenset()
    page = open_study(server=server)
    assert not page.toolbar.key_image.isVisible()
    assert not page.toolbar.measurement.isVisible()
    page.commands.actions["view.mpr"].trigger()
    assert not page.toolbar.key_image.isVisible()


def test_an_image_of_the_report_is_shown_where_it_came_from(open_study, series_folder, qtbot):
    page = open_study(series_folder / "mr_multiseq" / "t1", series_folder / "mr_multiseq" / "t2")
    first = page.desk.tile.series_uid
    uid = page.desk.loaded(0).shots[1].image.sop_instance_uid
    QTest.keyClick(page.grid.active, Qt.Key.Key_PageDown)
    assert page.desk.tile.series_uid != first
    assert page.show_image(uid)
    assert (page.desk.tile.series_uid, page.desk.tile.index) == (first, 1)
    assert not page.show_image("9.9.9")
