"""What the three planes show, shared by their panes: one state, and when it has come to rest."""

from PySide6.QtCore import QObject, QTimer, Signal

from app.viewer.scene.crosshair import MprState, cut_of, moved, opened
from app.viewer.scene.grey import Shade
from app.viewer.scene.planes import Cut, PlaneName, Vector
from app.viewer.scene.voxels import Voxels

REST_MS = 140
"""So long after the last change the mouse is taken to rest, and pictures are drawn in full."""


class MprSession(QObject):
    """Holds the state; whoever changes it puts a new one."""

    changed = Signal()
    rested = Signal()

    def __init__(
        self,
        voxels: Voxels,
        shade: Shade,
        point: Vector | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.voxels = voxels
        self.first = opened(voxels, shade)
        if point is not None:
            self.first = moved(self.first, voxels, point)
        self.state: MprState = self.first
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.rested)

    @property
    def moving(self) -> bool:
        """Whether the last change is so young that more may follow."""
        return self._rest.isActive()

    def put(self, state: MprState) -> None:
        """Show another state."""
        if state == self.state:
            return
        self.state = state
        self._rest.start()
        self.changed.emit()

    def close(self) -> None:
        """Tell nothing more."""
        self._rest.stop()
        self.blockSignals(True)

    def cut(self, name: PlaneName, size: tuple[int, int]) -> Cut:
        """The cut that view `name` of `size` device px shows."""
        return cut_of(self.state, self.voxels, name, size)
