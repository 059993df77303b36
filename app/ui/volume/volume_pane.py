"""The volume's pane: turning, moving and zooming the eye, its looks and its sides."""

from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from app.language import tr
from app.ui.theme import tokens
from app.ui.volume import overlay
from app.ui.volume.pane import Pane
from app.ui.volume.side_bar import SideBar
from app.ui.volume.volume_renderer import VolumePicture, VolumeRenderer
from app.ui.widgets.labels import label, name_control
from app.viewer.model.orientation import letters, opposite
from app.viewer.scene.backend import Backend
from app.viewer.scene.camera import SIDES, Camera, Side, View, closer, shifted, spun
from app.viewer.scene.planes import vector
from app.viewer.scene.presets import Preset, presets_for

REST_MS = 160
ZOOM_STEP = 1.15
OFFSET_SPAN = 0.5
"""A drag over the whole pane with Shift moves the look by so much of the volume's range."""


class VolumePane(Pane):
    """Asks a renderer for pictures; says so when this machine can't draw any."""

    rested = Signal()

    def __init__(
        self, renderer: VolumeRenderer, modality: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.presets = presets_for(modality)
        self.camera: Camera = SIDES[Side.ANTERIOR]
        self.preset: Preset = self.presets[0]
        self.offset = 0.0
        self.texts_shown = True
        self._renderer = renderer
        self._backend: Backend | None = None
        self._error = ""
        self._start = (QPointF(), self.camera, self.offset)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._request_still)
        renderer.drawn.connect(self._show)
        renderer.failed.connect(self._fail)
        renderer.decided.connect(self._decide)
        self.resized.connect(self.refresh)
        self._has_table = modality == "CT"
        self._build()
        self.retranslate()
        self._sides.table.setChecked(self._has_table and renderer.trunk)

    @property
    def is_full(self) -> bool:
        """Whether the picture on screen is the full one."""
        return self.has_picture and not self._is_draft

    def refresh(self) -> None:
        """Draw quickly now, and fully when nothing has changed for a moment."""
        if not self.isVisible() or (self._backend is not None and not self._backend.available):
            return
        ratio = self.devicePixelRatioF()
        width, height = (max(1, round(side / ratio)) for side in self.device_size)
        self._renderer.request_draft(self._view(width, height))
        self._rest.start()
        self.update()

    def look_from(self, side: Side) -> None:
        """Look at the patient from a side, all of it."""
        self.camera = SIDES[side]
        self.refresh()

    def reset(self) -> None:
        """The first view again, with the look as it was designed."""
        self.offset = 0.0
        self.look_from(Side.ANTERIOR)

    def turn(self, dx: float, dy: float) -> None:
        """Turn the eye by parts of half a turn."""
        self.camera = spun(self.camera, dx, dy)
        self.refresh()

    def close_pictures(self) -> None:
        """Take no more pictures: the renderer is about to end."""
        self._rest.stop()
        self._renderer.drawn.disconnect(self._show)
        self._renderer.failed.disconnect(self._fail)
        self._renderer.decided.disconnect(self._decide)

    def choose(self, preset: Preset) -> None:
        """Another look."""
        self.preset, self.offset = preset, 0.0
        self._chooser.setCurrentIndex(self.presets.index(preset))
        self.refresh()

    def pressed(self, at: QPointF, _button: Qt.MouseButton) -> None:
        """Remember where the eye was."""
        self._start = (at, self.camera, self.offset)

    def dragged(self, at: QPointF, button: Qt.MouseButton, keys: Qt.KeyboardModifier) -> None:
        """Left turns, with Shift moves the look along the values; middle moves, right zooms."""
        start, camera, offset = self._start
        way = at - start
        dx, dy = way.x() / max(1, self.height()), way.y() / max(1, self.height())
        if button == Qt.MouseButton.MiddleButton:
            self.camera = shifted(camera, dx, dy)
        elif button == Qt.MouseButton.RightButton:
            self.camera = closer(camera, 4 ** (-dy * 2))
        elif keys & Qt.KeyboardModifier.ShiftModifier:
            self.offset = min(max(offset + dy * OFFSET_SPAN, -1.0), 1.0)
        else:
            self.camera = spun(camera, dx, dy)
        self.refresh()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        turned = (event.angleDelta().y() or event.angleDelta().x()) / 120
        event.accept()
        self.zoom(turned)

    def zoom(self, steps: float) -> None:
        """Come closer by steps of the wheel."""
        self.camera = closer(self.camera, ZOOM_STEP**steps)
        self.refresh()

    def paint_overlay(self, painter: QPainter, area: QRectF, patient: tuple[str, ...]) -> None:
        """The patient's letters, or why there is no picture."""
        if self.has_picture and not self._error:
            right, up = letters(vector(self.camera.right)), letters(vector(self.camera.up))
            overlay.write_letters(painter, area, (opposite(right), right, up, ""))
            bottom = area.adjusted(0, 0, 0, -self._covered())
            overlay.write_letters(painter, bottom, ("", "", "", opposite(up)))
        lines = [(line, tokens.TEXT) for line in patient]
        if self.texts_shown and self.has_picture and not self._error:
            lines.append((tr("3D"), tokens.ACCENT))
            notes = [tr("Table hidden")] if self._renderer.bare else []
            notes += [tr("Refining…")] if self._is_draft else []
            lines += [(note, tokens.TEXT_DIM) for note in notes]
        overlay.write_corner(painter, area, overlay.TOP_LEFT, lines)

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.setAccessibleName(tr("Volume rendering"))
        name_control(self._chooser, tr("Look of the volume"))
        for index, preset in enumerate(self.presets):
            self._chooser.setItemText(index, tr(preset.name))
        self._message.setText(self._message_text())

    def _build(self) -> None:
        self._is_draft = True
        self._full: View | None = None
        self._chooser = QComboBox()
        self._chooser.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for preset in self.presets:
            self._chooser.addItem(preset.name)
        self._chooser.activated.connect(lambda index: self.choose(self.presets[index]))
        self._sides = SideBar(has_table=self._has_table)
        self._sides.chosen.connect(self.look_from)
        self._sides.reset.connect(self.reset)
        self._sides.table_hidden.connect(self._hide_table)
        self._message = label(tone="dim", wrap=True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        top = QHBoxLayout()
        top.addStretch(1)
        top.addWidget(self._chooser)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.S, tokens.S, tokens.S, tokens.S)
        column.addLayout(top)
        column.addWidget(self._message, 1)
        column.addWidget(self._sides, 0, Qt.AlignmentFlag.AlignRight)

    def _covered(self) -> float:
        """How much of the pane's bottom the buttons take, where they come near its middle."""
        near = self._sides.isVisible() and self._sides.x() < self.width() / 2 + tokens.XXL
        return self._sides.height() + tokens.XS if near else 0

    def _hide_table(self, hidden: bool) -> None:
        self._renderer.bare = hidden
        self._full = None
        self.refresh()

    def _view(self, width: int, height: int) -> View:
        return View(self.camera, self.preset, width, height, self.offset)

    def _request_still(self) -> None:
        if self.isVisible():
            self._renderer.request_still(self._view(*self.device_size))

    def _show(self, picture: VolumePicture) -> None:
        width, height = self.device_size
        if picture.draft and self._full == replace(picture.view, width=width, height=height):
            return  # a slow draft must not replace the full picture
        self._full = None if picture.draft else picture.view
        self._is_draft, self._error = picture.draft, ""
        self.show_picture(picture.image)
        self._message.setText("")
        if not picture.draft:
            self.rested.emit()

    def _fail(self, error: Exception) -> None:
        self._error = type(error).__name__
        self._message.setText(self._message_text())
        self.update()

    def _decide(self, backend: Backend) -> None:
        self._backend = backend
        for control in (self._chooser, self._sides):
            control.setVisible(backend.available)
        self._message.setText(self._message_text())
        self._rest.start()

    def _message_text(self) -> str:
        if self._error:
            return tr("The volume could not be drawn ({failure}).", failure=self._error)
        if self._backend is not None and not self._backend.available:
            told = tr("3D is off on this computer.")
            mend = tr("Install a graphics driver, or the package libegl1, and start again.")
            return f"{told}\n{self._backend.reason}\n{mend}"
        return "" if self.has_picture else tr("Preparing the volume…")
