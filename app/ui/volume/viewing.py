"""The parts of a volume's page put together: state, render threads, panes and bar."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.domain.image import Window
from app.language import tr
from app.ui.amounts import short_amount
from app.ui.pictures import Captured, to_png
from app.ui.volume.bar import VolumeBar
from app.ui.volume.pane import Pane
from app.ui.volume.panes import Panes
from app.ui.volume.plane_pane import PlanePane, PlaneTool
from app.ui.volume.planes_renderer import PlaneFailure, PlanePicture, PlanesRenderer
from app.ui.volume.session import MprSession
from app.ui.volume.texts import PLANES, SLABS
from app.ui.volume.volume_renderer import VolumeRenderer
from app.viewer.controller.opening import Opening
from app.viewer.model.windows import preset_window
from app.viewer.scene.backend import Backend
from app.viewer.scene.crosshair import straightened
from app.viewer.scene.grey import Shade
from app.viewer.scene.planes import PlaneName
from app.viewer.scene.slab import Slab, SlabMode
from app.viewer.scene.voxels import Voxels


class Viewing(QObject):
    """Pictures are asked for once a turn of the event loop, however many changes there were."""

    captured = Signal(object)

    def __init__(
        self,
        voxels: Voxels,
        opening: Opening,
        find_backend: Callable[[], Backend],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._opening = opening
        self.session = MprSession(voxels, _first_shade(voxels, opening), opening.point, self)
        self._planes = PlanesRenderer(voxels)
        self._volume = VolumeRenderer(voxels, find_backend)
        self.bar = VolumeBar(opening.modality)
        self.panes = Panes(self.session, self._volume, opening)
        self.bar.show_title(opening.title)
        self._connect()
        self._show_state()

    def close(self) -> None:
        """Stop the render threads."""
        self.session.close()
        self._planes.drawn.disconnect(self._show_plane)
        self._planes.failed.disconnect(self._fail_plane)
        self._planes.close()
        self.panes.volume.close_pictures()
        self._volume.close()

    def capture(self) -> None:
        """Send the active pane's picture as a key image."""
        pane = self.panes.active
        png = to_png(pane.capture())
        self.captured.emit(Captured(png, self._caption(pane)))

    def reset(self) -> None:
        """Everything as it opened, but the way the slab is projected."""
        slab = Slab(0.0, self.session.state.slab.mode)
        self.session.put(replace(self.session.first, slab=slab))
        self.panes.volume.reset()

    def choose_window(self, window: Window | None) -> None:
        """A window in modality units, or the one the volume came with."""
        first, state = self.session.first.shade, self.session.state
        window = window or Window(first.centre, first.width)
        shade = replace(state.shade, centre=window.centre, width=window.width)
        self.session.put(replace(state, shade=shade))

    def choose_preset(self, key: str) -> None:
        """The window of a number key, where the modality has one."""
        window = preset_window(self._opening.modality, key)
        if window is not None:
            self.choose_window(window)

    def choose_tool(self, tool: PlaneTool) -> None:
        """What the left button does from now on."""
        for pane in self.panes.planes.values():
            pane.tool = tool
        self.bar.show_tool(tool)

    def choose_slab(self, slab: Slab) -> None:
        """Another slab."""
        self.session.put(replace(self.session.state, slab=slab))

    def thicken(self, steps: int) -> None:
        """A thicker or thinner slab, by steps of the wheel."""
        self.panes.planes[PlaneName.AXIAL].thicken(steps)

    def invert(self) -> None:
        """Dark for bright."""
        shade = self.session.state.shade
        inverted = replace(shade, inverted=not shade.inverted)
        self.session.put(replace(self.session.state, shade=inverted))

    def next_mode(self) -> None:
        """MIP, MinIP, average, MIP …"""
        modes, slab = list(SlabMode), self.session.state.slab
        mode = modes[(modes.index(slab.mode) + 1) % len(modes)]
        self.choose_slab(replace(slab, mode=mode))

    def scroll(self, pane: PlanePane, planes: int) -> None:
        """Push a pane by planes of the volume along its normal."""
        pane.scroll(planes * self._planes.step_mm(pane.cut))

    def straighten(self) -> None:
        """The standard planes again."""
        self.session.put(straightened(self.session.state))

    def focus(self) -> None:
        """Give the keys back to the pane that had them."""
        self.panes.active.setFocus()

    def _connect(self) -> None:
        self._planes.drawn.connect(self._show_plane)
        self._planes.failed.connect(self._fail_plane)
        self.session.changed.connect(self._show_state)
        self.session.changed.connect(self._request)
        self.session.rested.connect(self._request)
        for pane in self.panes.planes.values():
            pane.resized.connect(lambda each=pane: self._request_one(each))
            pane.scrolled_steps.connect(lambda planes, each=pane: self.scroll(each, planes))
        bar = self.bar
        bar.tool_chosen.connect(self.choose_tool)
        bar.slab_chosen.connect(self.choose_slab)
        bar.window_chosen.connect(self.choose_window)
        bar.straighten.connect(self.straighten)
        bar.reset.connect(self.reset)
        bar.capture.connect(self.capture)
        bar.used.connect(self.focus)
        bar.crosshair_toggled.connect(self._show_crosshair)
        bar.texts_toggled.connect(self._show_texts)

    def _request(self) -> None:
        for pane in self.panes.planes.values():
            self._request_one(pane)

    def _request_one(self, pane: PlanePane) -> None:
        if not pane.isVisible():
            return
        state = self.session.state
        draft = self.session.moving
        self._planes.request(pane.name, pane.cut, state.slab, state.shade, draft=draft)

    def _show_plane(self, picture: PlanePicture) -> None:
        self.panes.planes[picture.name].show_plane(picture)

    def _fail_plane(self, failure: PlaneFailure) -> None:
        self.panes.planes[failure.name].fail(failure.error)

    def _show_state(self) -> None:
        state = self.session.state
        self.bar.show_slab(state.slab, turned=state.turned)
        self.bar.show_window(Window(state.shade.centre, state.shade.width))
        for pane in self.panes.planes.values():
            pane.update()

    def _show_crosshair(self, shown: bool) -> None:
        for pane in self.panes.planes.values():
            pane.crosshair_shown = shown
            pane.update()

    def _show_texts(self, shown: bool) -> None:
        for pane in self.panes.all:
            pane.texts_shown = shown
            pane.update()

    def _caption(self, pane: Pane) -> str:
        if not isinstance(pane, PlanePane):
            parts = [tr("3D"), tr(self.panes.volume.preset.name)]
        else:
            slab = self.session.state.slab
            parts = [tr(PLANES[pane.name])]
            if slab.thickness_mm > 0:
                mode = tr(SLABS[slab.mode])
                parts.append(f"{mode} {short_amount(slab.thickness_mm, 'mm')}")
        title = self._opening.title
        return ", ".join([title, *parts] if title else parts)


def _first_shade(voxels: Voxels, opening: Opening) -> Shade:
    """The series' own window, else what most of the volume's values fill."""
    window = opening.window
    if window is not None and window.width > 0:
        return Shade(window.centre, window.width, opening.inverted)
    low, high = voxels.range
    digits = 0 if high - low >= 10 else 3
    return Shade(round((low + high) / 2, digits), round(high - low, digits), opening.inverted)
