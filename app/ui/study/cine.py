"""Plays the active tile: as fast as the images say, else at an ordinary speed."""

from PySide6.QtCore import QObject, QTimer

from app.ui.study.desk import Desk
from app.viewer.model.state import ViewerState

ORDINARY_MS = 66
FASTEST_MS = 16


class Cine(QObject):
    """One clock; it stops when another series or tile is turned to."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._step)
        desk.changed.connect(self._changed)

    @property
    def playing(self) -> bool:
        """Whether the clock runs."""
        return self._clock.isActive()

    def toggle(self) -> None:
        """Play or stop."""
        if self.playing:
            self.stop()
        elif self._desk.tile.count > 1:
            self._clock.start(self._interval())

    def stop(self) -> None:
        """Stay at the picture."""
        self._clock.stop()

    def _interval(self) -> int:
        series = self._desk.loaded(self._desk.state.active)
        stored = series.shots[self._desk.tile.index].image.frame_time_ms if series else None
        return max(FASTEST_MS, round(stored)) if stored and stored > 0 else ORDINARY_MS

    def _step(self) -> None:
        tile = self._desk.tile
        following = (tile.index + 1) % max(tile.count, 1)
        job = self._desk.job(self._desk.state.active)
        # A picture that is still to come is waited for.
        waits = job is not None and job.running and job.series is not None
        if waits and job.series.frame(following) is None and not job.series.failure(following):
            return
        self._desk.scroll_to(following)

    def _changed(self, old: ViewerState, new: ViewerState) -> None:
        if (old.active, old.tile.series_uid) != (new.active, new.tile.series_uid):
            self.stop()
