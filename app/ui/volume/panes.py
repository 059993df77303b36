"""The four panes of a volume: two by two, or one of them alone."""

from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from app.domain.study import StudySummary
from app.ui.volume.pane import Pane
from app.ui.volume.plane_pane import PlanePane
from app.ui.volume.session import MprSession
from app.ui.volume.volume_pane import VolumePane
from app.ui.volume.volume_renderer import VolumeRenderer
from app.viewer.controller.opening import Opening
from app.viewer.scene.planes import PlaneName


class Panes(QFrame):
    """Axial and coronal above, sagittal and the volume below."""

    def __init__(
        self,
        session: MprSession,
        renderer: VolumeRenderer,
        opening: Opening,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "image-grid")
        self.planes = {name: PlanePane(session, name, opening) for name in PlaneName}
        self.volume = VolumePane(renderer, opening.modality)
        self.all: tuple[Pane, ...] = (*self.planes.values(), self.volume)
        self.alone: Pane | None = None
        self._last: Pane = self.all[0]
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        for index, pane in enumerate(self.all):
            self._grid.addWidget(pane, index // 2, index % 2)
            pane.maximise.connect(lambda chosen=pane: self.toggle(chosen))
            pane.focused.connect(lambda chosen=pane: self._focus(chosen))
        for index in range(2):
            self._grid.setRowStretch(index, 1)
            self._grid.setColumnStretch(index, 1)
        self._study = opening.study
        self._name_patient(self._study)

    @property
    def active(self) -> Pane:
        """The pane with the focus, or the one that had it last."""
        return self.alone or self._last

    def toggle(self, pane: Pane) -> None:
        """Show `pane` alone, or all four again."""
        self.alone = None if self.alone is pane else pane
        self._name_patient(self._study)
        for each in self.all:
            each.setVisible(self.alone in (None, each))
            each.keys.pop("Esc", None)
        if self.alone is not None:
            self.alone.keys["Esc"] = self.alone.maximise.emit
        # A hidden pane still has its share of the grid: its row and column give it up.
        for index in range(2):
            rows = self.alone is None or any(p.isVisibleTo(self) for p in self._in_row(index))
            columns = self.alone is None or any(p.isVisibleTo(self) for p in self._in_column(index))
            self._grid.setRowStretch(index, int(rows))
            self._grid.setColumnStretch(index, int(columns))
        pane.setFocus()

    def _name_patient(self, study: StudySummary | None) -> None:
        """The first pane on screen says who the patient is."""
        for pane in self.all:
            pane.patient = study if pane is (self.alone or self.all[0]) else None
            pane.update()

    def _focus(self, pane: Pane) -> None:
        self._last = pane

    def _in_row(self, index: int) -> tuple[Pane, ...]:
        return self.all[index * 2 : index * 2 + 2]

    def _in_column(self, index: int) -> tuple[Pane, ...]:
        return self.all[index::2]
