"""Draws the volume: a small one at once while the eye moves, the full one when it rests.

Each of both has a thread with a window of OpenGL of its own, made and given back there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.heap import trim
from app.ui.pictures import to_image
from app.viewer.scene.backend import Backend, probe
from app.viewer.scene.camera import View
from app.viewer.scene.prepare import DRAG_VOXELS, STILL_VOXELS, prepared
from app.viewer.scene.table import is_trunk
from app.viewer.scene.voxels import Voxels
from app.viewer.scene.worker import RenderWorker, Superseded

if TYPE_CHECKING:  # it loads OpenGL, which a machine without it must not
    from app.viewer.scene.rendering import VolumeScene


@dataclass(frozen=True, slots=True)
class VolumePicture:
    """A picture of the volume; a draft may have fewer pixels than the screen."""

    image: QImage
    view: View
    draft: bool


class _Eye:
    """A thread, and the scene that lives in it."""

    def __init__(self, name: str) -> None:
        self.worker = RenderWorker(name)
        self.scene: VolumeScene | None = None
        self.bare = False

    def end(self, ended: Callable[[], None]) -> None:
        """Give the scene back in its thread, which then ends."""

        def last() -> None:
            self.clear()
            trim()
            ended()

        self.worker.close(last)

    def clear(self) -> None:
        """Give the scene back; only in the eye's own thread."""
        if self.scene is not None:
            self.scene.close()
            self.scene = None


class VolumeRenderer(QObject):
    """Signals come in the GUI thread. It has no parent: its threads may outlive the window."""

    drawn = Signal(object)
    failed = Signal(object)
    decided = Signal(object)
    """The Backend, once: when nothing can draw 3D no picture ever comes."""
    _ended = Signal()

    _lingering: "set[VolumeRenderer]" = set()  # noqa: RUF012 - closed, but a thread still prepares

    def __init__(self, voxels: Voxels, find: Callable[[], Backend] = probe) -> None:
        super().__init__()
        self._voxels = voxels
        self._find = find
        self._backend: Backend | None = None
        self._draft, self._still = _Eye("volume-draft"), _Eye("volume")
        self._threads = 2
        self.bare = False
        """Whether the table is left out; the next pictures heed it."""
        self._ended.connect(self._one_ended)

    @property
    def ready(self) -> bool:
        """Whether 3D can be drawn, as far as is known."""
        return self._backend is not None and self._backend.available

    @property
    def trunk(self) -> bool:
        """Whether the volume is wide enough for the table to be told from the patient."""
        return is_trunk(self._voxels)

    def request_draft(self, view: View) -> None:
        """Ask for a quick picture."""
        self._still.worker.cancel("view")
        self._draft.worker.submit(
            "view", lambda stop: self._draw_draft(view, stop), self.drawn.emit, self.failed.emit
        )

    def request_still(self, view: View) -> None:
        """Ask for the full picture."""
        if self.ready:
            self._still.worker.submit(
                "view", lambda stop: self._draw_still(view, stop), self.drawn.emit, self.failed.emit
            )

    def close(self) -> None:
        """Stop drawing and give the windows back. It does not wait for a volume in preparation."""
        self._lingering.add(self)
        for eye in (self._draft, self._still):
            eye.end(self._ended.emit)

    def _one_ended(self) -> None:
        self._threads -= 1
        if not self._threads:
            self._lingering.discard(self)

    def _draw_draft(self, view: View, stop: Superseded) -> VolumePicture | None:
        if self._backend is None:
            backend = self._find()
            self._backend = backend
            self.decided.emit(backend)
        if not self._backend.available:
            return None
        return self._draw(self._draft, view, stop, draft=True)

    def _draw_still(self, view: View, stop: Superseded) -> VolumePicture | None:
        return self._draw(self._still, view, stop, draft=False)

    def _draw(
        self, eye: _Eye, view: View, stop: Superseded, *, draft: bool
    ) -> VolumePicture | None:
        from app.viewer.scene.rendering import VolumeScene

        gpu = self._backend is not None and self._backend.gpu
        if eye.scene is None or eye.bare is not self.bare:
            eye.clear()
            eye.bare = self.bare
            most = DRAG_VOXELS if draft and not gpu else STILL_VOXELS
            shown = prepared(self._voxels, most, bare=eye.bare)
            eye.scene = VolumeScene(shown, gpu=gpu, draft=draft, whole=self._voxels)
        picture = eye.scene.picture(view, stop)
        return None if picture is None else VolumePicture(to_image(picture), view, draft)
