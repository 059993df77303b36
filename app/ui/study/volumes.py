"""The place of MPR and 3D in the study page: waits for the series, then shows the volume's page."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from app.language import tr
from app.ui.context import Context
from app.ui.study.corners import series_name
from app.ui.study.desk import Desk
from app.ui.widgets.empty import EmptyState
from app.viewer.controller.opening import Opening, opening
from app.viewer.controller.volume import INCOMPLETE, Volume, refusal, volume
from app.viewer.load.series import LoadedSeries


class VolumeHost(QWidget):
    """Holds at most one volume page."""

    shown_changed = Signal(bool)
    captured = Signal(object)
    outgrown = Signal()
    """Images came to the archive that the volume on the screen does not have."""
    tools_ready = Signal(object)
    """The volume page's own bar, for a place in the row of tools."""

    def __init__(self, context: Context, desk: Desk, make: Callable[..., QWidget] | None) -> None:
        super().__init__()
        self._context = context
        self._desk = desk
        self._make = make
        self._page: QWidget | None = None
        self._bar: QWidget | None = None
        self._tile = 0
        self._building = False
        self._checked: LoadedSeries | None = None
        self._images = 0
        self._refusal = ""
        self.active = False
        self._waiting = EmptyState()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._waiting)
        desk.series_news.connect(self._news)
        desk.study_changed.connect(self._compare)

    def enter(self) -> None:
        """Show the active tile's series as a volume, as soon as all of it is there."""
        if self._make is None or self.active or not self._desk.tile.series_uid:
            return
        self.active = True
        self._tile = self._desk.state.active
        self._waiting.show_waiting(lambda: tr("Loading the volume…"))
        self._waiting.add_button(lambda: tr("Cancel"), self.leave)
        self._stack.setCurrentWidget(self._waiting)
        self.shown_changed.emit(True)
        self._advance()

    def leave(self) -> None:
        """Back to the images."""
        if not self.active:
            return
        self.active = self._building = False
        self._context.tasks.cancel(self._key)
        if self._page is not None:
            if self._bar is not None:
                self._bar.setParent(self._page)
                self._bar = None
            self._page.close()
            self._stack.removeWidget(self._page)
            self._page.deleteLater()
            self._page = None
        self.shown_changed.emit(False)

    def capture(self) -> bool:
        """Have the volume's page send its picture; false when there is none."""
        capture = getattr(self._page, "capture", None)
        if not self.active:
            return False
        if capture is not None:
            capture()
        return True

    @property
    def _key(self) -> str:
        return f"study/{self._desk.study.summary.study_uid}/volume"

    def _news(self, series_uid: str) -> None:
        if self._desk.state.tiles[self._tile].series_uid == series_uid:
            self._advance()

    def _advance(self) -> None:
        """Go on when the series is ready, or can't be a volume."""
        if not self.active or self._page is not None or self._building:
            return
        series, job = self._desk.loaded(self._tile), self._desk.job(self._tile)
        if series is not None and series is not self._checked:
            self._checked, self._refusal = series, refusal(series)
        if series is not None and self._refusal:
            self._show(series, Volume(refusal=self._refusal))
        elif series is not None and self._desk.is_whole(self._tile):
            self._building = True
            self._context.tasks.run(
                self._key,
                lambda _task: volume(series),
                done=lambda found: self._show(series, found),
                long=True,
            )
        elif job is None or not job.running:
            self._show(series, Volume(refusal=INCOMPLETE))

    def _show(self, series: LoadedSeries | None, found: Volume) -> None:
        self._building = False
        if not self.active or self._make is None:
            return
        self._images = len(series.manifest.images) if series is not None else 0
        tile = self._desk.state.tiles[self._tile]
        summary = self._desk.summary(tile.series_uid)
        title, study = series_name(summary) if summary else "", self._desk.study.summary
        how = Opening(title) if series is None else opening(series, tile, title, study)
        self._page = self._make(
            found.voxels, how, self, warnings=found.warnings, refusal=found.refusal
        )
        captured = getattr(self._page, "key_image_captured", None)
        if captured is not None:
            captured.connect(self.captured)
        self._bar = getattr(self._page, "tool_bar", None)
        if self._bar is not None:
            self.tools_ready.emit(self._bar)
        self._stack.addWidget(self._page)
        self._stack.setCurrentWidget(self._page)
        self._page.setFocus()
        self._compare()

    def _compare(self) -> None:
        """Say so when the archive has more of the series than the volume."""
        summary = self._desk.summary(self._desk.state.tiles[self._tile].series_uid)
        if self._page is not None and summary and 0 < self._images < summary.image_count:
            self.outgrown.emit()
