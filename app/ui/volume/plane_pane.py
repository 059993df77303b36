"""A plane of the MPR: its picture, the crosshair one can drag and turn, wheel and window."""

from dataclasses import replace
from enum import StrEnum

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.domain.image import Window
from app.language import tr
from app.ui.amounts import amount, short_amount, window_text
from app.ui.theme import tokens
from app.ui.volume import overlay
from app.ui.volume.grips import (
    CURSORS,
    Grip,
    Pull,
    grip_at,
    lines,
    pulled,
    put_at,
    thickness_after,
    windowed,
)
from app.ui.volume.pane import Pane
from app.ui.volume.planes_renderer import PlanePicture
from app.ui.volume.session import MprSession
from app.ui.volume.texts import PLANES, SLABS
from app.viewer.controller.opening import Opening
from app.viewer.model.orientation import letters
from app.viewer.scene.crosshair import MprState, panned, rotated, scrolled, thickened, zoomed
from app.viewer.scene.planes import STANDARD, Cut, PlaneName, edge_letters, vector
from app.viewer.tools.zoom import DOUBLING

REACH_PX = 6.0
ZOOM_STEP = 1.15
WHEEL_STEP = 120
"""One notch of a wheel, in Qt's eighths of a degree."""
FORWARD: dict[PlaneName, int] = {
    PlaneName.AXIAL: -1,
    PlaneName.CORONAL: 1,
    PlaneName.SAGITTAL: -1,
}
"""Towards the feet, the back, the left: the way in which series are read, against the normal."""


class PlaneTool(StrEnum):
    """What the left button does away from the crosshair."""

    WINDOW = "window"
    CROSSHAIR = "crosshair"


class PlanePane(Pane):
    """Shows plane `name` of a session; changes go into the session."""

    scrolled_steps = Signal(int)
    """So many planes along the normal; the page knows how far the next one is."""

    def __init__(
        self,
        session: MprSession,
        name: PlaneName,
        opening: Opening,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.name = name
        self.tool = PlaneTool.WINDOW
        self.crosshair_shown = True
        self.texts_shown = True
        self._session = session
        self._opening = opening
        self._error = ""
        self._pull: Pull | None = None
        self._grip: Grip | None = None
        self._before_click: MprState | None = None
        self._wheel = 0
        self.retranslate()

    def retranslate(self) -> None:
        """Name the pane in the current language."""
        self.setAccessibleName(tr(PLANES[self.name]))

    @property
    def cut(self) -> Cut:
        """What the pane shows now, in device pixels."""
        return self._session.cut(self.name, self.device_size)

    def show_plane(self, picture: PlanePicture) -> None:
        """Show a picture that was drawn."""
        self._error = ""
        self.show_picture(picture.image)

    def fail(self, error: Exception) -> None:
        """Say that the plane could not be drawn; the picture of another one would mislead."""
        self._error = type(error).__name__
        self.clear_picture()

    def pressed(self, at: QPointF, _button: Qt.MouseButton) -> None:
        """Take what lies under the mouse."""
        point, cut = self.device_point(at), self.cut
        self._pull = Pull(self._session.state, cut, self.name, point, point)
        self._grip = self._grip_under(at)

    def dragged(self, at: QPointF, button: Qt.MouseButton, _keys: Qt.KeyboardModifier) -> None:
        """Move what was taken; each button has its tool."""
        if self._pull is None:
            return
        before = self._pull
        pull = Pull(before.state, before.cut, self.name, before.start, self.device_point(at))
        self._session.put(self._after(pull, button))

    def clicked(self, at: QPointF, button: Qt.MouseButton) -> None:
        """Put the crosshair under the mouse."""
        if button == Qt.MouseButton.LeftButton and self.crosshair_shown:
            session = self._session
            self._before_click = session.state
            session.put(put_at(session.state, self.cut, session.voxels, self.device_point(at)))

    def mouseDoubleClickEvent(self, event: QEvent) -> None:
        """A double click is no click: the crosshair goes back to where it was."""
        if self._before_click is not None:
            self._session.put(self._before_click)
            self._before_click = None
        super().mouseDoubleClickEvent(event)

    def hovered(self, at: QPointF) -> None:
        """Show by the cursor what can be taken."""
        grip = self._grip_under(at)
        name = CURSORS[grip.part] if grip else "CrossCursor"
        self.setCursor(Qt.CursorShape[name])

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl zoom, with Alt thicken the slab, with Shift ten planes at once."""
        # Alt turns the wheel sideways on some systems.
        self._wheel += event.angleDelta().y() or event.angleDelta().x()
        steps = int(self._wheel / WHEEL_STEP)
        self._wheel -= steps * WHEEL_STEP
        event.accept()
        if not steps:
            return
        keys = event.modifiers()
        if keys & Qt.KeyboardModifier.ControlModifier:
            at = self.device_point(event.position())
            self._zoom_at(steps, at)
        elif keys & Qt.KeyboardModifier.AltModifier:
            self.thicken(steps)
        else:
            tenfold = 10 if keys & Qt.KeyboardModifier.ShiftModifier else 1
            self.scrolled_steps.emit(-steps * tenfold * FORWARD[self.name])

    def scroll(self, distance_mm: float) -> None:
        """Push the crosshair along this plane's normal."""
        session = self._session
        session.put(scrolled(session.state, session.voxels, self.name, distance_mm))

    def zoom(self, steps: float) -> None:
        """Zoom about the middle."""
        self._zoom_at(steps, ((self.cut.width - 1) / 2, (self.cut.height - 1) / 2))

    def thicken(self, steps: int) -> None:
        """Make the slab of all planes thicker or thinner by steps of the wheel."""
        state = self._session.state
        thickness = thickness_after(state.slab.thickness_mm, steps)
        self._session.put(thickened(state, thickness))

    def turn_others(self, angle: float) -> None:
        """Turn the other two planes about this one's normal, in radians."""
        self._session.put(rotated(self._session.state, self.name, angle))

    def paint_overlay(self, painter: QPainter, area: QRectF, patient: tuple[str, ...]) -> None:
        """Crosshair, letters, ruler and corner texts."""
        state, cut, ratio = self._session.state, self.cut, self.devicePixelRatioF()
        if self.crosshair_shown:
            slab_mm = state.slab.thickness_mm
            overlay.draw_crosshair(painter, lines(state, cut, self.name), cut, ratio, slab_mm)
        overlay.write_letters(painter, area, edge_letters(cut.orientation))
        corner = [(line, tokens.TEXT) for line in patient]
        if self.texts_shown:
            corner.append((tr(PLANES[self.name]), overlay.COLOURS[self.name]))
            corner.append((self._place(state), tokens.TEXT_DIM))
            self._write_other_corners(painter, area, state, cut.pitch * ratio)
        overlay.write_corner(painter, area, overlay.TOP_LEFT, corner)
        if self._error:
            overlay.write_middle(painter, area, self._failure_text())

    def _write_other_corners(
        self, painter: QPainter, area: QRectF, state: MprState, pitch_mm: float
    ) -> None:
        overlay.draw_ruler(painter, area, pitch_mm)
        slab = (self._slab(state), tokens.TEXT)
        overlay.write_corner(painter, area, overlay.TOP_RIGHT, [slab])
        window = (self._window(state), tokens.TEXT)
        overlay.write_corner(painter, area, overlay.BOTTOM_LEFT, [window])

    def _zoom_at(self, steps: float, at: tuple[float, float]) -> None:
        session, factor = self._session, ZOOM_STEP**steps
        session.put(zoomed(session.state, self.cut, self.name, factor, at))

    def _place(self, state: MprState) -> str:
        orientation = state.orientations[self.name]
        if orientation != STANDARD[self.name]:
            return tr("Oblique")
        normal = np.array(orientation.normal)
        depth = float(normal @ np.array(state.crosshair))
        side = letters(vector(normal if depth >= 0 else -normal))
        return f"{side} {amount(abs(depth), 'mm')}"

    @staticmethod
    def _slab(state: MprState) -> str:
        if state.slab.thickness_mm <= 0:
            return ""
        mode = tr(SLABS[state.slab.mode])
        return f"{mode} {short_amount(state.slab.thickness_mm, 'mm')}"

    def _window(self, state: MprState) -> str:
        window = Window(state.shade.centre, state.shade.width)
        return window_text(window, self._opening.modality, self._opening.suv_factor)

    def _failure_text(self) -> str:
        return tr("The plane could not be drawn ({failure}).", failure=self._error)

    def _grip_under(self, at: QPointF) -> Grip | None:
        if not self.crosshair_shown:
            return None
        reach = REACH_PX * self.devicePixelRatioF()
        return grip_at(self._session.state, self.cut, self.name, self.device_point(at), reach)

    def _after(self, pull: Pull, button: Qt.MouseButton) -> MprState:
        dx, dy = pull.by
        ratio = self.devicePixelRatioF()
        if button == Qt.MouseButton.MiddleButton:
            return panned(pull.state, pull.cut, self.name, dx, dy)
        if button == Qt.MouseButton.RightButton:
            factor = 2 ** (-dy / ratio / DOUBLING)
            return zoomed(pull.state, pull.cut, self.name, factor, pull.start)
        if self._grip is not None:
            return pulled(pull, self._grip, self._session.voxels)
        if self.tool is PlaneTool.CROSSHAIR:
            return put_at(pull.state, pull.cut, self._session.voxels, pull.now)
        shade = windowed(pull.state.shade, dx / ratio, dy / ratio)
        return replace(pull.state, shade=shade)
