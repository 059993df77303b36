"""Draws the planes in a thread of their own; the newest request of each plane wins."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.ui.pictures import to_image
from app.viewer.scene.grey import Shade
from app.viewer.scene.mpr import Slicer
from app.viewer.scene.planes import Cut, PlaneName
from app.viewer.scene.slab import Slab
from app.viewer.scene.voxels import Voxels
from app.viewer.scene.worker import RenderWorker, Superseded

JOIN_S = 2.0


@dataclass(frozen=True, slots=True)
class PlanePicture:
    """A picture of one plane, and the cut it shows."""

    name: PlaneName
    cut: Cut
    image: QImage


@dataclass(frozen=True, slots=True)
class PlaneFailure:
    """Why one plane could not be drawn."""

    name: PlaneName
    error: Exception


class PlanesRenderer(QObject):
    """Its signals come in the GUI thread. It has no parent: its thread may outlive the window."""

    drawn = Signal(object)
    failed = Signal(object)

    def __init__(self, voxels: Voxels) -> None:
        super().__init__()
        self._slicer = Slicer(voxels)
        self._worker = RenderWorker("mpr")

    def request(self, name: PlaneName, cut: Cut, slab: Slab, shade: Shade, *, draft: bool) -> None:
        """Ask for a picture; `draft` while the mouse moves."""

        def job(stop: Superseded) -> PlanePicture | None:
            picture = self._slicer.picture(cut, slab, shade, stop, draft=draft)
            return None if picture is None else PlanePicture(name, cut, to_image(picture))

        def failed(error: Exception) -> None:
            self.failed.emit(PlaneFailure(name, error))

        self._worker.submit(name.value, job, self.drawn.emit, failed)

    def step_mm(self, cut: Cut) -> float:
        """The distance to the volume's next plane along a cut's normal."""
        return self._slicer.step_mm(cut)

    def close(self) -> None:
        """Stop drawing; a picture under way takes some milliseconds."""
        self._worker.close()
        self._worker.join(JOIN_S)
