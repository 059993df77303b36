"""The volume's pane: quick and full pictures, sides, looks, and machines without OpenGL."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from app.ui.volume.volume_renderer import VolumePicture, VolumeRenderer
from app.viewer.model.orientation import letters
from app.viewer.scene.backend import Backend
from app.viewer.scene.camera import Side
from tests.ui.gestures import MIDDLE, RIGHT, drag, wheel
from tests.ui.volume.conftest import grey_at, wait_for_planes
from tests.ui.volume.test_page import texts
from tests.viewer.scene.test_table import a_patient_on_a_table

NONE = Backend(available=False, failure="exit -11")


def wait_for_full(qtbot, pane):
    qtbot.waitUntil(lambda: pane.is_full)


@pytest.fixture
def volume(open_page, qtbot, backend):
    """The pane of a page whose volume is drawn in full."""
    if not backend.available:
        pytest.skip("this machine has no OpenGL")
    pane = open_page().viewing.panes.volume
    wait_for_full(qtbot, pane)
    return pane


def brightest(pane):
    """Where in the pane (parts of its size) its picture is bright, on average."""
    image = pane.picture()
    bright = [
        (x, y)
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
        if image.pixelColor(x, y).lightness() > 60
    ]
    count = len(bright) or 1
    return (
        sum(x for x, _ in bright) / count / image.width(),
        sum(y for _, y in bright) / count / image.height(),
    )


def redrawn(qtbot, pane, act):
    """Do something and wait for the full picture after it."""
    with qtbot.waitSignal(pane.rested):
        act()


def test_from_the_front_what_lies_left_in_the_patient_is_at_the_right(volume):
    x, y = brightest(volume)
    assert x > 0.55
    assert y < 0.5


def test_from_the_back_it_is_at_the_left(volume, qtbot):
    redrawn(qtbot, volume, lambda: volume.look_from(Side.POSTERIOR))
    assert brightest(volume)[0] < 0.45


@pytest.mark.parametrize("side", Side)
def test_a_letter_key_looks_from_its_side(volume, side):
    QTest.keyClick(volume, side.value)
    assert letters(volume.camera.towards_eye) == side.value


def test_the_buttons_look_from_their_sides(volume):
    volume._sides.buttons[Side.LEFT].click()
    assert letters(volume.camera.towards_eye) == "L"


def test_dragging_turns_moves_and_zooms(volume):
    middle = QPointF(volume.rect().center())
    drag(volume, middle, middle + QPointF(volume.height() / 2, 0))
    assert letters(volume.camera.towards_eye) == "R"
    drag(volume, middle, middle + QPointF(20, 0), MIDDLE)
    assert volume.camera.shift[0] == pytest.approx(20 / volume.height())
    drag(volume, middle, middle - QPointF(0, 50), RIGHT)
    assert volume.camera.zoom > 1
    before = volume.camera.zoom
    wheel(volume, 2)
    assert volume.camera.zoom > before
    volume.reset()
    assert letters(volume.camera.towards_eye) == "A"
    assert volume.camera.zoom == 1


def test_dragging_with_shift_moves_the_look_along_the_values(volume, qtbot):
    middle = QPointF(volume.rect().center())
    by = QPointF(0, volume.height() * 0.4)
    redrawn(
        qtbot,
        volume,
        lambda: drag(volume, middle, middle + by, keys=Qt.KeyboardModifier.ShiftModifier),
    )
    assert volume.offset > 0


def test_another_look_gives_another_picture(volume, qtbot):
    before = volume.picture().copy()
    redrawn(qtbot, volume, lambda: volume.choose(volume.presets[-1]))
    assert volume.picture() != before


def test_a_slow_draft_does_not_replace_the_full_picture(volume):
    full = volume.picture().copy()
    late = VolumePicture(full.scaled(60, 40), volume._view(60, 40), draft=True)
    volume._renderer.drawn.emit(late)
    assert volume.is_full
    assert volume.picture() == full


def test_the_table_can_be_hidden_and_shown(open_page, qtbot, backend):
    if not backend.available:
        pytest.skip("this machine has no OpenGL")
    pane = open_page(shown=a_patient_on_a_table()).viewing.panes.volume
    wait_for_full(qtbot, pane)
    assert not pane._sides.table.isChecked()  # too small for a trunk: nothing is left out unasked
    with_table = pane.picture().copy()
    redrawn(qtbot, pane, pane._sides.table.click)
    without = pane.picture().copy()
    assert without != with_table
    redrawn(qtbot, pane, pane._sides.table.click)
    assert pane.picture() == with_table


def test_only_a_ct_has_a_table(open_page):
    pane = open_page("MR").viewing.panes.volume
    assert not pane._sides.table.isVisible()


def test_the_full_picture_has_every_pixel_of_the_pane(volume):
    assert (volume.picture().width(), volume.picture().height()) == volume.device_size


def test_without_opengl_the_planes_are_there_and_the_pane_says_why(open_page, qtbot):
    page = open_page(find_backend=lambda: NONE)
    wait_for_planes(qtbot, page)
    qtbot.waitUntil(lambda: "3D is off" in texts(page))
    assert "exit -11" in texts(page)
    assert not page.viewing.panes.volume._chooser.isVisible()
    axial = next(iter(page.viewing.panes.planes.values()))
    assert grey_at(axial, QPointF(axial.rect().center()) + QPointF(20, 20)) > 0


@pytest.mark.logs("render-failed")
def test_a_failure_is_said(open_page, qtbot):
    def broken():
        raise RuntimeError

    page = open_page(find_backend=broken)
    qtbot.waitUntil(lambda: "could not be drawn" in texts(page))


def test_a_page_closed_while_the_volume_is_prepared_ends_in_the_background(
    open_page, qtbot, backend
):
    page = open_page()
    page.close()
    qtbot.waitUntil(lambda: not VolumeRenderer._lingering)
