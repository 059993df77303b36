"""Chapter four: MPR, the slab, and the volume rendering."""

import contextlib
import os
from collections.abc import Callable, Iterator

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox

from app.demo import hands
from app.demo.journey.stage import Stage
from app.demo.steps import Step, check
from app.language import tr
from app.ui.volume.page import VolumePage
from app.ui.volume.volume_pane import VolumePane
from app.ui.widgets.empty import EmptyState
from app.viewer.scene.backend import probe
from app.viewer.scene.planes import PlaneName

VOLUME_S = 60.0
NO_VOLUME = "this series is no volume, and the page says why"
LEAST_SPREAD = 2.0
"""A rendered picture that varies less than this is taken to be empty."""


def volume_page(stage: Stage) -> VolumePage:
    """The page of the volume."""
    return hands.find(stage.main, VolumePage)


def open_mpr(stage: Stage, step: Step) -> None:
    """Three planes and the volume; the crosshair moves all three."""
    hands.trigger(stage.main, "view.mpr")
    page = hands.wait_for(lambda: _shown(stage), "the planes", VOLUME_S)
    viewing = page.viewing
    if viewing is None:
        _check_refusal(stage, step, page)
        return
    planes = viewing.panes.planes
    for name, pane in planes.items():
        hands.wait_for(lambda pane=pane: pane.has_picture, f"the {name} plane", VOLUME_S)
    before = viewing.session.state.crosshair
    axial = planes[PlaneName.AXIAL]
    spot = QPoint(axial.width() // 3, axial.height() // 3)
    hands.click(axial, spot)
    after = viewing.session.state.crosshair
    check(after != before, "a click does not move the crosshair")
    hands.wheel(axial, -3)
    check(viewing.session.state.crosshair != after, "the wheel does not move the plane")
    hands.wait_for(lambda: not viewing.session.moving, "the planes to rest")
    _wait_full(viewing.panes.volume)
    stage.picture("mpr")
    moved = float(np.linalg.norm(np.subtract(after, before)))
    step.saw(f"{len(planes)} planes; the crosshair moved {moved:.0f} mm")


def _shown(stage: Stage) -> VolumePage | None:
    return next(iter(hands.all_of(stage.main, VolumePage)), None)


def _check_refusal(stage: Stage, step: Step, page: VolumePage) -> None:
    """The page of a series that is no volume says why."""
    check(hands.all_of(page, EmptyState), "no volume, and nothing says why")
    stage.picture("mpr-refused")
    step.saw(NO_VOLUME)


def slab(stage: Stage, step: Step) -> None:
    """Alt and wheel thicken the slab, live while one leafs."""
    viewing = volume_page(stage).viewing
    if viewing is None:
        step.saw(NO_VOLUME)
        return
    coronal = viewing.panes.planes[PlaneName.CORONAL]
    before = hands.pixels(coronal.picture())
    hands.wheel(coronal, 6, Qt.KeyboardModifier.AltModifier)
    thickness = viewing.session.state.slab.thickness_mm
    check(thickness > 0, "Alt and wheel do not thicken the slab")
    hands.wait_for(lambda: not viewing.session.moving, "the slab to rest")
    hands.wait_for(
        lambda: not np.array_equal(hands.pixels(coronal.picture()), before), "the slab's picture"
    )
    hands.wheel(coronal, -2)
    check(viewing.session.state.slab.thickness_mm == thickness, "leafing ends the slab")
    hands.wait_for(lambda: not viewing.session.moving, "the slab to rest")
    stage.picture("mpr-slab")
    step.saw(f"{viewing.session.state.slab.mode} {thickness:g} mm")


def render(stage: Stage, step: Step) -> None:
    """Every preset of the volume draws a picture of its own; it turns and zooms."""
    viewing = volume_page(stage).viewing
    if viewing is None:
        step.saw(NO_VOLUME)
        return
    pane = viewing.panes.volume
    if not _wait_full(pane):
        step.saw(f"not drawn: {probe().reason}")
        return
    chooser = hands.find(pane, QComboBox)
    pictures = []
    for number, preset in enumerate(pane.presets):
        if number:
            _redrawn(pane, lambda: hands.press(chooser, Qt.Key.Key_Down))
        check(pane.preset is preset, f"the list does not choose {preset.name}")
        pictures.append(hands.pixels(pane.picture()))
        spread = float(pictures[-1].std())
        check(spread > LEAST_SPREAD, f"the preset {preset.name} shows nothing")
        stage.picture(f"volume-{preset.name.casefold().replace(' ', '-')}")
    different = {picture.tobytes() for picture in pictures}
    check(len(different) == len(pictures), "two presets look the same")
    camera = pane.camera
    middle = pane.rect().center()
    _redrawn(pane, lambda: hands.double_click(pane, middle))
    _redrawn(pane, lambda: hands.drag(pane, middle, QPoint(120, 40)))
    check(pane.camera != camera, "a drag does not turn the volume")
    _redrawn(pane, lambda: hands.wheel(pane, 2))
    stage.picture("volume-turned")
    hands.double_click(pane, QPoint(pane.width() // 2, pane.height() // 2))
    step.saw(f"{len(pictures)} presets: {', '.join(preset.name for preset in pane.presets)}")


def _wait_full(pane: VolumePane) -> bool:
    """Wait for the volume's picture; false where this machine can't draw any, and it says so."""
    if not probe().available:
        hands.wait_for(
            lambda: hands.has_text(pane, tr("3D is off on this computer.")),
            "why there is no 3D",
            VOLUME_S,
        )
        return False
    hands.wait_for(lambda: pane.is_full, "the volume's full picture", VOLUME_S)
    return True


def _redrawn(pane: VolumePane, change: Callable[[], object]) -> None:
    """Do `change` and wait for the full picture it leads to."""
    rested: list[bool] = []

    def note() -> None:
        rested.append(True)

    pane.rested.connect(note)
    change()
    hands.wait_for(lambda: rested, "the volume's full picture", VOLUME_S)
    pane.rested.disconnect(note)


def back_to_images(stage: Stage, step: Step) -> None:
    """The images come back as they were left."""
    hands.trigger(stage.main, "view.mpr")
    hands.wait_for(lambda: _shown(stage) is None, "the images again")
    step.saw("as they were left")


def without_opengl(stage: Stage, step: Step) -> None:
    """Where no OpenGL starts, the planes are there all the same, and the fourth pane says why."""
    with _no_opengl():
        if probe().available:
            step.saw("OpenGL can't be taken away on this machine")
            return
        hands.trigger(stage.main, "view.mpr")
        page = hands.wait_for(lambda: _shown(stage), "the planes", VOLUME_S)
        if page.viewing is None:
            _check_refusal(stage, step, page)
        else:
            panes = page.viewing.panes
            for name, pane in panes.planes.items():
                hands.wait_for(lambda pane=pane: pane.has_picture, f"the {name} plane", VOLUME_S)
            check(not _wait_full(panes.volume), "3D is drawn without OpenGL")
            stage.picture("mpr-without-opengl")
            step.saw(f"{len(panes.planes)} planes; {probe().reason}")
    back_to_images(stage, step)


@contextlib.contextmanager
def _no_opengl() -> Iterator[None]:
    """Make the next probe fail as on a machine without drivers."""
    before = dict(os.environ)
    for display in ("DISPLAY", "WAYLAND_DISPLAY"):
        os.environ.pop(display, None)
    os.environ["__EGL_VENDOR_LIBRARY_FILENAMES"] = os.devnull
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
