"""From the images to the volume and back."""

import pytest
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from tests.ui.study.archive import FolderServer


class FakeVolume(QWidget):
    """Stands for the page of MPR and 3D, which pages of ui don't import."""

    key_image_captured = Signal(object)

    def __init__(self, voxels, opening, parent, *, warnings, refusal):
        super().__init__(parent)
        self.voxels, self.opening = voxels, opening
        self.warnings, self.refusal, self.closed = warnings, refusal, False
        self.tool_bar = QLabel("tools", self)

    def capture(self):
        self.key_image_captured.emit("picture")

    def close(self):
        self.closed = True
        return super().close()


@pytest.fixture
def made():
    return []


@pytest.fixture
def make(made):
    def make_(*arguments, **options):
        made.append(FakeVolume(*arguments, **options))
        return made[-1]

    return make_


def toggle(page) -> None:
    page.commands.actions["view.mpr"].trigger()


def test_a_volume_opens_with_the_series_voxels_and_its_window(
    open_study, series_folder, make, made, qtbot
):
    page = open_study(series_folder / "phantom_sphere", volume_view=make)
    page.desk.use_preset("3")
    toggle(page)
    qtbot.waitUntil(lambda: bool(made))
    assert made[0].voxels.values.shape == (64, 64, 64)
    assert made[0].opening.modality == "CT"
    assert made[0].opening.window.width == 2000
    assert page.toolbar.back.isVisible()
    assert not page.toolbar.presets.isVisible()
    assert made[0].tool_bar.parent() is page.toolbar


def test_going_back_closes_the_volume_and_the_keys_work_again(
    open_study, series_folder, make, made, qtbot
):
    page = open_study(series_folder / "phantom_sphere", volume_view=make)
    toggle(page)
    qtbot.waitUntil(lambda: bool(made))
    assert not page.commands.actions["view.invert"].isEnabled()
    page.toolbar.back.click()
    assert made[0].closed
    assert page.grid.isVisible()
    assert page.commands.actions["view.invert"].isEnabled()
    assert page.toolbar.presets.isVisible()


def test_a_series_that_is_no_volume_is_opened_with_its_reason(
    open_study, series_folder, make, made, qtbot
):
    page = open_study(series_folder / "syn_gap", volume_view=make)
    toggle(page)
    qtbot.waitUntil(lambda: bool(made))
    assert made[0].voxels is None
    assert made[0].refusal == "missing-slices"


def test_a_key_image_of_the_volume_goes_to_the_report(open_study, series_folder, make, made, qtbot):
    page = open_study(series_folder / "phantom_sphere", volume_view=make)
    toggle(page)
    qtbot.waitUntil(lambda: bool(made))
    with qtbot.waitSignal(page.key_image_captured) as sent:
        page.capture_key_image()
    assert sent.args == ["picture"]


def test_opening_another_series_leaves_the_volume(open_study, series_folder, make, made, qtbot):
    page = open_study(series_folder / "phantom_sphere", volume_view=make)
    toggle(page)
    qtbot.waitUntil(lambda: bool(made))
    page.rail.opened.emit(page.desk.readable[0].series_uid)
    assert not page.volumes.active
    assert made[0].closed


def test_without_a_volume_view_the_button_is_grey(a_brain):
    assert not a_brain.commands.actions["view.mpr"].isEnabled()


def test_a_volume_waits_for_images_that_are_still_arriving(
    open_study, series_folder, make, made, qtbot
):
    server, paths = FolderServer(), sorted((series_folder / "phantom_sphere").iterdir())
    for path in paths[:40]:
        server.add(path)
    page = open_study(server=server, volume_view=make)
    for path in paths[40:]:
        server.add(path)
    page.refresh()
    qtbot.waitUntil(lambda: page.desk.readable[0].image_count == 64)
    toggle(page)
    qtbot.waitUntil(lambda: bool(made))
    assert made[0].voxels.values.shape == (64, 64, 64)
    assert not page.message.isVisible()


def test_an_open_volume_says_that_its_series_has_grown_and_is_built_again(
    open_study, series_folder, make, made, qtbot
):
    server, paths = FolderServer(), sorted((series_folder / "phantom_sphere").iterdir())
    for path in paths[:40]:
        server.add(path)
    page = open_study(server=server, volume_view=make)
    toggle(page)
    qtbot.waitUntil(lambda: bool(made))
    assert len(made[0].voxels.values) == 40
    for path in paths[40:]:
        server.add(path)
    page.refresh()
    qtbot.waitUntil(page.message.isVisible)
    assert "not the whole series" in page.message.text()
    page.message.findChild(QPushButton).click()
    qtbot.waitUntil(lambda: len(made) == 2)
    assert len(made[1].voxels.values) == 64
    assert not page.message.isVisible()
