"""The page of a volume: three planes and the volume, or the reason why there are none."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.language import tr
from app.ui.volume.commands import Commands
from app.ui.volume.keys import pane_keys
from app.ui.volume.texts import refusal_text, warnings_text
from app.ui.volume.viewing import Viewing
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.messages import MessageBar
from app.viewer.controller.opening import Opening
from app.viewer.scene.backend import Backend, probe
from app.viewer.scene.planes import PlaneName
from app.viewer.scene.voxels import Voxels


class VolumePage(QWidget):
    """MPR and volume rendering of one series.

    `warnings` and `refusal` are the words of `app.dicom.geometry`. Whoever makes a page calls
    `close()`, which gives its threads and OpenGL windows back.
    """

    key_image_captured = Signal(object)
    """A Captured."""

    def __init__(
        self,
        voxels: Voxels | None,
        opening: Opening | None = None,
        parent: QWidget | None = None,
        *,
        warnings: tuple[str, ...] = (),
        refusal: str = "",
        find_backend: Callable[[], Backend] = probe,
    ) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._closed = False
        self.viewing: Viewing | None = None
        if voxels is None:
            self._refuse(refusal)
            return
        self.viewing = Viewing(voxels, opening or Opening(), find_backend, self)
        self.commands = Commands(self.viewing, self)
        for pane in self.viewing.panes.all:
            pane.keys = {**self.commands.keys, **pane_keys(self.viewing, pane)}
        self._message = MessageBar()
        if warnings_text(warnings):
            self._message.show_message("warning", lambda: warnings_text(warnings), closable=False)
        self._column.addWidget(self.viewing.bar)
        self._column.addWidget(self._message)
        self._column.addWidget(self.viewing.panes, 1)
        self.viewing.captured.connect(self.key_image_captured)
        self.setFocusProxy(self.viewing.panes.planes[PlaneName.AXIAL])

    @property
    def tool_bar(self) -> QWidget | None:
        """The bar above the panes, for a page around this one that has a row for it."""
        return self.viewing.bar if self.viewing is not None else None

    def close(self) -> bool:
        """Stop drawing; safe to repeat."""
        if not self._closed:
            self._closed = True
            if self.viewing is not None:
                self.viewing.close()
        return super().close()

    def capture(self) -> None:
        """Send the active pane's picture as a key image."""
        if self.viewing is not None:
            self.viewing.capture()

    def _refuse(self, refusal: str) -> None:
        empty = EmptyState()
        empty.show_state(
            "volume",
            lambda: tr("No MPR or 3D for this series"),
            lambda: refusal_text(refusal),
        )
        self._column.addWidget(empty)
